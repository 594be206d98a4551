#include "shortlist.h"

#include <llama-logits.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace engine {

static_assert(kLogitBlock == LLAMA_LOGITS_BLOCK, "blocks are those of the patch");

std::optional<Shortlist> Shortlist::of(const llama_logits_reduced& reduced, int32_t vocabulary,
                                       float scale) {
  Shortlist list = {};
  list.blocks = reduced.blocks;
  list.logits = reduced.logits;
  list.tail = reduced.tail;
  list.block_count = reduced.n_blocks;
  list.tail_count = reduced.n_tail;
  list.tail_begin = vocabulary - reduced.n_tail;
  list.whole = reduced.n_left_out == 0;
  const float* last = reduced.logits + int64_t{reduced.n_blocks - 1} * kLogitBlock;
  list.bound = list.whole ? -std::numeric_limits<float>::infinity()
                          : *std::max_element(last, last + kLogitBlock);
  list.max = reduced.max;
  for (int32_t i = 0; i < reduced.n_tail; ++i) list.max = std::max(list.max, reduced.tail[i]);
  const double above =
      list.max - reduced.max;  // the sums are relative to the largest of the blocks
  list.log_sum = std::log(static_cast<double>(reduced.sum)) - above;
  list.scaled_sum = reduced.sum_scaled * std::exp(-above * scale);
  const bool finite = std::isfinite(list.max) && std::isfinite(list.log_sum) &&
                      std::isfinite(list.scaled_sum) && list.scaled_sum > 0.0;
  return finite ? std::optional(list) : std::nullopt;
}

int32_t Shortlist::argmax() const {
  int32_t found = std::numeric_limits<int32_t>::max();
  each_run([&](int32_t first, const float* run, int32_t count) {
    const float* at = std::find(run, run + count, max);
    if (at != run + count) found = std::min(found, first + static_cast<int32_t>(at - run));
  });
  return found;
}

float Shortlist::logit(int32_t token) const {
  float found = -std::numeric_limits<float>::infinity();
  each_run([&](int32_t first, const float* run, int32_t count) {
    if (token >= first && token < first + count) found = run[token - first];
  });
  return found;
}

}  // namespace engine
