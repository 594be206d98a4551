#include "placement.h"

#include <algorithm>
#include <numeric>

#include "error.h"

namespace engine {

namespace {

std::string mebibytes(uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

void check_gpus(const Placement& placement, size_t gpus) {
  if (placement.gpu_layers < kAllThatFit) {
    throw Error(Failure::kInvalidArgument,
                "gpuLayers cannot be " + std::to_string(placement.gpu_layers));
  }
  const std::string there = "; this machine has " + std::to_string(gpus) + " (see cot-prune info)";
  if (placement.main_gpu >= static_cast<int32_t>(gpus)) {
    throw Error(Failure::kInvalidArgument,
                "mainGpu " + std::to_string(placement.main_gpu) + " does not exist" + there);
  }
  if (placement.tensor_split.size() > gpus) {
    throw Error(Failure::kInvalidArgument, "tensorSplit has shares for " +
                                               std::to_string(placement.tensor_split.size()) +
                                               " GPUs" + there);
  }
}

// The GPUs that a placement uses.
std::vector<GpuMemory> used_gpus(const Placement& placement, const std::vector<GpuMemory>& gpus) {
  if (placement.main_gpu >= 0) return {gpus[placement.main_gpu]};
  if (placement.tensor_split.empty()) return gpus;
  std::vector<GpuMemory> used;
  for (size_t i = 0; i < placement.tensor_split.size(); ++i) {
    if (placement.tensor_split[i] > 0) used.push_back(gpus[i]);
  }
  return used;
}

}  // namespace

uint64_t gpu_reserve(const GpuMemory& gpu) {
  return std::max<uint64_t>(uint64_t{1} << 30, gpu.total / 10);
}

uint64_t offloaded_bytes(const WeightBytes& weights, int32_t count) {
  if (count <= 0) return 0;
  const auto layers = std::min<size_t>(static_cast<size_t>(count) - 1, weights.layers.size());
  return std::accumulate(weights.layers.end() - static_cast<std::ptrdiff_t>(layers),
                         weights.layers.end(), weights.output);
}

int32_t resolve_gpu_layers(const WeightBytes& weights, const Placement& placement,
                           const std::vector<GpuMemory>& gpus) {
  if (gpus.empty()) return 0;
  check_gpus(placement, gpus.size());
  uint64_t free = 0;
  uint64_t reserve = 0;
  for (const GpuMemory& gpu : used_gpus(placement, gpus)) {
    free += gpu.free;
    reserve += gpu_reserve(gpu);
  }
  const auto all = static_cast<int32_t>(weights.layers.size()) + 1;
  if (placement.gpu_layers == kAllThatFit) {
    int32_t count = all;
    while (count > 0 && offloaded_bytes(weights, count) + reserve > free) --count;
    return count;
  }
  const int32_t count = std::min(placement.gpu_layers, all);
  const uint64_t needed = offloaded_bytes(weights, count);
  if (needed > free) {
    throw Error(Failure::kOutOfMemory, "gpuLayers " + std::to_string(count) + " need " +
                                           mebibytes(needed) +
                                           " for weights, free on the GPU are " + mebibytes(free) +
                                           "; ask for fewer, or leave it out");
  }
  return count;
}

void check_host_memory(const WeightBytes& weights, int32_t gpu_layers, uint64_t limit) {
  uint64_t needed =
      std::accumulate(weights.layers.begin(), weights.layers.end(), weights.input + weights.output);
  needed -= std::min(needed, offloaded_bytes(weights, gpu_layers));
  if (limit == 0 || needed <= limit) return;
  throw Error(Failure::kOutOfMemory, "the weights need " + mebibytes(needed) +
                                         " of memory, available are " + mebibytes(limit) +
                                         "; leave mmap on, or take a smaller quantisation");
}

}  // namespace engine
