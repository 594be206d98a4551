// Attention rows from upstream llama.cpp, to compare ours with: flash attention off, and an eval
// callback that copies the softmax of each layer. Only the public llama.h is used.
//
//   attention_oracle MODEL TOKENS.i32 OUT.f32 [--batch N] [--threads N] [--key f16|q8_0|f32]
//                    [--value f16|f32] [--queries last|all] [--per-head] [--layers 5,11]
//                    [--values]
//
// OUT holds float32, indexed by position: shape (queries, tokens), the sum over heads and layers;
// with --per-head shape (queries, layers, heads, tokens). The context is fresh and holds one
// sequence, so that the index of a KV cell is the position of its token. With --values it holds
// what goes into the value cells in place of the rows: shape (layers, tokens, width).
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ggml-backend.h"
#include "llama.h"

namespace {

struct Options {
  std::string model;
  std::string tokens;
  std::string out;
  uint32_t batch = 512;
  int32_t threads = 2;
  ggml_type key = GGML_TYPE_F16;
  ggml_type value = GGML_TYPE_F16;
  bool all_queries = false;
  bool per_head = false;
  bool values = false;
  std::vector<int> layers;  // Empty: all of them.
};

struct ModelDeleter {
  void operator()(llama_model* model) const { llama_model_free(model); }
};
struct ContextDeleter {
  void operator()(llama_context* context) const { llama_free(context); }
};
using Model = std::unique_ptr<llama_model, ModelDeleter>;
using Context = std::unique_ptr<llama_context, ContextDeleter>;

int ParseCount(const std::string& name, const std::string& text) {
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || value < 0 || value > INT32_MAX) {
    throw std::runtime_error(name + ": no count: " + text);
  }
  return static_cast<int>(value);
}

ggml_type ParseType(const std::string& text) {
  if (text == "f16") return GGML_TYPE_F16;
  if (text == "q8_0") return GGML_TYPE_Q8_0;
  if (text == "f32") return GGML_TYPE_F32;
  throw std::runtime_error("unknown cache type: " + text);
}

std::vector<int> ParseLayers(const std::string& text) {
  std::vector<int> layers;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    layers.push_back(ParseCount("--layers", text.substr(start, end - start)));
    start = end + 1;
  }
  std::sort(layers.begin(), layers.end());
  layers.erase(std::unique(layers.begin(), layers.end()), layers.end());
  return layers;
}

void ParseOption(Options& options, const std::string& name, const std::string& value) {
  if (name == "--batch") {
    options.batch = ParseCount(name, value);
  } else if (name == "--threads") {
    options.threads = ParseCount(name, value);
  } else if (name == "--key") {
    options.key = ParseType(value);
  } else if (name == "--value") {
    options.value = ParseType(value);
  } else if (name == "--layers") {
    options.layers = ParseLayers(value);
  } else if (name == "--queries" && (value == "last" || value == "all")) {
    options.all_queries = value == "all";
  } else {
    throw std::runtime_error("unknown option: " + name + " " + value);
  }
}

Options ParseArguments(const std::vector<std::string>& arguments) {
  Options options;
  std::vector<std::string> names;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--per-head") {
      options.per_head = true;
    } else if (argument == "--values") {
      options.values = true;
    } else if (argument.rfind("--", 0) != 0) {
      names.push_back(argument);
    } else if (i + 1 < arguments.size()) {
      ParseOption(options, argument, arguments[++i]);
    } else {
      throw std::runtime_error(argument + " needs a value");
    }
  }
  if (names.size() != 3)
    throw std::runtime_error("usage: attention_oracle MODEL TOKENS.i32 OUT.f32");
  if (options.batch == 0 || options.threads == 0) {
    throw std::runtime_error("--batch and --threads must be positive");
  }
  options.model = names[0];
  options.tokens = names[1];
  options.out = names[2];
  return options;
}

std::vector<llama_token> ReadTokens(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error("cannot read " + path);
  const std::streamoff bytes = file.tellg();
  if (bytes == 0 || bytes % 4 != 0) throw std::runtime_error(path + ": no 32-bit token ids");
  std::vector<llama_token> tokens(static_cast<size_t>(bytes) / 4);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(tokens.data()), bytes);
  if (!file) throw std::runtime_error("cannot read " + path);
  return tokens;
}

