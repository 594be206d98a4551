#include "chat_template.h"

#include <algorithm>
#include <cstddef>
#include <exception>

#include "error.h"
#include "jinja/budget.h"
#include "jinja/lexer.h"
#include "jinja/parser.h"
#include "jinja/runtime.h"
#include "jinja/value.h"
#include "json.h"

namespace engine {

namespace {

// A template is a program that comes with a model's file. 200 messages of a megabyte take 27
// million units; what takes all of them takes about a second and some hundred megabytes.
#ifndef COT_PRUNE_TEMPLATE_UNITS  // a fuzzer has less patience
#define COT_PRUNE_TEMPLATE_UNITS (size_t{128} << 20)
#endif
constexpr size_t kUnits = COT_PRUNE_TEMPLATE_UNITS;
constexpr size_t kUnitsOfByte = 256;  // of template, messages and arguments
constexpr size_t kUnitsOfMessage = size_t{64} << 10;
// Calls within calls, of its parser and of itself: the stack of a thread may be 1 MB.
constexpr int kLevels = 256;
constexpr size_t kLongestSource = size_t{1} << 20;
constexpr size_t kMostTokensOfTag = 10000;
constexpr size_t kLongestText = size_t{1} << 20;
constexpr size_t kLongestReason = 2000;

size_t bytes_of(const std::string& source, const ChatRequest& request) {
  size_t bytes = source.size() + request.arguments.size();
  for (const Message& message : request.messages) bytes += message.content.size();
  return bytes;
}

// What is rendered is tokenized, which takes longer.
void check_length(size_t length, size_t given) {
  const size_t longest = kLongestText + 8 * given;
  if (length > longest) {
    throw std::runtime_error("it makes a text of " + std::to_string(length) +
                             " bytes, expected at most " + std::to_string(longest));
  }
}

// The lexer would move all that follows, for each of them.
std::string with_plain_newlines(const std::string& source) {
  std::string plain;
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n') continue;
    plain += source[i] == '\r' ? '\n' : source[i];
  }
  return plain;
}

// a + a + a + ... is a tree as deep as it is long, which is let go by calls within calls
void check_tags(const std::vector<jinja::token>& tokens) {
  size_t count = 0;
  for (const jinja::token& one : tokens) {
    const bool opens =
        one.t == jinja::token::open_statement || one.t == jinja::token::open_expression;
    count = opens ? 0 : count + 1;
    if (count > kMostTokensOfTag) {
      throw std::runtime_error("it has more than " + std::to_string(kMostTokensOfTag) +
                               " words in one tag");
    }
  }
}

jinja::program parse(const std::string& source) {
  if (source.size() > kLongestSource) {
    throw std::runtime_error("it has " + std::to_string(source.size()) +
                             " bytes, expected at most " + std::to_string(kLongestSource));
  }
  jinja::lexer lexer;
  const jinja::lexer_result read = lexer.tokenize(source);
  check_tags(read.tokens);
  return jinja::parse_from_tokens(read);
}

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

std::vector<ChatPart> render_chat_template(const std::string& given, const ChatRequest& request,
                                           const std::string& bos, const std::string& eos) {
  try {
    const size_t bytes = bytes_of(given, request);
    const size_t units = kUnits + kUnitsOfByte * bytes + kUnitsOfMessage * request.messages.size();
    const jinja::budget limits(units, kLevels);
    const std::string source = with_plain_newlines(given);
    const jinja::program program = parse(source);
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
    check_length(rendered->as_string().length(), bytes);
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
    const std::string reason = std::string(error.what()).substr(0, kLongestReason);
    throw Error(Failure::kChatTemplate, "the model's chat template cannot be rendered: " + reason);
  }
}

}  // namespace engine
