// The least a program over llama.cpp has to do to generate text greedily: what `generate` is
// measured against. Only the public llama.h is used.
//
//   bare_loop MODEL [--generate N] [--threads N] [--context N] [--batch N] [--flash 0|1]
//
// The prompt's token ids come on stdin, so that both sides compute the same numbers: ggml's softmax
// has a branch whose cost depends on them.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "llama.h"

namespace {

using Clock = std::chrono::steady_clock;

struct ModelDeleter {
  void operator()(llama_model* model) const { llama_model_free(model); }
};
struct ContextDeleter {
  void operator()(llama_context* context) const { llama_free(context); }
};
using Model = std::unique_ptr<llama_model, ModelDeleter>;
using Context = std::unique_ptr<llama_context, ContextDeleter>;
using Options = std::map<std::string, int>;

Options ParseOptions(const std::vector<std::string>& arguments) {
  Options options = {
      {"--generate", 128}, {"--threads", 2}, {"--context", 4096}, {"--batch", 512}, {"--flash", 1}};
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
  for (const char* name : {"--generate", "--threads", "--context", "--batch"}) {
    if (options.at(name) == 0) throw std::runtime_error(std::string(name) + " must be positive");
  }
  return options;
}

Context OpenContext(llama_model* model, const Options& options) {
  llama_context_params params = llama_context_default_params();
  params.n_ctx = static_cast<uint32_t>(options.at("--context"));
  params.n_batch = static_cast<uint32_t>(options.at("--batch"));
  params.n_ubatch = params.n_batch;
  params.n_seq_max = 1;
  params.n_outputs_max = 1;
  params.n_threads = options.at("--threads");
  params.n_threads_batch = params.n_threads;
  params.flash_attn_type =
      options.at("--flash") != 0 ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.no_perf = true;
  Context context(llama_init_from_model(model, params));
  if (!context) throw std::runtime_error("cannot create a context");
  return context;
}

void Decode(llama_context* context, llama_token* tokens, int count) {
  const int status = llama_decode(context, llama_batch_get_one(tokens, count));
  if (status != 0) throw std::runtime_error("llama_decode: " + std::to_string(status));
}

llama_token Greedy(llama_context* context, int vocabulary) {
  const float* logits = llama_get_logits_ith(context, -1);
  return static_cast<llama_token>(std::max_element(logits, logits + vocabulary) - logits);
}

std::vector<llama_token> ReadPrompt(int vocabulary) {
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

double MillisSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void Run(const std::string& path, const Options& options) {
  const Model model(llama_model_load_from_file(path.c_str(), llama_model_default_params()));
  if (!model) throw std::runtime_error("cannot load " + path);
  const int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model.get()));
  const Context context = OpenContext(model.get(), options);
  std::vector<llama_token> prompt = ReadPrompt(vocabulary);

  // The first decode reads the mapped weights from disk.
  Decode(context.get(), prompt.data(), 1);
  llama_memory_clear(llama_get_memory(context.get()), true);

  const int batch = options.at("--batch");
  const int length = static_cast<int>(prompt.size());
  const int generate = options.at("--generate");
  if (length + generate > options.at("--context")) {
    throw std::runtime_error("--context is too small");
  }
  for (int start = 0; start < length; start += batch) {
    Decode(context.get(), prompt.data() + start, std::min(batch, length - start));
  }
  std::vector<llama_token> tokens = {Greedy(context.get(), vocabulary)};
  const auto start = Clock::now();
  for (int i = 0; i < generate; ++i) {
    Decode(context.get(), &tokens.back(), 1);
    tokens.push_back(Greedy(context.get(), vocabulary));
  }
  const double millis = MillisSince(start);
  std::printf("{\"tokensPerSecond\": %.3f, \"tokens\": [%d", 1000 * generate / millis, tokens[0]);
  for (int i = 1; i < generate; ++i) std::printf(", %d", tokens[i]);
  std::printf("]}\n");
}

void LogErrors(ggml_log_level level, const char* text, void*) {
  if (level == GGML_LOG_LEVEL_ERROR) std::fputs(text, stderr);
}

}  // namespace

int main(int argc, char** argv) {
  llama_log_set(LogErrors, nullptr);
  llama_backend_init();
  int status = EXIT_SUCCESS;
  try {
    if (argc < 2) throw std::runtime_error("usage: bare_loop MODEL [--generate N] …");
    Run(argv[1], ParseOptions(std::vector<std::string>(argv + 2, argv + argc)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bare_loop: %s\n", error.what());
    status = EXIT_FAILURE;
  }
  llama_backend_free();
  return status;
}
