// The part of Clang's and GCC's OpenMP interface that ggml's parallel regions compile to, so that
// the prebuilt addon needs no libomp or libgomp and shares no threads with other addons. Each
// thread that opens regions has a team of its own, which lives as long as it; between two regions a
// member spins a little and then sleeps (docs/threads.md).
#include <sched.h>

#include <atomic>
#include <condition_variable>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "omp.h"

namespace {

constexpr int kMostArguments = 8;
using Region = void (*)(int32_t* thread, int32_t* bound, ...);

// Read while the addon is loaded: the loader sets it for that moment alone.
int read_spin_count() {
  constexpr int kSpins = 1000;
  if (const char* count = std::getenv("GOMP_SPINCOUNT")) {
    char* end = nullptr;
    const long long spins = std::strtoll(count, &end, 10);
    if (end != count && spins >= 0) return spins > INT32_MAX ? INT32_MAX : static_cast<int>(spins);
    if (std::strncmp(count, "infin", 5) == 0) return INT32_MAX;
  }
  const char* policy = std::getenv("OMP_WAIT_POLICY");
  if (policy == nullptr) return kSpins;
  if (policy[0] == 'p' || policy[0] == 'P') return 0;
  return policy[0] == 'a' || policy[0] == 'A' ? INT32_MAX : kSpins;
}
const int spin_count = read_spin_count();

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// For waits that end soon: threads of one region arrive together.
template <typename Done>
void wait_briefly(Done done) {
  for (int spins = 0; !done(); ++spins) {
    if (spins < 64) {
      relax();
    } else {
      sched_yield();
    }
  }
}

class Team;
struct Place {
  Team* team = nullptr;
  int thread = 0;
  int threads = 1;
};
thread_local Place place;
thread_local int wanted = 0;  // none: as many as there are cores

void call(Region region, int32_t thread, int count, void** a) {
  int32_t bound = 0;
  int32_t* t = &thread;
  int32_t* b = &bound;
  switch (count) {
    case 0:
      return region(t, b);
    case 1:
      return region(t, b, a[0]);
    case 2:
      return region(t, b, a[0], a[1]);
    case 3:
      return region(t, b, a[0], a[1], a[2]);
    case 4:
      return region(t, b, a[0], a[1], a[2], a[3]);
    case 5:
      return region(t, b, a[0], a[1], a[2], a[3], a[4]);
    case 6:
      return region(t, b, a[0], a[1], a[2], a[3], a[4], a[5]);
    case 7:
      return region(t, b, a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
    case kMostArguments:
      return region(t, b, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
    default:
      std::abort();  // ggml's regions have two
  }
}

class Team {
 public:
  ~Team() {
    begin(nullptr, 0, nullptr, 0);
    for (std::thread& member : members_) member.join();
  }

  void run(Region region, int count, void** arguments, int threads) {
    threads = grow(threads);
    begin(region, count, arguments, threads);
    const Place before = place;
    place = {this, 0, threads};
    call(region, 0, count, arguments);
    place = before;
    wait_briefly([this] { return working_.load(std::memory_order_acquire) == 0; });
  }

  void barrier(int threads) {
    const unsigned turn = passed_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) == threads - 1) {
      arrived_.store(0, std::memory_order_relaxed);
      passed_.fetch_add(1, std::memory_order_release);
      return;
    }
    wait_briefly([&] { return passed_.load(std::memory_order_acquire) != turn; });
  }

 private:
  // As many threads as are wanted, or as the system gives.
  int grow(int threads) {
    try {
      while (static_cast<int>(members_.size()) < threads - 1) {
        const int index = static_cast<int>(members_.size()) + 1;
        members_.emplace_back([this, index, turn = turn_.load()] { live(index, turn); });
      }
    } catch (const std::system_error&) {
      return static_cast<int>(members_.size()) + 1;
    }
    return threads;
  }

  // Hands a region to the team. All of it count themselves out, also those beyond `threads`: a
  // member that might still look at one turn while the next begins would be a race. No region ends
  // them.
  void begin(Region region, int count, void** arguments, int threads) {
    region_ = region;
    count_ = count;
    arguments_ = arguments;
    threads_ = threads;
    working_.store(static_cast<int>(members_.size()), std::memory_order_relaxed);
    turn_.fetch_add(1, std::memory_order_seq_cst);
    if (sleeping_.load(std::memory_order_seq_cst) == 0) return;
    std::lock_guard<std::mutex> lock(mutex_);
    wake_.notify_all();
  }

  void live(int index, unsigned seen) {
    for (;;) {
      seen = next_turn(seen);
      if (region_ == nullptr) return;
      place = {this, index, threads_};
      if (index < threads_) call(region_, index, count_, arguments_);
      working_.fetch_sub(1, std::memory_order_release);
    }
  }

  unsigned next_turn(unsigned seen) {
    for (int spins = 0; spins < spin_count; ++spins) {
      const unsigned turn = turn_.load(std::memory_order_acquire);
      if (turn != seen) return turn;
      relax();
    }
    std::unique_lock<std::mutex> lock(mutex_);
    sleeping_.fetch_add(1, std::memory_order_seq_cst);
    wake_.wait(lock, [&] { return turn_.load(std::memory_order_seq_cst) != seen; });
    sleeping_.fetch_sub(1, std::memory_order_relaxed);
    return turn_.load(std::memory_order_acquire);
  }

  std::vector<std::thread> members_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<unsigned> turn_{0};
  std::atomic<int> sleeping_{0};
  std::atomic<int> working_{0};
  std::atomic<int> arrived_{0};
  std::atomic<unsigned> passed_{0};
  Region region_ = nullptr;
  int threads_ = 0;
  int count_ = 0;
  void** arguments_ = nullptr;
};

void run_body(int32_t*, int32_t*, void* body, void* data) {
  reinterpret_cast<void (*)(void*)>(body)(data);
}

void open(Region region, int count, void** arguments, int threads) {
  if (threads <= 0) threads = static_cast<int>(std::thread::hardware_concurrency());
  if (threads <= 1 || place.team != nullptr) {
    const Place before = place;
    place = {};
    call(region, 0, count, arguments);
    place = before;
    return;
  }
  thread_local Team team;
  team.run(region, count, arguments, threads);
}

}  // namespace

