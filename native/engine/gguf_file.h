#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace engine {

// Bytes of a file's weights, by what llama.cpp moves to a GPU together.
struct WeightBytes {
  uint64_t input = 0;            // token embeddings: they stay with the CPU
  std::vector<uint64_t> layers;  // shape (layers)
  uint64_t output = 0;           // counts as one more layer, the first to be moved
};

// Refuses files that llama.cpp would abort or crash on: truncated data (SIGBUS through mmap),
// duplicate vocabulary entries (GGML_ASSERT), no tensors. Throws Error naming what is wrong.
WeightBytes check_gguf_file(const std::string& path);

}  // namespace engine
