#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace engine {

// Threads that share small tasks with the one that calls, and sleep in between.
class Crew {
 public:
  // threads: with the caller; its own begin at the first call that needs them.
  explicit Crew(int threads) : wanted_(threads - 1) {}
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ending_ = true;
    }
    begun_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  // Runs task(0) to task(count - 1), each once, in any order and on any of the threads; returns
  // when all have ended, and rethrows what one of them threw. One caller at a time.
  void each(int count, const std::function<void(int)>& task) {
    if (count < 2 || wanted_ < 1) {
      for (int i = 0; i < count; ++i) task(i);
      return;
    }
    while (static_cast<int>(threads_.size()) < wanted_) threads_.emplace_back([this] { loop(); });
    std::unique_lock<std::mutex> lock(mutex_);
    task_ = &task;
    next_ = 0;
    count_ = count;
    left_ = count;
    failure_ = nullptr;
    ++round_;
    begun_.notify_all();
    work(lock);
    ended_.wait(lock, [this] { return left_ == 0; });
    task_ = nullptr;
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void loop() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (int seen = 0;;) {
      begun_.wait(lock, [&] { return ending_ || round_ != seen; });
      if (ending_) return;
      seen = round_;
      work(lock);
    }
  }

  void work(std::unique_lock<std::mutex>& lock) {
    while (next_ < count_) {
      const int own = next_++;
      const std::function<void(int)>& task = *task_;
      lock.unlock();
      std::exception_ptr failure;
      try {
        task(own);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (failure) failure_ = failure;
      if (--left_ == 0) ended_.notify_one();
    }
  }

  const int wanted_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable begun_;
  std::condition_variable ended_;
  const std::function<void(int)>* task_ = nullptr;
  int next_ = 0;
  int count_ = 0;
  int left_ = 0;
  int round_ = 0;
  bool ending_ = false;
  std::exception_ptr failure_;
};

}  // namespace engine
