// What becomes of a session in which an assertion of ggml fails, and of the rest of the process.
//
//   containment MODEL
//
// Prints one line of JSON for each thing that is tried: what it was, and the error's code or
// "works".
#include "../../native/engine/containment.h"

#include <ggml.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "../../native/engine/backend.h"
#include "../../native/engine/error.h"
#include "../../native/engine/model.h"
#include "../../native/engine/session.h"

namespace {

void attempt(const char* what, const std::function<void()>& action) {
  const char* outcome = "works";
  std::string message;
  try {
    action();
  } catch (const engine::Error& error) {
    outcome = error.code();
    message = error.what();
  } catch (const engine::Abort& abort) {
    outcome = "Abort";
    message = abort.what();
  }
  std::printf("{\"what\": \"%s\", \"outcome\": \"%s\", \"message\": \"%s\"}\n", what, outcome,
              message.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  const auto backend = engine::Backend::acquire();
  const auto load = [&] {
    engine::LoadControl control;
    engine::LoadParams params;
    params.placement.gpu_layers = 0;
    params.mmap = true;
    return engine::Model::open(backend, argv[1], params, control);
  };
  engine::SessionParams params;
  params.context_length = 256;
  params.batch_size = 64;
  const auto decode = [](engine::Session& session) {
    session.on_thread([&] { session.extend(0, {1, 2, 3}, true, {}); });
  };

  auto model = load();
  auto broken = engine::Session::open(model, params);
  auto beside = engine::Session::open(model, params);
  attempt("decode", [&] { decode(*broken); });
  attempt("assertion", [&] { broken->on_thread([] { GGML_ASSERT(1 + 1 == 3); }); });
  attempt("the session again", [&] { decode(*broken); });
  attempt("its state", [&] { broken->info(); });
  attempt("another session of the model", [&] { decode(*beside); });
  attempt("a new session of the model", [&] { engine::Session::open(model, params); });
  attempt("another model", [&] { decode(*engine::Session::open(load(), params)); });
  attempt("closing", [&] {
    broken->close();
    beside->close();
    broken.reset();
    beside.reset();
    model.reset();
  });
  attempt("outside of a session", [] {
    const engine::Containment inside;
    GGML_ABORT("none of the %d", 2);
  });
  return EXIT_SUCCESS;
}
