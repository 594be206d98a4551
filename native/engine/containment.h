#pragma once

#include <stdexcept>
#include <string>

namespace engine {

// An assertion of llama.cpp or ggml that failed: what was at work is to be given up.
class Abort : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// While one lives, what would end the process on its thread is an Abort instead. Not where a graph
// is computed, which other threads wait for, nor on threads of ggml or of a driver: those end the
// process.
class Containment {
 public:
  Containment();
  ~Containment();
  Containment(const Containment&) = delete;
  Containment& operator=(const Containment&) = delete;

  // What was thrown in here last, also where llama.cpp caught it; empty where nothing was.
  const std::string& message() const;
};

}  // namespace engine
