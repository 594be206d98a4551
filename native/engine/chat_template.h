#pragma once

#include <string>
#include <vector>

#include "model.h"

namespace engine {

struct ChatPart {
  std::string text;
  bool is_message;  // came from a message's content: never to be read as control tokens
};

// What a template is rendered with.
struct ChatRequest {
  std::vector<Message> messages;
  bool add_generation_prompt = true;
  std::string arguments = "{}";  // a JSON object: further variables, which win over our defaults
};

// Renders a jinja chat template as the model's own tokenizer would, in bounded time and memory.
// Throws Error kChatTemplate.
std::vector<ChatPart> render_chat_template(const std::string& source, const ChatRequest& request,
                                           const std::string& bos, const std::string& eos);

}  // namespace engine
