#include "draw.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "logits.h"

namespace engine {

namespace {

constexpr float kNothing = -std::numeric_limits<float>::infinity();

// The lower id first where two are as likely, as argmax has it.
template <typename Candidate>
bool likelier(const Candidate& a, const Candidate& b) {
  return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
}

// The order in which a vocabulary is read.
template <typename Candidate>
bool earlier(const Candidate& a, const Candidate& b) {
  return a.token < b.token;
}

}  // namespace

int32_t Draw::operator()(const float* logits, int32_t count, const std::vector<float>& maxima) {
  const float max = *std::max_element(maxima.begin(), maxima.end());
  if (!is_filtered()) return draw_any(logits, count, max);
  const float scaled = max / filters_.temperature;
  collect(logits, count, maxima, least(logits, count, maxima, max));
  if (filters_.top_k > 0) keep_top_k();
  if (filters_.top_p < 1.0f) keep_top_p(scaled);
  if (filters_.min_p > 0.0f) keep_min_p(scaled);
  // filters that nothing passes, as a share above 1, leave the likeliest token
  return candidates_.empty() ? argmax(logits, count) : draw_candidate(scaled);
}

std::optional<int32_t> Draw::operator()(const Shortlist& list) {
  if (!is_filtered()) return std::nullopt;
  candidates_.clear();
  list.each_run([&](int32_t first, const float* logits, int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
      if (logits[i] <= list.bound) continue;
      candidates_.push_back({first + i, logits[i] / filters_.temperature});
    }
  });
  const float scaled = list.max / filters_.temperature;
  if (filters_.top_k > 0) {
    if (!list.whole && candidates_.size() < static_cast<size_t>(filters_.top_k))
      return std::nullopt;
    keep_top_k();
  } else {
    total_ = list.scaled_sum;
  }
  if (filters_.top_p < 1.0f && !keep_top_p(scaled) && filters_.top_k <= 0 && !list.whole) {
    return std::nullopt;
  }
  if (filters_.min_p > 0.0f) {
    const bool by_itself = filters_.top_k <= 0 && filters_.top_p >= 1.0f;
    const float least = list.max + filters_.temperature * (std::log(filters_.min_p) - 1e-3f);
    if (by_itself && !list.whole && least <= list.bound) return std::nullopt;
    keep_min_p(scaled);
    if (by_itself) std::sort(candidates_.begin(), candidates_.end(), earlier<Candidate>);
  }
  return candidates_.empty() ? list.argmax() : draw_candidate(scaled);
}

// No token below it can be kept, whatever the later filters do.
float Draw::least(const float* logits, int32_t count, const std::vector<float>& maxima, float max) {
  const auto k = static_cast<size_t>(filters_.top_k);
  if (k > 0) {
    // k blocks hold at least k tokens from the k-th largest of their maxima on
    if (maxima.size() <= k) return kNothing;
    scratch_ = maxima;
    std::nth_element(scratch_.begin(), scratch_.begin() + (k - 1), scratch_.end(),
                     std::greater<>());
    return scratch_[k - 1];
  }
  const float temperature = filters_.temperature;
  if (filters_.top_p < 1.0f) {
    total_ = std::exp(log_sum_exp(logits, count, max, 1.0f / temperature));
    // tokens less likely than this make up less than 1 - p together; a little less, for rounding
    const double share = 0.99 * (1.0 - static_cast<double>(filters_.top_p)) / count;
    return max + temperature * static_cast<float>(std::log(share * total_));
  }
  return max + temperature * (std::log(filters_.min_p) - 1e-3f);
}

void Draw::collect(const float* logits, int32_t count, const std::vector<float>& maxima,
                   float least) {
  candidates_.clear();
  for (size_t block = 0; block < maxima.size(); ++block) {
    if (maxima[block] < least) continue;
    const auto begin = static_cast<int32_t>(block) * kLogitBlock;
    const int32_t end = std::min(count, begin + kLogitBlock);
    for (int32_t token = begin; token < end; ++token) {
      if (logits[token] >= least) {
        candidates_.push_back({token, logits[token] / filters_.temperature});
      }
    }
  }
}

void Draw::keep_top_k() {
  const auto k = std::min(candidates_.size(), static_cast<size_t>(filters_.top_k));
  const auto end = candidates_.begin() + static_cast<std::ptrdiff_t>(k);
  std::partial_sort(candidates_.begin(), end, candidates_.end(), likelier<Candidate>);
  candidates_.resize(k);
  total_ = 0.0;
  for (const Candidate& one : candidates_) {
    total_ += std::exp(one.logit - candidates_.front().logit);
  }
}

bool Draw::keep_top_p(float max) {
  const double wanted = static_cast<double>(filters_.top_p) * total_;
  const Reached nucleus = reach(candidates_.begin(), candidates_.end(), wanted, max);
  candidates_.erase(nucleus.end, candidates_.end());
  return nucleus.all;
}

// Of a flat distribution the candidates are a hundred thousand, and none of them has to be sorted
// to know where a sum is reached: the half that it is not reached in is put aside, again and again.
Draw::Reached Draw::reach(Candidates::iterator begin, Candidates::iterator end, double wanted,
                          float max) {
  constexpr std::ptrdiff_t kFew = 64;
  while (end - begin > kFew) {
    const auto middle = begin + (end - begin) / 2;
    std::nth_element(begin, middle, end, likelier<Candidate>);
    double sum = 0.0;
    for (auto one = begin; one != middle; ++one) sum += std::exp(one->logit - max);
    if (sum >= wanted) {
      end = middle;
    } else {
      wanted -= sum;
      begin = middle;
    }
  }
  std::sort(begin, end, likelier<Candidate>);
  double sum = 0.0;
  for (auto one = begin; one != end; ++one) {
    sum += std::exp(one->logit - max);
    if (sum >= wanted) return {std::next(one), true};
  }
  return {end, false};
}

void Draw::keep_min_p(float max) {
  const float least = max + std::log(filters_.min_p);
  const auto out = [least](const Candidate& one) { return one.logit < least; };
  candidates_.erase(std::remove_if(candidates_.begin(), candidates_.end(), out), candidates_.end());
}

int32_t Draw::draw_candidate(float max) {
  double total = 0.0;
  for (const Candidate& one : candidates_) total += std::exp(one.logit - max);
  const double target = total * std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  if (filters_.top_k > 0 || filters_.top_p < 1.0f) {
    return std::prev(reach(candidates_.begin(), candidates_.end(), target, max).end)->token;
  }
  double sum = 0.0;
  for (const Candidate& one : candidates_) {
    sum += std::exp(one.logit - max);
    if (sum >= target) return one.token;
  }
  return candidates_.back().token;
}

int32_t Draw::draw_any(const float* logits, int32_t count, float max) {
  block_sums(logits, count, max, 1.0f / filters_.temperature, scratch_);
  double total = 0.0;
  for (const float sum : scratch_) total += sum;
  double left = total * std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  size_t block = 0;
  while (block + 1 < scratch_.size() && left > scratch_[block]) left -= scratch_[block++];
  const auto begin = static_cast<int32_t>(block) * kLogitBlock;
  const int32_t end = std::min(count, begin + kLogitBlock);
  for (int32_t token = begin; token < end; ++token) {
    left -= std::exp((logits[token] - max) / filters_.temperature);
    if (left <= 0.0) return token;
  }
  // what rounding left over
  return argmax(logits + begin, end - begin) + begin;
}

}  // namespace engine
