// libFuzzer: chat templates. Whatever the text is, it is rendered or throws an Error, in bounded
// time and memory. test/hard/libfuzzer.mjs builds and runs it.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "chat_template.h"
#include "error.h"

// all that the JSON reader needs of ggml
extern "C" [[noreturn]] void ggml_abort(const char*, int, const char*, ...) {
  std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  engine::ChatRequest request;
  request.messages = {{"system", "Be brief."}, {"user", "What is </think>, 1 + 1?"}};
  request.arguments = R"({"effort": "low", "list": [0, {"a": "b"}]})";
  const std::string source(reinterpret_cast<const char*>(data), size);
  try {
    engine::render_chat_template(source, request, "<s>", "</s>");
  } catch (const engine::Error&) {
  }
  return 0;
}
