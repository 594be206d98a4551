#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace engine {

constexpr const char* kNotFiniteLogits =
    "the model gave logits that are no finite numbers: its weights are damaged";

// Index of the first of the largest of logits, shape (count), count > 0. With a NaN among them it
// is any index, and log_sum_exp is NaN.
int32_t argmax(const float* logits, int32_t count);

// log of the sum of exp((logits - max) * scale), max being the largest of them.
double log_sum_exp(const float* logits, int32_t count, float max, float scale = 1.0f);

// A vocabulary is read in blocks of so many logits; the last one may be shorter.
constexpr int32_t kLogitBlock = 256;

// The largest of each block; with a NaN in it, any of it.
void block_maxima(const float* logits, int32_t count, std::vector<float>& maxima);
// The sum of exp((logits - max) * scale) of each block.
void block_sums(const float* logits, int32_t count, float max, float scale,
                std::vector<float>& sums);

// Whether none of them is NaN or infinite.
bool all_finite(const float* values, size_t count);

// Of one of them, NaN where the logits are; shape (count).
float logprob(const float* logits, int32_t count, int32_t token);

// The likeliest tokens at some positions, shape (positions, k), the likeliest first.
struct Alternatives {
  std::vector<int32_t> tokens;
  std::vector<float> logprobs;

  // Those of one more position; 1 <= k <= count.
  void add(const float* logits, int32_t count, int32_t k);
};

}  // namespace engine
