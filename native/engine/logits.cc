#include "logits.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

// These loops run over a whole vocabulary for every token: where the processor has wider vectors
// than the oldest one of its kind, they are used. (Sanitizers start too late for what picks them.)
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COT_PRUNE_WIDE __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define COT_PRUNE_WIDE
#endif

namespace engine {

namespace {

constexpr int32_t kLanes = 256;
constexpr int32_t kBlockLanes = 32;

// exp(x) for x <= 0, to 2 units in the last place; 1.6e-38 below -87; NaN of NaN. Written so that
// compilers vectorise a loop around it with no flags: what is compared is integers, since a
// comparison of floats might trap. Method: Cody and Waite's reduction x = n ln 2 + r, and a
// polynomial in r.
inline float exp_of_negative(float x) {
  constexpr uint32_t kLowest = 0xC2AE0000;  // bits of -87; negative floats order as integers
  constexpr float kRound = 12582912.0f;     // 1.5 * 2^23: adding it leaves n in the low bits
  constexpr uint32_t kSign = 0x80000000;
  constexpr uint32_t kInfinity = 0xFF800000;  // below 0; what is above it is NaN
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const uint32_t nan = 0u - ((kInfinity - (bits | kSign)) >> 31);  // all bits, or none
  bits = std::min(bits, kLowest);
  std::memcpy(&x, &bits, sizeof x);

  const float shifted = x * 1.44269504f + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * 0.693145752f) - n * 1.42860677e-6f;
  float power = 1.0f / 720.0f;
  for (const float term : {1.0f / 120.0f, 1.0f / 24.0f, 1.0f / 6.0f, 0.5f, 1.0f, 1.0f}) {
    power = power * r + term;
  }
  uint32_t exponent;
  std::memcpy(&exponent, &shifted, sizeof exponent);
  std::memcpy(&bits, &power, sizeof bits);
  bits += exponent << 23;
  bits |= nan;
  std::memcpy(&power, &bits, sizeof power);
  return power;
}

}  // namespace

// A vocabulary of 151,936 takes std::max_element 0.08 ms, which a GPU is too fast for.
COT_PRUNE_WIDE int32_t argmax(const float* logits, int32_t count) {
  float most[kLanes];
  std::fill_n(most, kLanes, logits[0]);
  for (int32_t begin = 0; begin < count; begin += kLanes) {
    const int32_t size = std::min(kLanes, count - begin);
    for (int32_t i = 0; i < size; ++i) {
      most[i] = logits[begin + i] > most[i] ? logits[begin + i] : most[i];
    }
  }
  const float max = *std::max_element(most, most + kLanes);
  return static_cast<int32_t>(std::find(logits, logits + count, max) - logits) % count;
}

// With std::exp 0.6 ms: more than one per cent of a token of a 1.5B model.
COT_PRUNE_WIDE double log_sum_exp(const float* logits, int32_t count, float max, float scale) {
  float sums[kLanes] = {};
  for (int32_t begin = 0; begin < count; begin += kLanes) {
    const int32_t size = std::min(kLanes, count - begin);
    for (int32_t i = 0; i < size; ++i) {
      sums[i] += exp_of_negative((logits[begin + i] - max) * scale);
    }
  }
  double total = 0.0;
  for (const float sum : sums) total += sum;
  return std::log(total);
}

COT_PRUNE_WIDE void block_maxima(const float* logits, int32_t count, std::vector<float>& maxima) {
  maxima.resize(static_cast<size_t>((count + kLogitBlock - 1) / kLogitBlock));
  for (int32_t begin = 0; begin < count; begin += kLogitBlock) {
    const int32_t size = std::min(kLogitBlock, count - begin);
    float most[kBlockLanes];
    for (float& lane : most) lane = logits[begin];
    for (int32_t first = 0; first < size; first += kBlockLanes) {
      const int32_t lanes = std::min(kBlockLanes, size - first);
      const float* part = logits + begin + first;
      for (int32_t i = 0; i < lanes; ++i) most[i] = part[i] > most[i] ? part[i] : most[i];
    }
    maxima[static_cast<size_t>(begin / kLogitBlock)] = *std::max_element(most, most + kBlockLanes);
  }
}

COT_PRUNE_WIDE void block_sums(const float* logits, int32_t count, float max, float scale,
                               std::vector<float>& sums) {
  sums.resize(static_cast<size_t>((count + kLogitBlock - 1) / kLogitBlock));
  for (int32_t begin = 0; begin < count; begin += kLogitBlock) {
    const int32_t size = std::min(kLogitBlock, count - begin);
    float lanes[kBlockLanes] = {};
    for (int32_t first = 0; first < size; first += kBlockLanes) {
      const int32_t used = std::min(kBlockLanes, size - first);
      const float* part = logits + begin + first;
      for (int32_t i = 0; i < used; ++i) lanes[i] += exp_of_negative((part[i] - max) * scale);
    }
    float sum = 0.0f;
    for (const float lane : lanes) sum += lane;
    sums[static_cast<size_t>(begin / kLogitBlock)] = sum;
  }
}

bool all_finite(const float* values, size_t count) {
  uint32_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    constexpr uint32_t kExponent = 0x7F800000;
    uint32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    found |= (bits & kExponent) == kExponent;
  }
  return found == 0;
}

float logprob(const float* logits, int32_t count, int32_t token) {
  const float max = logits[argmax(logits, count)];
  return static_cast<float>(logits[token] - max - log_sum_exp(logits, count, max));
}

void Alternatives::add(const float* logits, int32_t count, int32_t k) {
  const float max = logits[argmax(logits, count)];
  const double total = log_sum_exp(logits, count, max);
  std::vector<int32_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  // the lower id first where two are as likely, as argmax has it
  const auto likelier = [&](int32_t a, int32_t b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
  };
  std::partial_sort(order.begin(), order.begin() + k, order.end(), likelier);
  for (int32_t i = 0; i < k; ++i) {
    tokens.push_back(order[i]);
    logprobs.push_back(static_cast<float>(logits[order[i]] - max - total));
  }
}

}  // namespace engine
