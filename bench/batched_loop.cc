// The least a program over llama.cpp has to do to generate several chains at once, greedily, behind
// one prompt whose cells they share: what `rollouts` is measured against. Only the public llama.h
// is used.
//
//   batched_loop MODEL [--chains N] [--generate N] [--threads N] [--context N] [--batch N] [--flash
//   0|1] [--device 0|1]
//
// The prompt's token ids come on stdin. The chains begin with the likeliest, the second likeliest …
// token, so that they are different texts. With --device 1 the argmax is a node of the graph and no
// logits are copied.
#include <numeric>

#include "loop.h"

namespace {

struct BatchDeleter {
  void operator()(llama_batch* batch) const {
    llama_batch_free(*batch);
    delete batch;
  }
};
struct SamplerDeleter {
  void operator()(llama_sampler* sampler) const { llama_sampler_free(sampler); }
};
using Batch = std::unique_ptr<llama_batch, BatchDeleter>;
using Sampler = std::unique_ptr<llama_sampler, SamplerDeleter>;

std::vector<llama_token> Likeliest(llama_context* context, int count, int vocabulary) {
  if (count > vocabulary) throw std::runtime_error("--chains: more than tokens");
  const float* logits = llama_get_logits_ith(context, -1);
  std::vector<llama_token> tokens(static_cast<size_t>(vocabulary));
  std::iota(tokens.begin(), tokens.end(), 0);
  std::partial_sort(tokens.begin(), tokens.begin() + count, tokens.end(),
                    [logits](llama_token a, llama_token b) { return logits[a] > logits[b]; });
  tokens.resize(static_cast<size_t>(count));
  return tokens;
}

// A sampler of each chain, whose argmax is computed where the logits are.
std::vector<Sampler> SampleOnDevice(llama_context* context, int chains) {
  std::vector<Sampler> samplers;
  for (int chain = 0; chain < chains; ++chain) {
    samplers.emplace_back(llama_sampler_chain_init(llama_sampler_chain_default_params()));
    llama_sampler_chain_add(samplers.back().get(), llama_sampler_init_greedy());
    if (!llama_set_sampler(context, chain, samplers.back().get())) {
      throw std::runtime_error("--device: this backend computes no argmax");
    }
  }
  return samplers;
}

// Where each chain goes on: its next token and position.
void Fill(llama_batch& batch, const std::vector<llama_token>& tokens, int position) {
  batch.n_tokens = static_cast<int>(tokens.size());
  for (int i = 0; i < batch.n_tokens; ++i) {
    batch.token[i] = tokens[i];
    batch.pos[i] = position;
    batch.n_seq_id[i] = 1;
    batch.seq_id[i][0] = i;
    batch.logits[i] = 1;
  }
}

void Run(const std::string& path, const loop::Options& options) {
  const int chains = options.at("--chains");
  const int generate = options.at("--generate");
  const loop::Model model = loop::LoadModel(path);
  const int vocabulary = loop::VocabularySize(model);
  std::vector<llama_token> prompt = loop::ReadPrompt(vocabulary);
  loop::CheckLength(options, prompt.size(), chains * generate);
  llama_context_params params = loop::ContextParams(options);
  params.n_seq_max = static_cast<uint32_t>(chains);
  params.n_outputs_max = params.n_seq_max;
  params.kv_unified = true;  // as cells of one cache: the prompt is there once
  // behind the context in the order of destruction, which reads the samplers
  std::vector<Sampler> samplers;
  const loop::Context context = loop::OpenContext(model, params);

  loop::WarmUp(context.get(), prompt);
  const long loaded_kb = loop::StatusKb("VmRSS");
  loop::DecodePrompt(context.get(), prompt, options.at("--batch"));
  std::vector<llama_token> tokens = Likeliest(context.get(), chains, vocabulary);
  const bool device = options.at("--device") != 0;
  if (device) samplers = SampleOnDevice(context.get(), chains);
  for (int chain = 1; chain < chains; ++chain) {
    llama_memory_seq_cp(llama_get_memory(context.get()), 0, chain, -1, -1);
  }
  const Batch batch(new llama_batch(llama_batch_init(chains, 0, 1)));
  std::vector<llama_token> first = {tokens[0]};
  const loop::Stopwatch watch;
  for (int i = 0; i < generate; ++i) {
    Fill(*batch, tokens, static_cast<int>(prompt.size()) + i);
    loop::Decode(context.get(), *batch);
    for (int chain = 0; chain < chains; ++chain) {
      tokens[chain] = device ? llama_get_sampled_token_ith(context.get(), chain)
                             : loop::Greedy(context.get(), chain, vocabulary);
    }
    first.push_back(tokens[0]);
  }
  const loop::Spent spent = watch.Read();
  first.pop_back();
  loop::PrintGenerated(generate * chains, spent, first, loaded_kb);
}

}  // namespace

int main(int argc, char** argv) {
  const loop::Options defaults = {{"--chains", 8},     {"--generate", 128}, {"--threads", 2},
                                  {"--context", 4096}, {"--batch", 512},    {"--flash", 1},
                                  {"--device", 0}};
  return loop::Main(argc, argv, defaults, Run);
}
