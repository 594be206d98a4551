// What becomes of a session in which an assertion of llama.cpp failed.
#include "containment.h"
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

void Session::check_open() const {
  if (closed_) throw Error(Failure::kClosed, "the session is closed");
  model_->check_usable();
}

}  // namespace engine
