#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

namespace engine {

// How sure a distribution is among its k likeliest tokens, 0 to 1: one minus their entropy, with
// probabilities that sum to 1 over them, divided by the largest that is possible, log k.
// logits: shape (count), finite; 2 <= k <= count.
inline float certainty(const float* logits, int32_t count, int32_t k) {
  std::vector<float> top(static_cast<size_t>(k));
  std::partial_sort_copy(logits, logits + count, top.begin(), top.end(), std::greater<>());
  double total = 0.0;
  double weighted = 0.0;  // sum of exp(x) x, where x is relative to the largest
  for (const float logit : top) {
    const double x = static_cast<double>(logit) - top.front();
    const double weight = std::exp(x);
    total += weight;
    weighted += weight * x;
  }
  const double entropy = std::log(total) - weighted / total;
  return static_cast<float>(1.0 - entropy / std::log(static_cast<double>(k)));
}

}  // namespace engine
