// What the bare programs over llama.cpp share that the benchmarks compare with: options, a model
// and a context, token ids on stdin, a clock, the peak of the process. Only the public llama.h is
// used.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "llama.h"

namespace loop {

using Clock = std::chrono::steady_clock;
using Options = std::map<std::string, int>;

struct ModelDeleter {
  void operator()(llama_model* model) const { llama_model_free(model); }
};
struct ContextDeleter {
  void operator()(llama_context* context) const { llama_free(context); }
};
using Model = std::unique_ptr<llama_model, ModelDeleter>;
using Context = std::unique_ptr<llama_context, ContextDeleter>;

inline void ParseOptions(const std::vector<std::string>& arguments, Options& options) {
  for (size_t i = 0; i < arguments.size(); i += 2) {
    const auto option = options.find(arguments[i]);
    if (option == options.end() || i + 1 == arguments.size()) {
      throw std::runtime_error("unknown option or no value: " + arguments[i]);
    }
    char* end = nullptr;
    const long value = std::strtol(arguments[i + 1].c_str(), &end, 10);
    if (arguments[i + 1].empty() || *end != '\0' || value < 0 || value > INT32_MAX) {
      throw std::runtime_error(arguments[i] + ": no count: " + arguments[i + 1]);
    }
    option->second = static_cast<int>(value);
  }
  for (const char* name : {"--threads", "--context", "--batch", "--chains"}) {
    const auto option = options.find(name);
    if (option != options.end() && option->second == 0) {
      throw std::runtime_error(std::string(name) + " must be positive");
    }
  }
}

inline Model LoadModel(const std::string& path) {
  Model model(llama_model_load_from_file(path.c_str(), llama_model_default_params()));
  if (!model) throw std::runtime_error("cannot load " + path);
  return model;
}

inline int VocabularySize(const Model& model) {
  return llama_vocab_n_tokens(llama_model_get_vocab(model.get()));
}

// Of the options --context, --batch, --threads and, where there is one, --flash.
inline llama_context_params ContextParams(const Options& options) {
  llama_context_params params = llama_context_default_params();
  params.n_ctx = static_cast<uint32_t>(options.at("--context"));
  params.n_batch = static_cast<uint32_t>(options.at("--batch"));
  params.n_ubatch = params.n_batch;
  params.n_seq_max = 1;
  params.n_outputs_max = 1;
  params.n_threads = options.at("--threads");
  params.n_threads_batch = params.n_threads;
  const auto flash = options.find("--flash");
  params.flash_attn_type = flash != options.end() && flash->second != 0
                               ? LLAMA_FLASH_ATTN_TYPE_ENABLED
                               : LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.no_perf = true;
  return params;
}

inline Context OpenContext(const Model& model, const llama_context_params& params) {
  Context context(llama_init_from_model(model.get(), params));
  if (!context) throw std::runtime_error("cannot create a context");
  return context;
}

inline void Decode(llama_context* context, const llama_batch& batch) {
  const int status = llama_decode(context, batch);
  if (status != 0) throw std::runtime_error("llama_decode: " + std::to_string(status));
}

inline void Decode(llama_context* context, llama_token* tokens, int count) {
  Decode(context, llama_batch_get_one(tokens, count));
}

inline void DecodePrompt(llama_context* context, std::vector<llama_token>& tokens, int batch) {
  const int length = static_cast<int>(tokens.size());
  for (int start = 0; start < length; start += batch) {
    Decode(context, tokens.data() + start, std::min(batch, length - start));
  }
}

// The first decode reads the mapped weights from disk.
inline void WarmUp(llama_context* context, std::vector<llama_token>& tokens) {
  Decode(context, tokens.data(), 1);
  llama_memory_clear(llama_get_memory(context), true);
}

inline llama_token Greedy(llama_context* context, int index, int vocabulary) {
  const float* logits = llama_get_logits_ith(context, index);
  return static_cast<llama_token>(std::max_element(logits, logits + vocabulary) - logits);
}

inline std::vector<llama_token> ReadPrompt(int vocabulary) {
  std::vector<llama_token> tokens;
  for (llama_token token = 0; std::cin >> token;) tokens.push_back(token);
  if (tokens.empty() || !std::cin.eof()) throw std::runtime_error("no token ids on stdin");
  for (const llama_token token : tokens) {
    if (token < 0 || token >= vocabulary) {
      throw std::runtime_error("no token of this model: " + std::to_string(token));
    }
  }
  return tokens;
}

inline void CheckLength(const Options& options, size_t prompt, int more) {
  if (prompt + static_cast<size_t>(more) > static_cast<size_t>(options.at("--context"))) {
    throw std::runtime_error("--context is too small");
  }
}

// By the clock, and by the time of the processors, which others on the machine touch less.
struct Spent {
  double millis;
  double processor_millis;
};

class Stopwatch {
 public:
  Spent Read() const {
    const std::chrono::duration<double, std::milli> elapsed = Clock::now() - start_;
    return {elapsed.count(), 1000.0 * static_cast<double>(std::clock() - busy_) / CLOCKS_PER_SEC};
  }

 private:
  Clock::time_point start_ = Clock::now();
  std::clock_t busy_ = std::clock();
};

// A line of /proc/self/status in KiB (VmHWM: the peak, VmRSS: now), or 0 where there is none.
// getrusage would do elsewhere, but on Linux it inherits the peak of who started the process.
inline long StatusKb(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    long value = 0;
    if (word == name + ":" && status >> value) return value;
  }
  return 0;
}

template <typename Number>
void PrintList(const char* name, const char* format, const std::vector<Number>& values) {
  std::printf("\"%s\": [", name);
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) std::printf(", ");
    std::printf(format, values[i]);
  }
  std::printf("]");
}

inline void PrintMemory(long loaded_kb) {
  std::printf("\"loadedRssKb\": %ld, \"peakRssKb\": %ld", loaded_kb, StatusKb("VmHWM"));
}

// `count` tokens of all chains, of which `tokens` are the first one's.
inline void PrintGenerated(int count, const Spent& spent, const std::vector<llama_token>& tokens,
                           long loaded_kb) {
  std::printf("{\"tokensPerSecond\": %.3f, \"processorMillis\": %.6f, ",
              1000 * count / spent.millis, spent.processor_millis / count);
  PrintList("tokens", "%d", tokens);
  std::printf(", ");
  PrintMemory(loaded_kb);
  std::printf("}\n");
}

inline void LogErrors(ggml_log_level level, const char* text, void*) {
  if (level == GGML_LOG_LEVEL_ERROR) std::fputs(text, stderr);
}

// The body of a program: PROGRAM MODEL [--option N]…; the defaults name its options.
inline int Main(int argc, char** argv, Options options,
                void (*run)(const std::string& path, const Options& options)) {
  llama_log_set(LogErrors, nullptr);
  llama_backend_init();
  int status = EXIT_SUCCESS;
  try {
    if (argc < 2) throw std::runtime_error("usage: PROGRAM MODEL [--threads N] …");
    ParseOptions(std::vector<std::string>(argv + 2, argv + argc), options);
    run(argv[1], options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    status = EXIT_FAILURE;
  }
  llama_backend_free();
  return status;
}

}  // namespace loop
