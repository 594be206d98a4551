// What choosing a token costs beside llama.cpp's own chain, with a vocabulary of 151,936:
//
//   sampling [rounds]
//
// Prints a line of JSON for each setting, and one for the sum over the vocabulary that all of them
// take, beside std::exp of one logit after the other: microseconds a token, medians.
#include <llama.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <vector>

#include "../native/engine/logits.h"
#include "../native/engine/sampler.h"

namespace {

constexpr int32_t kVocabulary = 151936;

struct Setting {
  const char* name;
  engine::SamplerParams params;
};

double median_micros(int rounds, const std::function<void()>& run) {
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    times.push_back(time.count());
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[static_cast<size_t>(rounds / 2)];
}

llama_sampler* chain_of(const engine::SamplerParams& params) {
  llama_sampler* chain = llama_sampler_chain_init(llama_sampler_chain_default_params());
  if (params.temperature == 0.0f) {
    llama_sampler_chain_add(chain, llama_sampler_init_greedy());
    return chain;
  }
  llama_sampler_chain_add(chain, llama_sampler_init_temp(params.temperature));
  if (params.top_k > 0) llama_sampler_chain_add(chain, llama_sampler_init_top_k(params.top_k));
  if (params.top_p < 1.0f)
    llama_sampler_chain_add(chain, llama_sampler_init_top_p(params.top_p, 1));
  llama_sampler_chain_add(chain, llama_sampler_init_dist(params.seed));
  return chain;
}

void time_sum(const std::vector<float>& logits, int rounds) {
  const float max = *std::max_element(logits.begin(), logits.end());
  double ours_total = 0.0;
  double plain_total = 0.0;
  const double ours = median_micros(
      rounds, [&] { ours_total += engine::log_sum_exp(logits.data(), kVocabulary, max); });
  const double plain = median_micros(rounds, [&] {
    double sum = 0.0;
    for (const float logit : logits) sum += std::exp(logit - max);
    plain_total += std::log(sum);
  });
  const bool same = std::abs(ours_total - plain_total) < 1e-4 * rounds;
  std::printf("{\"log_sum_exp_micros\": %.1f, \"plain_micros\": %.1f, \"same\": %s}\n", ours, plain,
              same ? "true" : "false");
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 201;
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0.0f, 2.5f);
  std::vector<float> logits(kVocabulary);
  for (float& logit : logits) logit = normal(random);
  // as a model that knows what comes next, more or less
  for (int i = 0; i < 20; ++i)
    logits[random() % kVocabulary] = 12.0f + 0.3f * static_cast<float>(i);

  std::vector<Setting> settings(4);
  settings[0].name = "greedy";
  settings[1] = {"temperature 1", {}};
  settings[1].params.temperature = 1.0f;
  settings[2] = {"0.6, top-p 0.95", {}};
  settings[2].params.temperature = 0.6f;
  settings[2].params.top_p = 0.95f;
  settings[3] = {"0.6, top-k 40, top-p 0.95", settings[2].params};
  settings[3].params.top_k = 40;

  std::vector<llama_token_data> all(kVocabulary);
  for (const auto& [name, params] : settings) {
    engine::Sampler sampler(kVocabulary, params);
    llama_sampler* chain = chain_of(params);
    const double ours = median_micros(rounds, [&] { sampler.next(logits.data()); });
    const double theirs = median_micros(rounds, [&] {
      for (int32_t id = 0; id < kVocabulary; ++id) all[id] = {id, logits[id], 0.0f};
      llama_token_data_array array = {all.data(), all.size(), -1, false};
      llama_sampler_apply(chain, &array);
    });
    llama_sampler_free(chain);
    std::printf("{\"sampling\": \"%s\", \"micros\": %.1f, \"llama_chain_micros\": %.1f}\n", name,
                ours, theirs);
  }
  time_sum(logits, rounds);
  return EXIT_SUCCESS;
}
