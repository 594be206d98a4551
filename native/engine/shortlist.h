#pragma once

#include <cstdint>
#include <optional>

#include "logits.h"

struct llama_logits_reduced;

namespace engine {

// The likeliest tokens of a position, and sums over its whole vocabulary: what the device hands
// over in place of all logits. Views of the context's, valid until its next decode.
struct Shortlist {
  const int32_t* blocks;  // shape (block_count), which blocks of the vocabulary
  const float* logits;    // shape (block_count, kLogitBlock)
  const float* tail;      // shape (tail_count), of the tokens from tail_begin on
  int32_t block_count;
  int32_t tail_begin;
  int32_t tail_count;
  bool whole;         // no token is missing
  float bound;        // no token that is missing has a logit above it
  float max;          // of all logits
  double log_sum;     // log of the sum of exp(logit - max)
  double scaled_sum;  // sum of exp((logit - max) * scale)

  // Of what was summed at the scale; none where some logits are no finite numbers.
  static std::optional<Shortlist> of(const llama_logits_reduced& reduced, int32_t vocabulary,
                                     float scale);

  // The first of the likeliest ones.
  int32_t argmax() const;
  // Of a token that is here.
  float logit(int32_t token) const;

  // visit(first token, logits, count) of each run of tokens that is here.
  template <typename Visit>
  void each_run(Visit visit) const {
    for (int32_t i = 0; i < block_count; ++i) {
      visit(blocks[i] * kLogitBlock, logits + int64_t{i} * kLogitBlock, kLogitBlock);
    }
    if (tail_count > 0) visit(tail_begin, tail, tail_count);
  }
};

// Blocks of a shortlist: a nucleus of more tokens than these is rare.
constexpr int32_t kShortlistBlocks = 64;

}  // namespace engine