extern "C" {

struct Location;  // Clang's ident_t, of no use here

int omp_get_thread_num(void) {
  return place.thread;
}
int omp_get_num_threads(void) {
  return place.threads;
}

int32_t __kmpc_global_thread_num(Location*) {
  return place.thread;
}

void __kmpc_push_num_threads(Location*, int32_t, int32_t threads) {
  wanted = threads;
}

void __kmpc_fork_call(Location*, int32_t count, Region region, ...) {
  void* arguments[kMostArguments];
  va_list list;
  va_start(list, region);
  for (int i = 0; i < count && i < kMostArguments; ++i) arguments[i] = va_arg(list, void*);
  va_end(list);
  const int threads = wanted;
  wanted = 0;
  open(region, count, arguments, threads);
}

// The thread that is there first may as well be the first one: a barrier follows.
int32_t __kmpc_single(Location*, int32_t) {
  return place.thread == 0;
}
void __kmpc_end_single(Location*, int32_t) {}

void __kmpc_barrier(Location*, int32_t) {
  if (place.team != nullptr) place.team->barrier(place.threads);
}

// GCC's: the body of the region is a function of one pointer.

void GOMP_parallel(void (*body)(void*), void* data, unsigned threads, unsigned) {
  void* arguments[] = {reinterpret_cast<void*>(body), data};
  open(reinterpret_cast<Region>(&run_body), 2, arguments, static_cast<int>(threads));
}

bool GOMP_single_start(void) {
  return place.thread == 0;
}

void GOMP_barrier(void) {
  __kmpc_barrier(nullptr, 0);
}

}  // extern "C"
