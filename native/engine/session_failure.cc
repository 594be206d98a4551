// What becomes of a session in which an assertion of llama.cpp failed.
#include <llama.h>

#include <mutex>

#include "containment.h"
#include "decode_batch.h"
#include "error.h"
#include "session.h"

namespace engine {

void Session::on_thread(const std::function<void()>& job) {
  check_open();
  thread_.run([&] {
    const Containment inside;
    try {
      job();
    } catch (const Abort& abort) {
      given_up_ = true;
      model_->give_up(abort.what());
      model_->check_usable();
    }
  });
}

void Session::probe() {
  const std::unique_lock<std::mutex> first = model_->first_probe();
  if (!first) return;
  const Containment inside;
  try {
    llama_set_n_threads(context_, 1, 1);
    DecodeBatch pair(2);
    for (int32_t position = 0; position < 2; ++position) pair.add(0, position, 0, position == 1);
    llama_decode(context_, pair.raw());
    llama_memory_clear(llama_get_memory(context_), false);
    llama_set_n_threads(context_, params_.threads, params_.threads);
  } catch (const Abort& abort) {
    // the context is leaked: what it is, nobody knows
    model_->give_up(abort.what());
    throw Error(Failure::kModelFormat,
                "llama.cpp cannot compute with this model: " + std::string(abort.what()));
  }
}

void Session::check_open() const {
  if (closed_) throw Error(Failure::kClosed, "the session is closed");
  model_->check_usable();
}

}  // namespace engine
