#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

struct ggml_backend_device;

namespace engine {

struct BuildInfo {
  std::string llama_commit;
  std::string llama_version;
  std::string patch_sha256;
  std::vector<std::string> backends;
  std::string cpu;
  std::string system_info;
};

struct Device {
  std::string name;
  std::string description;
  std::string type;
  uint64_t memory_free;
  uint64_t memory_total;
};

// llama.cpp's process-wide state (backend registry, log sink), counted by shared_ptr: one exists
// while any environment or model holds it, whichever thread that lives on.
class Backend {
 public:
  static std::shared_ptr<Backend> acquire();
  ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  BuildInfo build_info() const;
  std::vector<Device> devices() const;
  // The devices that layers can be moved to, in ggml's order.
  std::vector<ggml_backend_device*> gpus() const;

  // Warnings and errors that llama.cpp logged, oldest first, at most kLogLines.
  std::vector<std::string> recent_log() const;
  // A mark for log_since(), to attribute what a call logged.
  uint64_t log_mark() const;
  std::string log_since(uint64_t mark) const;

  void log(bool continues, const char* text);

 private:
  Backend();
  static constexpr size_t kLogLines = 64;

  mutable std::mutex mutex_;
  std::deque<std::string> lines_;
  uint64_t logged_ = 0;
};

}  // namespace engine
