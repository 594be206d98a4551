#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "shortlist.h"

namespace engine {

// Which tokens may be drawn, in the order of Hugging Face: the filters see the distribution at the
// temperature, each what the one before left.
struct Filters {
  float temperature = 1.0f;  // above 0
  int32_t top_k = 0;         // 0: all
  float top_p = 1.0f;
  float min_p = 0.0f;
};

// A seeded draw. What no filter could keep is never made a candidate of: a vocabulary is read in
// blocks, and a block whose largest logit is too small is not looked into.
class Draw {
 public:
  Draw(const Filters& filters, uint32_t seed) : filters_(filters), random_(seed) {}

  // logits: shape (count), finite; maxima: of each of their blocks, see block_maxima.
  int32_t operator()(const float* logits, int32_t count, const std::vector<float>& maxima);
  // The same token by a shortlist that was summed at scale(); none, and no number is drawn, where
  // it does not have all tokens that may be chosen.
  std::optional<int32_t> operator()(const Shortlist& list);

  bool is_filtered() const {
    return filters_.top_k > 0 || filters_.top_p < 1.0f || filters_.min_p > 0.0f;
  }
  float scale() const { return 1.0f / filters_.temperature; }

 private:
  struct Candidate {
    int32_t token;
    float logit;  // divided by the temperature
  };

  using Candidates = std::vector<Candidate>;
  struct Reached {
    Candidates::iterator end;
    bool all;
  };

  float least(const float* logits, int32_t count, const std::vector<float>& maxima, float max);
  void collect(const float* logits, int32_t count, const std::vector<float>& maxima, float least);
  void keep_top_k();
  bool keep_top_p(float max);  // false: there are too few
  void keep_min_p(float max);
  // The likeliest of [begin, end) that together are as much as wanted are [begin, result.end) then,
  // and the last of them is the least likely; all: they are as much.
  static Reached reach(Candidates::iterator begin, Candidates::iterator end, double wanted,
                       float max);
  int32_t draw_candidate(float max);
  int32_t draw_any(const float* logits, int32_t count, float max);

  Filters filters_;
  std::mt19937 random_;
  double total_ = 0.0;  // sum of exp(logit - max) over what the nucleus is a share of
  Candidates candidates_;
  std::vector<float> scratch_;
};

}  // namespace engine
