#include "sampler.h"

#include <algorithm>
#include <cmath>

#include "error.h"
#include "logits.h"

namespace engine {

Sampler::Sampler(int32_t vocabulary_size, const SamplerParams& params)
    : vocabulary_size_(vocabulary_size), stop_(params.stop) {
  for (const std::string& text : stop_) longest_stop_ = std::max(longest_stop_, text.size());
  const bool greedy = params.temperature == 0.0f;
  const bool penalised = (params.repeat_penalty != 1.0f || params.presence_penalty != 0.0f) &&
                         params.repeat_window > 0;
  if (greedy && !penalised) return;

  chain_.reset(llama_sampler_chain_init(llama_sampler_chain_default_params()));
  const auto add = [this](llama_sampler* sampler) {
    llama_sampler_chain_add(chain_.get(), sampler);
  };
  if (penalised) {
    add(llama_sampler_init_penalties(vocabulary_size, params.repeat_window, params.repeat_penalty,
                                     0.0f, params.presence_penalty));
  }
  if (greedy) {
    add(llama_sampler_init_greedy());
    return;
  }
  add(llama_sampler_init_temp(params.temperature));
  if (params.top_k > 0) add(llama_sampler_init_top_k(params.top_k));
  if (params.top_p < 1.0f) add(llama_sampler_init_top_p(params.top_p, 1));
  if (params.min_p > 0.0f) add(llama_sampler_init_min_p(params.min_p, 1));
  // llama.cpp takes LLAMA_DEFAULT_SEED for "draw one"; no seed of ours may be random
  add(llama_sampler_init_dist(params.seed == LLAMA_DEFAULT_SEED ? 0 : params.seed));
}

Choice Sampler::next(const float* logits) {
  int32_t token = argmax(logits, vocabulary_size_);
  const float max = logits[token];
  const double log_sum = log_sum_exp(logits, vocabulary_size_, max);
  if (!std::isfinite(max) || !std::isfinite(log_sum)) {
    throw Error(Failure::kDecode, "the model gave logits that are not finite");
  }
  if (chain_) {
    candidates_.resize(static_cast<size_t>(vocabulary_size_));
    for (int32_t id = 0; id < vocabulary_size_; ++id) candidates_[id] = {id, logits[id], 0.0f};
    llama_token_data_array array = {candidates_.data(), candidates_.size(), -1, false};
    llama_sampler_apply(chain_.get(), &array);
    token = array.data[array.selected].id;
    llama_sampler_accept(chain_.get(), token);
  }
  return {token, static_cast<float>(logits[token] - max - log_sum)};
}

int32_t Sampler::stopped_by(const char* piece, size_t length) {
  if (stop_.empty()) return -1;
  tail_.append(piece, length);
  int32_t found = -1;
  size_t first = std::string::npos;
  for (size_t i = 0; i < stop_.size(); ++i) {
    const size_t at = tail_.find(stop_[i]);
    if (at < first) {
      first = at;
      found = static_cast<int32_t>(i);
    }
  }
  if (tail_.size() > longest_stop_) tail_.erase(0, tail_.size() - longest_stop_);
  return found;
}

}  // namespace engine
