#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace engine {

// One thread that runs one job at a time for callers that wait for it. ggml's OpenMP team belongs
// to the thread that starts it and spins for a while behind its last task: jobs that hop between
// the threads of a pool would leave a spinning team on each (measured: a third of the speed).
class JobThread {
 public:
  JobThread() : thread_([this] { loop(); }) {}
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;
  ~JobThread() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  // Returns when the job has run; rethrows what it threw. Callers take turns.
  void run(const std::function<void()>& job) {
    const std::lock_guard<std::mutex> turn(turn_);
    std::unique_lock<std::mutex> lock(mutex_);
    failure_ = nullptr;
    job_ = &job;
    changed_.notify_all();
    changed_.wait(lock, [this] { return job_ == nullptr; });
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void loop() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ending_ || job_ != nullptr; });
      if (job_ == nullptr) return;
      const std::function<void()>& job = *job_;
      lock.unlock();
      std::exception_ptr failure;
      try {
        job();
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      failure_ = failure;
      job_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* job_ = nullptr;
  std::exception_ptr failure_;
  bool ending_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace engine
