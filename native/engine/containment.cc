#include "containment.h"

#include <ggml.h>

#include <cstdio>
#include <mutex>

namespace engine {

namespace {

thread_local int depth = 0;
thread_local std::string thrown;

// A file path of the machine that built this says nothing to a user.
std::string without_folder(const std::string& message) {
  const size_t place = message.find(": ");
  const size_t slash = message.find_last_of("/\\", place);
  return slash == std::string::npos ? message : message.substr(slash + 1);
}

// Behind a callback that returns, ggml ends the process.
void on_abort(const char* message) {
  if (depth == 0 || ggml_is_computing()) {
    std::fprintf(stderr, "%s\n", message);
    return;
  }
  thrown = without_folder(message);
  throw Abort(thrown);
}

void install() {
  static std::once_flag once;
  std::call_once(once, [] { ggml_set_abort_callback(on_abort); });
}

}  // namespace

Containment::Containment() {
  install();
  if (depth++ == 0) thrown.clear();
}

Containment::~Containment() {
  --depth;
}

const std::string& Containment::message() const {
  return thrown;
}

}  // namespace engine
