#include "chat_template.h"

#include <exception>

#include "error.h"
#include "jinja/lexer.h"
#include "jinja/parser.h"
#include "jinja/runtime.h"
#include "jinja/value.h"
#include "json.h"

namespace engine {

namespace {

jinja::value text_value(const std::string& text) {
  return jinja::mk_val<jinja::value_string>(text);
}

jinja::value message_value(const Message& message) {
  auto content = jinja::mk_val<jinja::value_string>(message.content);
  content->mark_input();
  auto object = jinja::mk_val<jinja::value_object>();
  object->insert("role", text_value(message.role));
  object->insert("content", content);
  return object;
}

jinja::value messages_value(const std::vector<Message>& messages) {
  auto list = jinja::mk_val<jinja::value_array>();
  for (const Message& message : messages) list->push_back(message_value(message));
  return list;
}

}  // namespace

std::vector<ChatPart> render_chat_template(const std::string& source, const ChatRequest& request,
                                           const std::string& bos, const std::string& eos) {
  try {
    jinja::lexer lexer;
    const jinja::program program = jinja::parse_from_tokens(lexer.tokenize(source));
    jinja::context context(source);
    // templates that know the switch close the thinking at once where it is undefined
    context.set_val("enable_thinking", jinja::mk_val<jinja::value_bool>(true));
    // DeepSeek V3.1 and Granite call it so
    context.set_val("thinking", jinja::mk_val<jinja::value_bool>(true));
    jinja::global_from_json(context, common_json::parse(request.arguments), false);
    context.set_val("messages", messages_value(request.messages));
    context.set_val("bos_token", text_value(bos));
    context.set_val("eos_token", text_value(eos));
    context.set_val("add_generation_prompt",
                    jinja::mk_val<jinja::value_bool>(request.add_generation_prompt));

    jinja::runtime runtime(context);
    const auto rendered = jinja::runtime::gather_string_parts(runtime.execute(program));
    std::vector<ChatPart> parts;
    for (const jinja::string_part& part : rendered->as_string().parts) {
      if (!parts.empty() && parts.back().is_message == part.is_input) {
        parts.back().text += part.val;
      } else {
        parts.push_back({part.val, part.is_input});
      }
    }
    return parts;
  } catch (const std::exception& error) {
    throw Error(Failure::kChatTemplate,
                std::string("the model's chat template cannot be rendered: ") + error.what());
  }
}

}  // namespace engine
