#include "gguf_file.h"

#include <gguf.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <unordered_set>

#include "error.h"
#include "gguf_hparams.h"

namespace engine {

namespace {

struct GgufDeleter {
  void operator()(gguf_context* context) const { gguf_free(context); }
};
using Gguf = std::unique_ptr<gguf_context, GgufDeleter>;

// Node's paths are UTF-8, and those of Windows are not.
std::ifstream open(const std::string& path, std::ios::openmode mode = std::ios::binary) {
  return std::ifstream(std::filesystem::u8path(path), mode);
}

uint64_t file_size(const std::string& path) {
  std::ifstream file = open(path, std::ios::binary | std::ios::ate);
  if (!file) throw Error(Failure::kModelNotFound, path + ": cannot be opened");
  return static_cast<uint64_t>(file.tellg());
}

void check_magic(const std::string& path, uint64_t size) {
  char magic[4] = {};
  open(path).read(magic, sizeof magic);
  if (size < sizeof magic || std::string(magic, sizeof magic) != "GGUF") {
    throw Error(Failure::kModelFormat,
                path + ": not a GGUF file (expected it to begin with the bytes GGUF; it has " +
                    std::to_string(size) + " bytes)");
  }
}

void check_size(const std::string& path, const gguf_context* gguf, uint64_t size) {
  uint64_t end = gguf_get_data_offset(gguf);
  for (int64_t i = 0; i < gguf_get_n_tensors(gguf); ++i) {
    const uint64_t tensor_end = gguf_get_data_offset(gguf) + gguf_get_tensor_offset(gguf, i) +
                                gguf_get_tensor_size(gguf, i);
    if (tensor_end > end) end = tensor_end;
  }
  if (end > size) {
    throw Error(Failure::kModelFormat, path + ": truncated (its tensors end at byte " +
                                           std::to_string(end) + ", the file has " +
                                           std::to_string(size) + "); download it again");
  }
}

void check_vocabulary(const std::string& path, const gguf_context* gguf) {
  const int64_t key = gguf_find_key(gguf, "tokenizer.ggml.tokens");
  if (key < 0) return;
  if (gguf_get_kv_type(gguf, key) != GGUF_TYPE_ARRAY ||
      gguf_get_arr_type(gguf, key) != GGUF_TYPE_STRING) {
    throw Error(Failure::kModelFormat, path + ": tokenizer.ggml.tokens is not a list of strings");
  }
  std::unordered_set<std::string> seen;
  for (size_t i = 0; i < gguf_get_arr_n(gguf, key); ++i) {
    if (!seen.insert(gguf_get_arr_str(gguf, key, i)).second) {
      throw Error(Failure::kModelFormat, path + ": token " + std::to_string(i) + " (\"" +
                                             gguf_get_arr_str(gguf, key, i) +
                                             "\") occurs twice in the vocabulary");
    }
  }
}

WeightBytes weight_bytes(const gguf_context* gguf) {
  WeightBytes bytes;
  for (int64_t i = 0; i < gguf_get_n_tensors(gguf); ++i) {
    const std::string name = gguf_get_tensor_name(gguf, i);
    const uint64_t size = gguf_get_tensor_size(gguf, i);
    unsigned layer = 0;
    if (std::sscanf(name.c_str(), "blk.%3u.", &layer) == 1) {
      bytes.layers.resize(std::max<size_t>(bytes.layers.size(), layer + size_t{1}));
      bytes.layers[layer] += size;
    } else {
      (name.rfind("token_embd", 0) == 0 ? bytes.input : bytes.output) += size;
    }
  }
  // without a matrix of its own the output is a second copy of the embeddings
  if (gguf_find_tensor(gguf, "output.weight") < 0) bytes.output += bytes.input;
  return bytes;
}

}  // namespace

WeightBytes check_gguf_file(const std::string& path) {
  const uint64_t size = file_size(path);
  check_magic(path, size);
  gguf_init_params params = {/*.no_alloc =*/true, /*.ctx =*/nullptr};
  const Gguf gguf(gguf_init_from_file(path.c_str(), params));
  if (!gguf) {
    throw Error(Failure::kModelFormat,
                path + ": its GGUF header cannot be read (truncated or damaged)");
  }
  if (gguf_get_n_tensors(gguf.get()) == 0) {
    throw Error(Failure::kModelNoWeights,
                path + ": holds a vocabulary and no weights; a model is needed");
  }
  check_size(path, gguf.get(), size);
  check_vocabulary(path, gguf.get());
  check_gguf_hparams(path, gguf.get());
  return weight_bytes(gguf.get());
}

}  // namespace engine