// Gathers softmax rows while the graph runs: buffers of the graph are reused behind a node, so a
// row has to be copied before the callback returns.
class Collector {
 public:
  Collector(const Options& options, std::vector<int> layers, int heads, int tokens)
      : per_head_(options.per_head),
        values_(options.values),
        first_query_(options.all_queries || options.values ? 0 : tokens - 1),
        layers_(std::move(layers)),
        heads_(heads),
        length_(tokens) {
    const size_t rows = per_head_ ? layers_.size() * heads_ : 1;
    if (!values_) rows_.resize(Queries() * rows * length_);
  }

  size_t Queries() const { return static_cast<size_t>(length_ - first_query_); }
  const std::vector<double>& Rows() const { return rows_; }
  const std::string& Error() const { return error_; }
  size_t SeenLayers() const { return seen_; }

  // The tokens of the next decode are at positions [start, start + count).
  void BeginDecode(int start, int count) {
    start_ = start;
    count_ = count;
    seen_ = 0;
    taken_.clear();
  }

  bool WantsDecode() const { return start_ + count_ > first_query_; }

  static bool Callback(ggml_tensor* tensor, bool ask, void* self) {
    return static_cast<Collector*>(self)->OnTensor(tensor, ask);
  }

 private:
  bool OnTensor(const ggml_tensor* tensor, bool ask) {
    const int index = LayerIndex(tensor->name);
    if (index < 0 || !WantsDecode()) return !ask;
    if (ask) return true;
    if (values_) {
      TakeValues(tensor, static_cast<size_t>(index));
    } else {
      Take(tensor, static_cast<size_t>(index));
    }
    return true;
  }

  int LayerIndex(std::string_view name) const {
    const std::string_view prefix = values_ ? "Vcur-" : "kq_soft_max-";
    if (name.substr(0, prefix.size()) != prefix) return -1;
    const int layer = std::atoi(std::string(name.substr(prefix.size())).c_str());
    const auto found = std::lower_bound(layers_.begin(), layers_.end(), layer);
    if (found == layers_.end() || *found != layer) return -1;
    return static_cast<int>(found - layers_.begin());
  }

  // Shape of the tensor, slowest last: (size of a head, key heads, tokens of the ubatch). Some
  // models name it twice, before and behind a bias: the later one is what is cached.
  void TakeValues(const ggml_tensor* tensor, size_t layer) {
    const size_t width = static_cast<size_t>(ggml_nelements(tensor)) / count_;
    if (tensor->type != GGML_TYPE_F32 || !ggml_is_contiguous(tensor)) {
      error_ = std::string("unexpected layout or type of ") + tensor->name;
      return;
    }
    taken_.insert(layer);
    seen_ = taken_.size();
    rows_.resize(layers_.size() * length_ * width);
    buffer_.resize(width * count_);
    ggml_backend_tensor_get(tensor, buffer_.data(), 0, buffer_.size() * sizeof(float));
    std::copy(buffer_.begin(), buffer_.end(), rows_.begin() + (layer * length_ + start_) * width);
  }

  // Shape of the tensor, slowest last: (cells, tokens of the ubatch, heads).
  void Take(const ggml_tensor* tensor, size_t layer) {
    const int64_t cells = tensor->ne[0];
    const bool expected = tensor->type == GGML_TYPE_F32 && ggml_is_contiguous(tensor) &&
                          tensor->ne[1] == count_ && tensor->ne[2] == heads_ &&
                          tensor->ne[3] == 1 && cells >= start_ + count_;
    if (!expected) {
      error_ = std::string("unexpected shape or type of ") + tensor->name;
      return;
    }
    ++seen_;
    buffer_.resize(static_cast<size_t>(std::min<int64_t>(cells, length_)));
    for (int head = 0; head < heads_; ++head) {
      for (int query = std::max(start_, first_query_); query < start_ + count_; ++query) {
        const size_t row = static_cast<size_t>(head) * count_ + (query - start_);
        ggml_backend_tensor_get(tensor, buffer_.data(), row * cells * sizeof(float),
                                buffer_.size() * sizeof(float));
        AddRow(static_cast<size_t>(query - first_query_), layer, static_cast<size_t>(head));
      }
    }
  }

