#pragma once

#include <cstdint>
#include <string>

#include "model.h"

namespace engine {

struct SessionParams;

struct SessionBytes {
  uint64_t cache;    // keys and values of all cells
  uint64_t compute;  // largest activations of one batch, and the logits of all branches
};

// How many tokens of a batch may leave their logits: those of all take at most 16 MiB, but every
// branch has one.
int32_t max_outputs(const ModelInfo& model, const SessionParams& params);

SessionBytes estimate_session_bytes(const ModelInfo& model, const SessionParams& params);

// Throws kOutOfMemory when the estimate is above params.memory_limit (an allocation that is too
// large for the machine would not fail, it would end in the process being killed), or its part for
// layers on GPUs above `gpu_free` bytes.
void check_session_memory(const ModelInfo& model, const SessionParams& params, uint64_t gpu_free);

// The ggml_type of a cache type's name; throws kInvalidArgument.
int32_t cache_type(const std::string& name);

}  // namespace engine
