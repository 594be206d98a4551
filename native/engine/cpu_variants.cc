#include "cpu_variants.h"

#include <ggml-backend.h>

#include <cstdlib>
#include <cstring>

extern "C" {
#define COT_PRUNE_CPU(name)             \
  int cot_prune_cpu_score_##name(void); \
  ggml_backend_reg_t cot_prune_cpu_init_##name(void);
#include "cpu_variants.inc"
#undef COT_PRUNE_CPU
}

namespace engine {

namespace {

struct Variant {
  const char* name;
  int (*score)(void);
  ggml_backend_reg_t (*init)(void);
};

constexpr Variant kVariants[] = {
#define COT_PRUNE_CPU(name) {#name, cot_prune_cpu_score_##name, cot_prune_cpu_init_##name},
#include "cpu_variants.inc"
#undef COT_PRUNE_CPU
};

// COT_PRUNE_CPU names a lesser one, to compare; what the processor cannot run is never taken.
const Variant* best_variant() {
  const char* asked = std::getenv("COT_PRUNE_CPU");
  const Variant* best = nullptr;
  int best_score = 0;
  for (const Variant& variant : kVariants) {
    const int score = variant.score();
    if (score == 0) continue;
    if (asked != nullptr && std::strcmp(asked, variant.name) == 0) return &variant;
    if (score > best_score) {
      best = &variant;
      best_score = score;
    }
  }
  return best;
}

const char* register_best() {
  const Variant* best = best_variant();
  if (best == nullptr) return nullptr;
  ggml_backend_register(best->init());
  return best->name;
}

}  // namespace

const char* register_cpu_variant() {
  static const char* name = register_best();
  return name;
}

}  // namespace engine
