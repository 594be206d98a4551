// Our draws against llama.cpp's own chain of samplers, over random logits and settings: the same
// seed has to choose the same tokens. Prints {"draws": n, "different": m}, m being those that
// rounding at a border sent elsewhere.
//
//   sampler SEED VOCABULARY SETTINGS
#include "../../native/engine/sampler.h"

#include <llama.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

namespace {

struct Chain {
  llama_sampler* chain = llama_sampler_chain_init(llama_sampler_chain_default_params());
  Chain(int32_t vocabulary, const engine::SamplerParams& of) {
    const auto add = [this](llama_sampler* one) { llama_sampler_chain_add(chain, one); };
    if (of.repeat_penalty != 1.0f || of.presence_penalty != 0.0f) {
      add(llama_sampler_init_penalties(vocabulary, of.repeat_window, of.repeat_penalty, 0.0f,
                                       of.presence_penalty));
    }
    if (of.temperature == 0.0f) {
      add(llama_sampler_init_greedy());
      return;
    }
    add(llama_sampler_init_temp(of.temperature));
    if (of.top_k > 0) add(llama_sampler_init_top_k(of.top_k));
    if (of.top_p < 1.0f) add(llama_sampler_init_top_p(of.top_p, 1));
    if (of.min_p > 0.0f) add(llama_sampler_init_min_p(of.min_p, 1));
    add(llama_sampler_init_dist(of.seed));
  }
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  ~Chain() { llama_sampler_free(chain); }

  int32_t next(const std::vector<float>& logits) {
    std::vector<llama_token_data> all;
    for (size_t id = 0; id < logits.size(); ++id) {
      all.push_back({static_cast<llama_token>(id), logits[id], 0.0f});
    }
    llama_token_data_array array = {all.data(), all.size(), -1, false};
    llama_sampler_apply(chain, &array);
    const int32_t token = array.data[array.selected].id;
    llama_sampler_accept(chain, token);
    return token;
  }
};

engine::SamplerParams random_params(std::mt19937& random) {
  const auto among = [&](std::initializer_list<float> values) {
    return values.begin()[random() % values.size()];
  };
  engine::SamplerParams params;
  params.temperature = among({0.0f, 0.1f, 0.6f, 1.0f, 1.7f});
  params.top_k = static_cast<int32_t>(among({0, 0, 1, 5, 40, 400, 1e6}));
  params.top_p = among({1.0f, 1.0f, 0.95f, 0.5f, 0.01f});
  params.min_p = among({0.0f, 0.0f, 0.05f, 0.5f});
  params.repeat_penalty = among({1.0f, 1.0f, 1.3f});
  params.presence_penalty = among({0.0f, 0.0f, 1.5f, -0.5f});
  params.repeat_window = static_cast<int32_t>(among({1, 3, 64}));
  params.seed = random() >> 1;
  return params;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return EXIT_FAILURE;
  std::mt19937 random(static_cast<uint32_t>(std::atol(argv[1])));
  const int32_t vocabulary = std::atoi(argv[2]);
  const int settings = std::atoi(argv[3]);
  int draws = 0;
  int different = 0;
  for (int setting = 0; setting < settings; ++setting) {
    const engine::SamplerParams params = random_params(random);
    engine::Sampler ours(vocabulary, params);
    Chain theirs(vocabulary, params);
    // flat to peaked
    const float width = std::initializer_list<float>{0.3f, 2.0f, 6.0f}.begin()[random() % 3];
    std::normal_distribution<float> normal(0.0f, width);
    for (int step = 0; step < 12; ++step) {
      std::vector<float> logits(static_cast<size_t>(vocabulary));
      for (float& logit : logits) logit = normal(random);
      const int32_t expected = theirs.next(logits);
      const int32_t token = ours.next(logits.data()).token;
      ++draws;
      if (token == expected) continue;
      ++different;
      std::fprintf(stderr, "%d %d: T %g k %d p %g min %g repeat %g presence %g width %g\n", token,
                   expected, params.temperature, params.top_k, params.top_p, params.min_p,
                   params.repeat_penalty, params.presence_penalty, width);
      break;  // with penalties the next ones see another past
    }
  }
  std::printf("{\"draws\": %d, \"different\": %d}\n", draws, different);
  return EXIT_SUCCESS;
}
