// The prebuilt addon's own OpenMP (native/cpu/team.cc), called as compilers call it: each thread of
// a region runs once, barriers hold, and threads that open regions have teams of their own.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "../../native/cpu/omp.h"

namespace {

void demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::_Exit(1);
}

void region(int threads) {
  std::atomic<int> ran{0};
  std::atomic<int> behind{0};
  std::atomic<unsigned> who{0};
  int told = 0;
#pragma omp parallel num_threads(threads)
  {
#pragma omp single
    { told = omp_get_num_threads(); }
    ran.fetch_add(1);
    who.fetch_or(1u << omp_get_thread_num());
#pragma omp barrier
    if (ran.load() != told) behind.fetch_add(1);
  }
  demand(told == threads, "as many threads as were asked for");
  demand(ran.load() == threads, "each runs once");
  demand(who.load() == (1u << threads) - 1, "each has a number of its own");
  demand(behind.load() == 0, "nobody passes a barrier before all are there");
}

void many(int seed) {
  for (int i = 0; i < 3000; ++i) {
    region(1 + (i * 7 + seed) % 4);
    // some members sleep by then
    if (i % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

int main() {
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) callers.emplace_back(many, i);
  many(3);
  for (std::thread& caller : callers) caller.join();
  // a team ends with the thread that it belongs to
  for (int i = 0; i < 50; ++i) std::thread(region, 3).join();
  std::puts("ok");
}
