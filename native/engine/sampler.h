#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "draw.h"
#include "penalties.h"

namespace engine {

struct SamplerParams {
  float temperature = 0.0f;  // 0: greedy
  int32_t top_k = 0;         // 0: all
  float top_p = 1.0f;
  float min_p = 0.0f;
  float repeat_penalty = 1.0f;    // 1: none
  float presence_penalty = 0.0f;  // 0: none
  int32_t repeat_window = 64;     // newest tokens that both look at
  uint32_t seed = 0;
  std::vector<std::string> stop;
};

struct Choice {
  int32_t token;
  float logprob;  // under the model's own distribution, before temperature and filters
};

// How one branch chooses its tokens: penalties, then the likeliest one, or a draw.
class Sampler {
 public:
  Sampler(int32_t vocabulary_size, const SamplerParams& params);

  // logits: shape (vocabulary)
  Choice next(const float* logits);
  // The same choice by a shortlist that was summed at scale(); none where that does not carry it.
  std::optional<Choice> next(const Shortlist& list);
  // Whether a shortlist can carry any choice.
  bool reads_shortlists() const { return !penalties_.any() && (!draw_ || draw_->is_filtered()); }
  float scale() const { return draw_ ? draw_->scale() : 1.0f; }
  // Feeds the text of a chosen token; the index of the stop string it completes, or -1.
  int32_t stopped_by(const char* piece, size_t length);

 private:
  int32_t vocabulary_size_;
  std::vector<std::string> stop_;
  Penalties penalties_;
  std::optional<Draw> draw_;   // none: the likeliest one
  std::vector<float> maxima_;  // of blocks of logits, scratch
  std::string tail_;           // end of the text, for stop strings
  size_t longest_stop_ = 0;
};

}  // namespace engine
