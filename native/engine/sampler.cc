#include "sampler.h"

#include <algorithm>
#include <cmath>

#include "error.h"
#include "logits.h"

namespace engine {

Sampler::Sampler(int32_t vocabulary_size, const SamplerParams& params)
    : vocabulary_size_(vocabulary_size),
      stop_(params.stop),
      penalties_(params.repeat_penalty, params.presence_penalty, params.repeat_window) {
  for (const std::string& text : stop_) longest_stop_ = std::max(longest_stop_, text.size());
  if (params.temperature == 0.0f) return;
  // a colder one is the likeliest token already, and its inverse may be no number
  const float temperature = std::max(params.temperature, 1e-4f);
  const Filters filters = {temperature, params.top_k, params.top_p, params.min_p};
  draw_.emplace(filters, params.seed);
}

Choice Sampler::next(const float* logits) {
  block_maxima(logits, vocabulary_size_, maxima_);
  const float max = *std::max_element(maxima_.begin(), maxima_.end());
  const double log_sum = log_sum_exp(logits, vocabulary_size_, max);
  if (!std::isfinite(max) || !std::isfinite(log_sum)) {
    throw Error(Failure::kNotFinite, kNotFiniteLogits);
  }
  const float* seen = logits;
  if (penalties_.any()) {
    seen = penalties_.apply(logits, vocabulary_size_);
    if (draw_) block_maxima(seen, vocabulary_size_, maxima_);
  }
  const int32_t token =
      draw_ ? (*draw_)(seen, vocabulary_size_, maxima_) : argmax(seen, vocabulary_size_);
  if (penalties_.any()) penalties_.accept(token);
  return {token, static_cast<float>(logits[token] - max - log_sum)};
}

std::optional<Choice> Sampler::next(const Shortlist& list) {
  if (!reads_shortlists()) return std::nullopt;
  const std::optional<int32_t> token = draw_ ? (*draw_)(list) : list.argmax();
  if (!token) return std::nullopt;
  return Choice{*token, static_cast<float>(list.logit(*token) - list.max - list.log_sum)};
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
