#pragma once

#include <string>

namespace engine {

// Refuses files that llama.cpp would abort or crash on: truncated data (SIGBUS through mmap),
// duplicate vocabulary entries (GGML_ASSERT), no tensors. Throws Error naming what is wrong.
void check_gguf_file(const std::string& path);

}  // namespace engine
