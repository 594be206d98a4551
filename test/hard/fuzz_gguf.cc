// libFuzzer: the check of a model file, before llama.cpp reads it. Whatever the bytes are, it
// returns or throws an Error. test/hard/libfuzzer.mjs builds and runs it.
#include <ggml.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "error.h"
#include "gguf_file.h"

namespace {

// in memory, with a path
const int file = memfd_create("model.gguf", 0);
const std::string path = "/proc/self/fd/" + std::to_string(file);

void silent(ggml_log_level, const char*, void*) {}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  ggml_log_set(silent, nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) {
    std::abort();
  }
  try {
    engine::check_gguf_file(path);
  } catch (const engine::Error&) {
  }
  return 0;
}
