#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

namespace engine {

// Makes tokens less likely that were chosen lately: divides what is above 0 and multiplies what is
// not (Keskar et al., 2019, with the usual change for negative logits), then subtracts.
class Penalties {
 public:
  Penalties(float repeat, float presence, int32_t window)
      : repeat_(repeat), presence_(presence), window_(window) {}

  bool any() const { return window_ > 0 && (repeat_ != 1.0f || presence_ != 0.0f); }

  // A copy with the penalties of what was accepted; shape (count), valid until the next call.
  const float* apply(const float* logits, int32_t count) {
    penalised_.assign(logits, logits + count);
    for (const auto& [token, times] : times_) {
      float& logit = penalised_[static_cast<size_t>(token)];
      logit = logit <= 0.0f ? logit * repeat_ : logit / repeat_;
      logit -= presence_;
    }
    return penalised_.data();
  }

  void accept(int32_t token) {
    if (newest_.size() == static_cast<size_t>(window_)) {
      const auto oldest = times_.find(newest_.front());
      if (--oldest->second == 0) times_.erase(oldest);
      newest_.pop_front();
    }
    newest_.push_back(token);
    ++times_[token];
  }

 private:
  float repeat_;
  float presence_;
  int32_t window_;
  std::deque<int32_t> newest_;
  std::unordered_map<int32_t, int32_t> times_;  // how often each is among the newest
  std::vector<float> penalised_;
};

}  // namespace engine
