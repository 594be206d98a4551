#pragma once

namespace engine {

// Registers the fastest CPU backend that this processor can run, once, and returns its name;
// nullptr where there is none. Only in builds with COT_PRUNE_CPU_VARIANTS
// (native/cpu/variants.cmake).
const char* register_cpu_variant();

}  // namespace engine
