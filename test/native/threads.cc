// Several threads at the engine at once, as workers of Node are: run under ThreadSanitizer, too
// (npm run test:tsan).
//
//   threads MODEL
//
// Prints "ok"; else what does not hold, and ends with 1.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../../native/engine/backend.h"
#include "../../native/engine/chat_template.h"
#include "../../native/engine/containment.h"
#include "../../native/engine/crew.h"
#include "../../native/engine/error.h"
#include "../../native/engine/model.h"
#include "../../native/engine/session.h"

namespace {

using engine::Model;
using engine::Session;
using engine::Token;

void demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::_Exit(EXIT_FAILURE);
}

// Runs them side by side, each as a job of ours runs: inside of a containment.
void together(const std::vector<std::function<void()>>& works) {
  std::vector<std::thread> threads;
  for (const auto& work : works) {
    threads.emplace_back([&work] {
      const engine::Containment inside;
      work();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void wait_millis(int millis) {
  std::this_thread::sleep_for(std::chrono::milliseconds(millis));
}

std::shared_ptr<Model> load(const char* path, engine::LoadControl& control, bool mmap) {
  engine::LoadParams params;
  params.placement.gpu_layers = 0;
  params.mmap = mmap;
  return Model::open(engine::Backend::acquire(), path, params, control);
}

std::shared_ptr<Model> load(const char* path) {
  engine::LoadControl control;
  return load(path, control, true);
}

std::shared_ptr<Session> open(const std::shared_ptr<Model>& model, int32_t threads) {
  engine::SessionParams params;
  params.context_length = 512;
  params.batch_size = 64;
  params.branches = 3;
  params.threads = threads;
  return Session::open(model, params);
}

// A prompt on every branch, with the rows of all heads, then so many tokens on all of them.
std::vector<engine::Sample> write(Session& session, int32_t tokens) {
  std::vector<engine::Sample> samples;
  session.on_thread([&] {
    const std::vector<int32_t> branches = {0, 1, 2};
    engine::CaptureRequest capture;
    capture.queries = engine::Queries::kOutputs;
    for (const int32_t branch : branches) {
      session.drop(branch);
      session.extend(branch, {72, 101, 108, 108, 111}, true, capture);
      engine::SamplerParams params;
      params.temperature = 1.0f;
      params.seed = static_cast<uint32_t>(branch);
      session.set_sampler(branch, params);
    }
    samples = session.sample(branches, tokens, capture);
  });
  return samples;
}

// What holds a session while it works and lets go of it, as a job does.
bool job(Session& session, const std::function<void()>& work) {
  if (!session.try_begin()) return false;
  work();
  session.end();
  return true;
}

void sessions_of_one_model(const char* path) {
  const auto model = load(path);
  const std::vector<Token> expected = write(*open(model, 1), 12)[1].tokens;
  const auto many = [&](int32_t threads) {
    for (int round = 0; round < 4; ++round) {
      const auto session = open(model, threads);
      demand(write(*session, 12)[1].tokens == expected, "each session writes the same");
      session->close();
    }
  };
  const auto texts = [&] {
    engine::ChatRequest request;
    request.messages = {{"user", "Hello"}};
    for (int round = 0; round < 40; ++round) {
      engine::Pieces pieces;
      for (const Token token : model->tokenize("One and two.", false, false)) {
        model->append_piece(token, pieces);
      }
      demand(pieces.bytes == "One and two.", "text goes there and back");
      model->render_chat("{% for m in messages %}{{ m.content }}{% endfor %}", request);
    }
  };
  together({[&] { many(1); }, [&] { many(2); }, texts, texts});
}

// One thread works, one aborts, one asks whether it may.
void aborts(const char* path) {
  const auto session = open(load(path), 2);
  std::atomic<bool> over{false};
  std::atomic<int> refused{0};
  const auto works = [&] {
    for (int round = 0; round < 20;) {
      const bool ran = job(*session, [&] {
        try {
          write(*session, 60);
        } catch (const engine::Error& error) {
          demand(std::string(error.code()) == "ERR_ABORTED", "only an abort ends it");
        }
      });
      round += ran;
    }
    over = true;
  };
  const auto disturbs = [&] {
    while (!over) {
      wait_millis(3);
      session->abort();
      refused += !job(*session, [&] { session->info(); });
    }
  };
  together({works, disturbs, disturbs});
  demand(session->try_begin(), "nobody holds it");
  demand(write(*session, 12)[0].tokens.size() == 12, "it works as before");
  session->end();
}

void loads(const char* path) {
  const auto watched = [&](int patience) {
    for (int round = 0; round < 5; ++round) {
      engine::LoadControl control;
      std::atomic<bool> over{false};
      std::thread watcher([&] {
        for (int i = 0; !over; ++i) {
          demand(control.progress >= 0.0f, "progress is a number");
          if (i == patience) control.aborted = true;
          std::this_thread::yield();
        }
      });
      try {
        open(load(path, control, false), 1)->info();
      } catch (const engine::Error& error) {
        demand(std::string(error.code()) == "ERR_ABORTED", "only an abort ends a load");
      }
      over = true;
      watcher.join();
    }
  };
  const auto fails = [] {
    for (int round = 0; round < 20; ++round) {
      try {
        load("/nowhere.gguf");
        demand(false, "there is no such file");
      } catch (const engine::Error& error) {
        demand(std::string(error.code()) == "ERR_MODEL_NOT_FOUND", "it is told so");
      }
    }
  };
  together({[&] { watched(-1); }, [&] { watched(30); }, fails});
}

// Environments come and go: the last one takes the log with it.
void environments() {
  const auto lives = [] {
    for (int round = 0; round < 300; ++round) {
      const auto backend = engine::Backend::acquire();
      const uint64_t mark = backend->log_mark();
      backend->log(false, "a line\n");
      demand(!backend->log_since(mark).empty(), "a line is there");
      demand(!backend->devices().empty(), "there is a processor");
      demand(!backend->recent_log().empty(), "a line is there");
    }
  };
  together({lives, lives, lives});
}

// One session fails while others of its model, and another model, are at work.
void failures(const char* path) {
  const auto model = load(path);
  const auto broken = open(model, 1);
  const auto beside = open(model, 2);
  const auto other = open(load(path), 2);
  const auto fails = [&] {
    wait_millis(5);
    try {
      broken->on_thread([] { throw engine::Abort("on purpose"); });
      demand(false, "it fails");
    } catch (const engine::Error& error) {
      demand(std::string(error.code()) == "ERR_ENGINE", "it is told so");
    }
  };
  const auto goes_on = [&](Session& session, bool may_refuse) {
    for (int round = 0; round < 10; ++round) {
      try {
        write(session, 12);
      } catch (const engine::Error& error) {
        demand(may_refuse && std::string(error.code()) == "ERR_ENGINE", "only its own model fails");
      }
    }
  };
  together({fails, [&] { goes_on(*beside, true); }, [&] { goes_on(*other, false); }});
}

void crews() {
  const auto many = [](int threads) {
    for (int round = 0; round < 30; ++round) {
      engine::Crew crew(threads);
      std::vector<int> ran(16, 0);
      for (int i = 0; i < 10; ++i) crew.each(16, [&](int task) { ++ran[task]; });
      for (const int times : ran) demand(times == 10, "each task runs once a call");
      bool thrown = false;
      try {
        crew.each(4, [](int task) {
          if (task == 2) throw engine::Abort("on purpose");
        });
      } catch (const engine::Abort&) {
        thrown = true;
      }
      demand(thrown, "what a task throws is thrown again");
    }
  };
  together({[&] { many(1); }, [&] { many(2); }, [&] { many(4); }});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  crews();
  environments();
  loads(argv[1]);
  sessions_of_one_model(argv[1]);
  aborts(argv[1]);
  failures(argv[1]);
  std::puts("ok");
  return EXIT_SUCCESS;
}
