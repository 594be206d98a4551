#include "backend.h"

#include <ggml-backend.h>
#include <llama.h>

#if defined(__linux__)
#include <pthread.h>
#endif

#include <algorithm>
#include <stdexcept>

#include "cpu_variants.h"

namespace engine {

namespace {

// A line may come in several calls: GGML_LOG_LEVEL_CONT goes on with the line before, so the level
// of that line decides whether it is kept. One thread logs a line at a time.
void on_log(ggml_log_level level, const char* text, void* user_data) {
  static thread_local bool keeping = false;
  const bool continues = level == GGML_LOG_LEVEL_CONT;
  if (!continues) keeping = level == GGML_LOG_LEVEL_WARN || level == GGML_LOG_LEVEL_ERROR;
  if (keeping) static_cast<Backend*>(user_data)->log(continues, text);
}

void drop_log(ggml_log_level, const char*, void*) {}

const char* device_type(enum ggml_backend_dev_type type) {
  switch (type) {
    case GGML_BACKEND_DEVICE_TYPE_CPU:
      return "cpu";
    case GGML_BACKEND_DEVICE_TYPE_GPU:
      return "gpu";
    case GGML_BACKEND_DEVICE_TYPE_IGPU:
      return "igpu";
    case GGML_BACKEND_DEVICE_TYPE_ACCEL:
      return "accelerator";
    default:
      return "other";
  }
}

// The CPU backend is compiled in for this machine ("native"), or the best of several is taken.
const char* cpu_variant() {
#ifdef COT_PRUNE_CPU_VARIANTS
  const char* name = register_cpu_variant();
  if (name != nullptr) return name;
  throw std::runtime_error(
      "this processor is older than those that the prebuilt addon was made for");
#else
  return "native";
#endif
}

// musl gives a thread 128 KiB, and llama.cpp counts on the 8 MiB of others: a tokenizer's regular
// expression alone recurses deeper. It holds for all threads that begin later without a size of
// their own; Node's have one.
void widen_stacks() {
#if defined(__linux__) && !defined(__GLIBC__) && !defined(__ANDROID__)
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 8 << 20);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
#endif
}

// Guards the process-wide log sink: the last holder may let go while another thread acquires.
std::mutex& sink_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

std::shared_ptr<Backend> Backend::acquire() {
  static std::weak_ptr<Backend> current;
  std::lock_guard<std::mutex> lock(sink_mutex());
  std::shared_ptr<Backend> backend = current.lock();
  if (!backend) {
    backend = std::shared_ptr<Backend>(new Backend());
    current = backend;
  }
  return backend;
}

Backend::Backend() {
  widen_stacks();
  cpu_variant();
  llama_log_set(on_log, this);
  llama_backend_init();
}

Backend::~Backend() {
  // The sink must not outlive this object, but a successor may have installed its own already.
  // llama_backend_free is not called: it frees nothing that matters and would race with that one.
  std::lock_guard<std::mutex> lock(sink_mutex());
  ggml_log_callback callback = nullptr;
  void* user_data = nullptr;
  llama_log_get(&callback, &user_data);
  if (user_data == this) llama_log_set(drop_log, nullptr);
}

BuildInfo Backend::build_info() const {
  BuildInfo info;
  info.llama_commit = COT_PRUNE_LLAMA_COMMIT;
  info.llama_version = COT_PRUNE_LLAMA_VERSION;
  info.patch_sha256 = COT_PRUNE_PATCH_SHA256;
  for (size_t i = 0; i < ggml_backend_reg_count(); ++i) {
    info.backends.push_back(ggml_backend_reg_name(ggml_backend_reg_get(i)));
  }
  info.cpu = cpu_variant();
  info.system_info = llama_print_system_info();
  return info;
}

std::vector<Device> Backend::devices() const {
  std::vector<Device> devices;
  for (size_t i = 0; i < ggml_backend_dev_count(); ++i) {
    ggml_backend_dev_t device = ggml_backend_dev_get(i);
    size_t free = 0;
    size_t total = 0;
    ggml_backend_dev_memory(device, &free, &total);
    devices.push_back({ggml_backend_dev_name(device), ggml_backend_dev_description(device),
                       device_type(ggml_backend_dev_type(device)), free, total});
  }
  return devices;
}

std::vector<ggml_backend_device*> Backend::gpus() const {
  std::vector<ggml_backend_device*> gpus;
  for (size_t i = 0; i < ggml_backend_dev_count(); ++i) {
    ggml_backend_dev_t device = ggml_backend_dev_get(i);
    if (ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_GPU) gpus.push_back(device);
  }
  return gpus;
}

void Backend::log(bool continues, const char* text) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (continues && !lines_.empty()) {
    lines_.back() += text;
  } else {
    lines_.push_back(text);
    ++logged_;
  }
  if (lines_.size() > kLogLines) lines_.pop_front();
}

std::vector<std::string> Backend::recent_log() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return {lines_.begin(), lines_.end()};
}

uint64_t Backend::log_mark() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return logged_;
}

std::string Backend::log_since(uint64_t mark) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t count = std::min<uint64_t>(logged_ - mark, lines_.size());
  std::string text;
  for (size_t i = lines_.size() - count; i < lines_.size(); ++i) {
    std::string line = lines_[i];
    while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) text += (text.empty() ? "" : "; ") + line;
  }
  return text;
}

}  // namespace engine
