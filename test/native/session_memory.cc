// What the engine says of the memory of a session, on machines that have no GPU: the oracle is
// arithmetic. The model has 2 key-value heads of 64 values, 8 heads and 32 tokens; a batch has 512.
//
//   session_memory LAYERS GPU_LAYERS CELLS CACHE_TYPE FLASH OFFLOAD LIMIT GPU_FREE
//
// FLASH and OFFLOAD are 0 or 1, LIMIT and GPU_FREE bytes. Prints the bytes of the cache and of
// computing, then what is refused: the error's code and message.
#include "../../native/engine/session_memory.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "../../native/engine/error.h"
#include "../../native/engine/session.h"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() != 8) {
    std::fputs("usage: see the head of session_memory.cc\n", stderr);
    return EXIT_FAILURE;
  }
  const auto number = [&](size_t i) { return std::strtoll(args[i].c_str(), nullptr, 10); };
  engine::ModelInfo model;
  model.layers = static_cast<int32_t>(number(0));
  model.attention_layers.resize(static_cast<size_t>(model.layers));
  model.gpu_layers = static_cast<int32_t>(number(1));
  model.heads = 8;
  model.kv_heads = 2;
  model.key_length = model.value_length = 64;
  model.embedding_length = 512;
  model.vocabulary_size = 32;
  engine::SessionParams params;
  params.context_length = static_cast<int32_t>(number(2));
  params.batch_size = 512;
  params.key_type = params.value_type = args[3];
  params.flash_attention = number(4) != 0;
  params.offload_cache = number(5) != 0;
  params.memory_limit = static_cast<uint64_t>(number(6));
  try {
    const engine::SessionBytes bytes = engine::estimate_session_bytes(model, params);
    std::printf("%" PRIu64 " %" PRIu64 "\n", bytes.cache, bytes.compute);
    engine::check_session_memory(model, params, static_cast<uint64_t>(number(7)));
  } catch (const engine::Error& error) {
    std::printf("%s %s\n", error.code(), error.what());
  }
  return EXIT_SUCCESS;
}
