#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gguf_file.h"

namespace engine {

constexpr int32_t kAllThatFit = -1;

// Where the weights of a model go. GPUs are counted in the order of Backend::gpus().
struct Placement {
  int32_t gpu_layers = kAllThatFit;  // the last ones of the model; the output is one more
  int32_t main_gpu = -1;             // the only GPU that is used; -1: all of them
  std::vector<float> tensor_split;   // shape (at most GPUs): shares of the layers; empty: by memory
};

struct GpuMemory {
  uint64_t free;
  uint64_t total;
};

// What stays free for the KV cache and compute buffers when kAllThatFit is resolved.
uint64_t gpu_reserve(const GpuMemory& gpu);

// Bytes of the last `count` layers, the output among them first.
uint64_t offloaded_bytes(const WeightBytes& weights, int32_t count);

// Layers to move to GPUs with this memory: those asked for, or all that fit beside the reserve.
// Throws kInvalidArgument where a GPU does not exist, kOutOfMemory where what was asked for does
// not fit. Layers are whole, so that an estimate over several GPUs is their sum.
int32_t resolve_gpu_layers(const WeightBytes& weights, const Placement& placement,
                           const std::vector<GpuMemory>& gpus);

// Throws kOutOfMemory where weights that are read into memory are above `limit` bytes (0: none).
void check_host_memory(const WeightBytes& weights, int32_t gpu_layers, uint64_t limit);

}  // namespace engine
