#pragma once

#include <string>

struct gguf_context;

namespace engine {

// Refuses hyperparameters and tensor types that llama.cpp would assert on, at load or at the first
// decode, and so end the process. Throws Error kModelFormat naming the key and its value.
void check_gguf_hparams(const std::string& path, const gguf_context* gguf);

}  // namespace engine