  void AddRow(size_t query, size_t layer, size_t head) {
    const size_t row = per_head_ ? (query * layers_.size() + layer) * heads_ + head : query;
    double* target = rows_.data() + row * length_;
    for (size_t cell = 0; cell < buffer_.size(); ++cell) target[cell] += buffer_[cell];
  }

  bool per_head_;
  bool values_;
  int first_query_;
  std::vector<int> layers_;  // Ascending.
  int heads_;
  int length_;
  int start_ = 0;
  int count_ = 0;
  size_t seen_ = 0;
  std::set<size_t> taken_;  // layers whose values were seen in this decode
  std::vector<float> buffer_;
  std::vector<double> rows_;
  std::string error_;
};

std::vector<int> ChooseLayers(const Options& options, const llama_model* model) {
  const int count = llama_model_n_layer(model);
  if (options.layers.empty()) {
    if (llama_model_n_swa(model) > 0) {
      throw std::runtime_error("the model has sliding-window layers: name the global --layers");
    }
    std::vector<int> all(static_cast<size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  if (options.layers.back() >= count) throw std::runtime_error("--layers: no such layer");
  return options.layers;
}

Context OpenContext(const Options& options, llama_model* model, int tokens, Collector& collector) {
  llama_context_params params = llama_context_default_params();
  params.n_ctx = static_cast<uint32_t>(tokens);
  params.n_batch = options.batch;
  params.n_ubatch = options.batch;
  params.n_seq_max = 1;
  params.n_threads = options.threads;
  params.n_threads_batch = options.threads;
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.type_k = options.key;
  params.type_v = options.value;
  params.kv_unified = true;
  params.swa_full = true;
  params.no_perf = true;
  params.cb_eval = Collector::Callback;
  params.cb_eval_user_data = &collector;
  Context context(llama_init_from_model(model, params));
  if (!context) throw std::runtime_error("cannot create a context");
  return context;
}

void Decode(const Options& options, llama_context* context, std::vector<llama_token>& tokens,
            size_t layers, Collector& collector) {
  for (size_t start = 0; start < tokens.size(); start += options.batch) {
    const int count = static_cast<int>(std::min<size_t>(options.batch, tokens.size() - start));
    collector.BeginDecode(static_cast<int>(start), count);
    const int status = llama_decode(context, llama_batch_get_one(tokens.data() + start, count));
    if (status != 0) throw std::runtime_error("llama_decode: " + std::to_string(status));
    if (!collector.Error().empty()) throw std::runtime_error(collector.Error());
    if (collector.WantsDecode() && collector.SeenLayers() != layers) {
      throw std::runtime_error("saw what is wanted of " + std::to_string(collector.SeenLayers()) +
                               " layers, not of " + std::to_string(layers));
    }
  }
}

void WriteRows(const std::string& path, const std::vector<double>& rows) {
  const std::vector<float> narrow(rows.begin(), rows.end());
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(narrow.data()),
             static_cast<std::streamsize>(narrow.size() * sizeof(float)));
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

void Run(const Options& options) {
  std::vector<llama_token> tokens = ReadTokens(options.tokens);
  const Model model(
      llama_model_load_from_file(options.model.c_str(), llama_model_default_params()));
  if (!model) throw std::runtime_error("cannot load " + options.model);
  const int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model.get()));
  for (const llama_token token : tokens) {
    if (token < 0 || token >= vocabulary) {
      throw std::runtime_error("no such token: " + std::to_string(token));
    }
  }

  const std::vector<int> layers = ChooseLayers(options, model.get());
  const int heads = llama_model_n_head(model.get());
  const int length = static_cast<int>(tokens.size());
  Collector collector(options, layers, heads, length);
  const Context context = OpenContext(options, model.get(), length, collector);

  const auto start = std::chrono::steady_clock::now();
  Decode(options, context.get(), tokens, layers.size(), collector);
  const std::chrono::duration<double, std::milli> elapsed =
      std::chrono::steady_clock::now() - start;
  WriteRows(options.out, collector.Rows());
  std::printf(
      "{\"layers\": %zu, \"heads\": %d, \"queries\": %zu, \"length\": %d, \"elapsed_ms\": %.3f}\n",
      layers.size(), heads, collector.Queries(), length, elapsed.count());
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
    Run(ParseArguments(std::vector<std::string>(argv + 1, argv + argc)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "attention_oracle: %s\n", error.what());
    status = EXIT_FAILURE;
  }
  llama_backend_free();
  return status;
}
