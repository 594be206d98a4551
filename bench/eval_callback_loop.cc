// What somebody writes who reads attention from llama.cpp without a patch: flash attention off, and
// `cb_eval` on the softmax of every layer, of which the last query's rows are copied and averaged.
// Only the public llama.h is used.
//
//   eval_callback_loop MODEL [--generate N] [--threads N] [--context N] [--batch N] [--live 0|1]
//
// Token ids come on stdin. With --generate N it generates greedily and reads the row of each token;
// with
// --generate 0 it reads the row of the last token of stdin, with all of them to decode or, with
// --live 1, the last one.
#include <cstring>

#include "ggml-backend.h"
#include "loop.h"

namespace {

// The mean over layers and heads of the last query's row. Of what comes before it nothing is asked
// for: the graph is not cut at its layers then, which is the best that can be done from outside.
class LastRow {
 public:
  void Ask(bool wanted) {
    wanted_ = wanted;
    heads_ = 0;
    std::fill(sum_.begin(), sum_.end(), 0.0);
  }

  std::vector<float> Mean(size_t length) const {
    if (heads_ == 0) throw std::runtime_error("no layer has a softmax");
    std::vector<float> row(length);
    for (size_t i = 0; i < length; ++i) row[i] = static_cast<float>(sum_.at(i) / heads_);
    return row;
  }

  static bool Callback(ggml_tensor* tensor, bool ask, void* self) {
    return static_cast<LastRow*>(self)->OnTensor(tensor, ask);
  }

 private:
  bool OnTensor(const ggml_tensor* tensor, bool ask) {
    if (!wanted_ || std::strncmp(tensor->name, "kq_soft_max-", 12) != 0) return !ask;
    if (!ask) Take(tensor);
    return true;
  }

  // Shape of the tensor, slowest last: (cells, queries, heads).
  void Take(const ggml_tensor* tensor) {
    const size_t cells = static_cast<size_t>(tensor->ne[0]);
    sum_.resize(std::max(sum_.size(), cells));
    buffer_.resize(cells);
    for (int64_t head = 0; head < tensor->ne[2]; ++head) {
      const size_t offset = head * tensor->nb[2] + (tensor->ne[1] - 1) * tensor->nb[1];
      ggml_backend_tensor_get(tensor, buffer_.data(), offset, cells * sizeof(float));
      for (size_t cell = 0; cell < cells; ++cell) sum_[cell] += buffer_[cell];
    }
    heads_ += static_cast<int>(tensor->ne[2]);
  }

  bool wanted_ = false;
  int heads_ = 0;
  std::vector<float> buffer_;
  std::vector<double> sum_;
};

void Generate(llama_context* context, LastRow& rows, const loop::Options& options,
              std::vector<llama_token>& prompt, int vocabulary) {
  const long loaded_kb = loop::StatusKb("VmRSS");
  const int generate = options.at("--generate");
  loop::DecodePrompt(context, prompt, options.at("--batch"));
  std::vector<llama_token> tokens = {loop::Greedy(context, -1, vocabulary)};
  std::vector<float> row;
  const loop::Stopwatch watch;
  for (int i = 0; i < generate; ++i) {
    rows.Ask(true);
    loop::Decode(context, &tokens.back(), 1);
    row = rows.Mean(prompt.size() + static_cast<size_t>(i) + 1);
    tokens.push_back(loop::Greedy(context, -1, vocabulary));
  }
  const loop::Spent spent = watch.Read();
  tokens.pop_back();
  loop::PrintGenerated(generate, spent, tokens, loaded_kb);
}

void Read(llama_context* context, LastRow& rows, const loop::Options& options,
          std::vector<llama_token>& tokens) {
  const long loaded_kb = loop::StatusKb("VmRSS");
  const int batch = options.at("--batch");
  const bool live = options.at("--live") != 0;
  const int length = static_cast<int>(tokens.size());
  // the last decode holds the last token: alone if live
  const int last = live ? length - 1 : (length - 1) / batch * batch;
  std::vector<llama_token> before(tokens.begin(), tokens.begin() + last);
  loop::Stopwatch watch;
  loop::DecodePrompt(context, before, batch);
  if (live) watch = loop::Stopwatch();
  rows.Ask(true);
  loop::Decode(context, tokens.data() + last, length - last);
  const std::vector<float> row = rows.Mean(tokens.size());
  const loop::Spent spent = watch.Read();
  std::printf("{");
  loop::PrintList("row", "%.8g", row);
  std::printf(", \"millis\": %.3f, \"processorMillis\": %.3f, ", spent.millis,
              spent.processor_millis);
  loop::PrintMemory(loaded_kb);
  std::printf("}\n");
}

void Run(const std::string& path, const loop::Options& options) {
  const loop::Model model = loop::LoadModel(path);
  const int vocabulary = loop::VocabularySize(model);
  std::vector<llama_token> tokens = loop::ReadPrompt(vocabulary);
  loop::CheckLength(options, tokens.size(), options.at("--generate"));
  LastRow rows;
  llama_context_params params = loop::ContextParams(options);
  params.cb_eval = LastRow::Callback;
  params.cb_eval_user_data = &rows;
  const loop::Context context = loop::OpenContext(model, params);
  loop::WarmUp(context.get(), tokens);
  if (options.at("--generate") > 0) {
    Generate(context.get(), rows, options, tokens, vocabulary);
  } else {
    Read(context.get(), rows, options, tokens);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const loop::Options defaults = {
      {"--generate", 0}, {"--threads", 2}, {"--context", 4096}, {"--batch", 512}, {"--live", 0}};
  return loop::Main(argc, argv, defaults, Run);
}
