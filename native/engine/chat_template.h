#pragma once

#include <string>
#include <vector>

#include "model.h"

namespace engine {

struct ChatPart {
  std::string text;
  bool is_message;  // came from a message's content: never to be read as control tokens
};

// Renders a jinja chat template as the model's own tokenizer would. Throws Error kChatTemplate.
std::vector<ChatPart> render_chat_template(const std::string& source,
                                           const std::vector<Message>& messages,
                                           bool add_generation_prompt, const std::string& bos,
                                           const std::string& eos);

}  // namespace engine
