#include "session_memory.h"

#include <ggml.h>

#include <algorithm>

#include "error.h"
#include "session.h"

namespace engine {

namespace {

uint64_t row_bytes(const std::string& type, int64_t elements) {
  const auto ggml = static_cast<ggml_type>(cache_type(type));
  if (elements % ggml_blck_size(ggml) != 0) {
    throw Error(Failure::kInvalidArgument, "a " + type + " cache needs heads of a multiple of " +
                                               std::to_string(ggml_blck_size(ggml)) + " values");
  }
  return ggml_row_size(ggml, elements);
}

// Sliding windows keep all cells, too.
uint64_t cached_layers(const ModelInfo& model) {
  return model.attention_layers.size() + model.window_layers.size();
}

std::string mebibytes(uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

}  // namespace

int32_t cache_type(const std::string& name) {
  for (const ggml_type type :
       {GGML_TYPE_F32, GGML_TYPE_F16, GGML_TYPE_BF16, GGML_TYPE_Q8_0, GGML_TYPE_Q4_0}) {
    if (name == ggml_type_name(type)) return type;
  }
  throw Error(Failure::kInvalidArgument, "unknown cache type " + name);
}

int32_t max_outputs(const ModelInfo& model, const SessionParams& params) {
  constexpr uint64_t kBytes = 16 << 20;
  const uint64_t row = std::max(1, model.vocabulary_size) * sizeof(float);
  const auto fitting =
      static_cast<int32_t>(std::min(kBytes / row, static_cast<uint64_t>(params.batch_size)));
  return std::max(params.branches, fitting);
}

SessionBytes estimate_session_bytes(const ModelInfo& model, const SessionParams& params) {
  const auto cells = static_cast<uint64_t>(params.context_length);
  const auto batch = static_cast<uint64_t>(params.batch_size);
  const uint64_t cell = row_bytes(params.key_type, int64_t{model.kv_heads} * model.key_length) +
                        row_bytes(params.value_type, int64_t{model.kv_heads} * model.value_length);
  const uint64_t attention =
      params.flash_attention ? 0 : batch * cells * model.heads * sizeof(float);
  const auto outputs = static_cast<uint64_t>(max_outputs(model, params));
  const bool on_device =
      params.sample_on == "device" || (params.sample_on == "auto" && model.gpu_layers > 0);
  // those of the graph and those on the host; where they are reduced, their distances and powers
  const uint64_t copies = on_device ? 4 : 2;
  const uint64_t logits = copies * outputs * model.vocabulary_size * sizeof(float);
  const uint64_t activations = batch * model.embedding_length * 8 * sizeof(float);
  return {cells * cell * cached_layers(model), attention + logits + activations};
}

void check_session_memory(const ModelInfo& model, const SessionParams& params, uint64_t gpu_free) {
  const SessionBytes bytes = estimate_session_bytes(model, params);
  const auto layers = std::max<uint64_t>(1, model.layers);
  // the first that is moved is the output, which has no cache
  const auto moved = static_cast<uint64_t>(std::max(0, model.gpu_layers - 1));
  const uint64_t gpu_cache = params.offload_cache ? bytes.cache / layers * moved : 0;
  const uint64_t gpu = model.gpu_layers > 0 ? gpu_cache + bytes.compute : 0;
  const uint64_t host = bytes.cache - gpu_cache + bytes.compute;
  const auto check = [&](uint64_t needed, uint64_t available, const char* where) {
    if (needed <= available) return;
    throw Error(Failure::kOutOfMemory,
                "a context of " + std::to_string(params.context_length) + " cells needs " +
                    mebibytes(needed) + " (cache " + mebibytes(needed - bytes.compute) +
                    ", compute " + mebibytes(bytes.compute) + ") of " + where + ", available are " +
                    mebibytes(available) +
                    "; lower contextLength or batchSize, or quantise the cache");
  };
  if (gpu > 0) check(gpu, gpu_free, "GPU memory");
  if (params.memory_limit > 0) check(host, params.memory_limit, "memory");
}

}  // namespace engine
