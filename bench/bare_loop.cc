// The least a program over llama.cpp has to do to generate text greedily: what `generate` is
// measured against. Only the public llama.h is used.
//
//   bare_loop MODEL [--generate N] [--threads N] [--context N] [--batch N] [--flash 0|1]
//
// The prompt's token ids come on stdin, so that both sides compute the same numbers: ggml's softmax
// has a branch whose cost depends on them.
#include "loop.h"

namespace {

void Run(const std::string& path, const loop::Options& options) {
  const loop::Model model = loop::LoadModel(path);
  const int vocabulary = loop::VocabularySize(model);
  const loop::Context context = loop::OpenContext(model, loop::ContextParams(options));
  std::vector<llama_token> prompt = loop::ReadPrompt(vocabulary);
  const int generate = options.at("--generate");
  loop::CheckLength(options, prompt.size(), generate);

  loop::WarmUp(context.get(), prompt);
  const long loaded_kb = loop::StatusKb("VmRSS");
  loop::DecodePrompt(context.get(), prompt, options.at("--batch"));
  std::vector<llama_token> tokens = {loop::Greedy(context.get(), -1, vocabulary)};
  const loop::Stopwatch watch;
  for (int i = 0; i < generate; ++i) {
    loop::Decode(context.get(), &tokens.back(), 1);
    tokens.push_back(loop::Greedy(context.get(), -1, vocabulary));
  }
  const loop::Spent spent = watch.Read();
  tokens.pop_back();
  loop::PrintGenerated(generate, spent, tokens, loaded_kb);
}

}  // namespace

int main(int argc, char** argv) {
  const loop::Options defaults = {
      {"--generate", 128}, {"--threads", 2}, {"--context", 4096}, {"--batch", 512}, {"--flash", 1}};
  return loop::Main(argc, argv, defaults, Run);
}
