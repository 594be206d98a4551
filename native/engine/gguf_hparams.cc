#include "gguf_hparams.h"

#include <ggml.h>
#include <gguf.h>

#include <cmath>
#include <cstdint>
#include <optional>

#include "error.h"

namespace engine {

namespace {

constexpr int64_t kMaxLayers = 512;  // LLAMA_MAX_LAYERS
constexpr int64_t kMaxExperts = 1024;
constexpr int64_t kMaxDimension = int64_t{1} << 24;

// One architecture's keys of one file.
class Hparams {
 public:
  Hparams(const std::string& path, const gguf_context* gguf) : path_(path), gguf_(gguf) {
    const int64_t key = gguf_find_key(gguf, "general.architecture");
    if (key < 0 || gguf_get_kv_type(gguf, key) != GGUF_TYPE_STRING) {
      throw Error(Failure::kModelFormat, path + ": general.architecture is missing");
    }
    architecture_ = gguf_get_val_str(gguf, key);
  }

  // The integer of a key; nothing where it is absent or a list (one value a layer).
  std::optional<int64_t> integer(const char* name) const {
    const int64_t key = find(name);
    if (key < 0) return std::nullopt;
    switch (gguf_get_kv_type(gguf_, key)) {
      case GGUF_TYPE_UINT32:
        return gguf_get_val_u32(gguf_, key);
      case GGUF_TYPE_INT32:
        return gguf_get_val_i32(gguf_, key);
      case GGUF_TYPE_UINT16:
        return gguf_get_val_u16(gguf_, key);
      case GGUF_TYPE_UINT64:
        return static_cast<int64_t>(gguf_get_val_u64(gguf_, key));
      default:
        return std::nullopt;
    }
  }

  void check_range(const char* name, int64_t min, int64_t max) const {
    const std::optional<int64_t> value = integer(name);
    if (value && (*value < min || *value > max)) {
      refuse(name, std::to_string(*value),
             "from " + std::to_string(min) + " to " + std::to_string(max));
    }
  }

  void check_float(const char* name, double min, double max) const {
    const int64_t key = find(name);
    if (key < 0 || gguf_get_kv_type(gguf_, key) != GGUF_TYPE_FLOAT32) return;
    const double value = gguf_get_val_f32(gguf_, key);
    if (!(value >= min && value <= max)) {
      refuse(name, std::to_string(value),
             "from " + std::to_string(min) + " to " + std::to_string(max));
    }
  }

  void check_text(const char* name, std::initializer_list<const char*> known) const {
    const int64_t key = find(name);
    if (key < 0 || gguf_get_kv_type(gguf_, key) != GGUF_TYPE_STRING) return;
    const std::string value = gguf_get_val_str(gguf_, key);
    std::string names;
    for (const char* one : known) {
      if (value == one) return;
      names += (names.empty() ? "" : ", ") + std::string(one);
    }
    refuse(name, value, "one of " + names);
  }

  [[noreturn]] void refuse(const char* name, const std::string& value,
                           const std::string& expected) const {
    throw Error(Failure::kModelFormat, path_ + ": " + architecture_ + "." + name + " is " + value +
                                           ", expected " + expected + "; the file is damaged");
  }

 private:
  int64_t find(const char* name) const {
    return gguf_find_key(gguf_, (architecture_ + "." + name).c_str());
  }

  const std::string& path_;
  const gguf_context* gguf_;
  std::string architecture_;
};

void check_experts(const Hparams& hparams) {
  hparams.check_range("expert_count", 0, kMaxExperts);
  const int64_t count = hparams.integer("expert_count").value_or(0);
  hparams.check_range("expert_used_count", count > 0 ? 1 : 0, count);
  const int64_t groups = hparams.integer("expert_group_count").value_or(0);
  hparams.check_range("expert_group_count", 0, count > 0 ? count - 1 : 0);
  if (groups > 1) {
    if (count % groups != 0)
      hparams.refuse("expert_group_count", std::to_string(groups), "a divisor");
    hparams.check_range("expert_group_used_count", 1, groups - 1);
  }
}

// Query weights have one row for each value of each head: [embedding, heads * key length].
void check_heads(const Hparams& hparams, const gguf_context* gguf) {
  const std::optional<int64_t> heads = hparams.integer("attention.head_count");
  const std::optional<int64_t> embedding = hparams.integer("embedding_length");
  const bool recurrent = hparams.integer("ssm.state_size") || hparams.integer("wkv.head_size");
  if (recurrent && heads == 0) return;  // no attention in any layer
  hparams.check_range("attention.head_count", 1, kMaxDimension);
  hparams.check_range("attention.head_count_kv", 1, heads.value_or(kMaxDimension));
  hparams.check_range("embedding_length", 1, kMaxDimension);
  hparams.check_range("attention.key_length", 1, kMaxDimension);
  hparams.check_range("attention.value_length", 1, kMaxDimension);
  if (!heads || !embedding) return;
  const int64_t groups = hparams.integer("attention.head_count_kv").value_or(*heads);
  if (*heads % groups != 0) {
    hparams.refuse("attention.head_count_kv", std::to_string(groups), "a divisor of the heads");
  }
  const int64_t cached = hparams.integer("attention.key_length").value_or(*embedding / *heads);
  // of latent attention the cached keys are longer than those that queries are made for
  const int64_t length = hparams.integer("attention.key_length_mla").value_or(cached);
  hparams.check_range("rope.dimension_count", 2, length);
  if (hparams.integer("rope.dimension_count").value_or(0) % 2 != 0) {
    hparams.refuse("rope.dimension_count", "odd", "an even number");
  }
  const int64_t query = gguf_find_tensor(gguf, "blk.0.attn_q.weight");
  if (query < 0) return;
  const ggml_type type = gguf_get_tensor_type(gguf, query);
  const uint64_t bytes = ggml_row_size(type, *embedding) * static_cast<uint64_t>(*heads * length);
  if (*embedding % ggml_blck_size(type) != 0 || gguf_get_tensor_size(gguf, query) != bytes) {
    hparams.refuse("attention.head_count", std::to_string(*heads),
                   "the heads that blk.0.attn_q.weight has");
  }
}

}  // namespace

void check_gguf_hparams(const std::string& path, const gguf_context* gguf) {
  const Hparams hparams(path, gguf);
  hparams.check_range("block_count", 1, kMaxLayers);
  hparams.check_range("nextn_predict_layers", 0, kMaxLayers);
  hparams.check_text("rope.scaling.type", {"none", "linear", "yarn", "longrope"});
  hparams.check_float("attention.layer_norm_rms_epsilon", 0.0, 1.0);
  hparams.check_float("attention.layer_norm_epsilon", 0.0, 1.0);
  check_experts(hparams);
  check_heads(hparams, gguf);
  for (int64_t i = 0; i < gguf_get_n_tensors(gguf); ++i) {
    const std::string name = gguf_get_tensor_name(gguf, i);
    const bool vector = name.find("norm.weight") != std::string::npos ||
                        (name.size() > 5 && name.compare(name.size() - 5, 5, ".bias") == 0);
    if (vector && gguf_get_tensor_type(gguf, i) != GGML_TYPE_F32) {
      throw Error(Failure::kModelFormat, path + ": " + name + " is of type " +
                                             ggml_type_name(gguf_get_tensor_type(gguf, i)) +
                                             ", expected f32");
    }
  }
}

}  // namespace engine
