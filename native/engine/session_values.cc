#include <llama-attn.h>

#include "error.h"
#include "session.h"

namespace engine {

std::vector<float> Session::values(int32_t branch, int32_t layer, int32_t begin,
                                   int32_t end) const {
  check_branch(branch);
  if (begin < 0 || end < begin || end > at(branch).next()) {
    throw Error(Failure::kInvalidArgument, "values of positions [" + std::to_string(begin) + ", " +
                                               std::to_string(end) + ") of a branch that ends at " +
                                               std::to_string(at(branch).next()));
  }
  const int32_t width = llama_attn_values(context_, branch, layer, begin, end, nullptr);
  if (width < 0) {
    throw Error(Failure::kCaptureUnavailable, "layer " + std::to_string(layer) +
                                                  " caches no values over the whole context (" +
                                                  model_->info().architecture + ")");
  }
  std::vector<float> values(static_cast<size_t>(width) * (end - begin));
  llama_attn_values(context_, branch, layer, begin, end, values.data());
  return values;
}

}  // namespace engine
