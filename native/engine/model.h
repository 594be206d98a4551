#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend.h"
#include "placement.h"
#include "rpc.h"

struct llama_model;
struct llama_vocab;

namespace engine {

struct ChatRequest;
using Token = int32_t;

// Shared between the thread that loads and the one that watches.
struct LoadControl {
  std::atomic<float> progress{0.0f};
  std::atomic<bool> aborted{false};
};

struct LoadParams {
  Placement placement;
  bool mmap = true;
  uint64_t memory_limit = 0;  // bytes that weights may take where they are not mapped; 0: any
  RpcServers rpc;             // their devices are counted before the GPUs of this machine
};

struct ModelInfo {
  std::string architecture;
  std::string name;
  std::string description;
  std::string file_type;
  uint64_t parameters = 0;
  uint64_t bytes = 0;
  int32_t layers = 0;
  int32_t gpu_layers = 0;  // of layers + 1: the output counts as one
  std::vector<std::string>
      layer_devices;  // shape (layers + 1): where each layer is, and the output
  int32_t heads = 0;
  int32_t kv_heads = 0;                   // of the layer that has most of them
  std::vector<int32_t> attention_layers;  // those that see the whole context, ascending
  std::vector<int32_t> window_layers;     // those that see a sliding window, ascending
  int32_t key_length = 0;                 // of one head
  int32_t value_length = 0;               // of one head; 0 where it is a part of the key
  bool recurrent = false;                 // at least in part: then a state has seen every token
  bool hybrid = false;  // only in part: the cells of attention layers can drop single tokens
  int32_t embedding_length = 0;
  int32_t trained_context = 0;
  int32_t vocabulary_size = 0;
  std::optional<std::string> chat_template;
  // How its makers say that tokens are drawn: `general.sampling.KEY` and its value as text.
  std::vector<std::pair<std::string, std::string>> sampling;
  std::optional<Token> bos;
  std::optional<Token> eos;
};

struct Message {
  std::string role;
  std::string content;
};

struct Prompt {
  std::string text;
  std::vector<Token> tokens;
};

// Concatenated token pieces; ends: shape (tokens), end of each piece in bytes.
struct Pieces {
  std::string bytes;
  std::vector<int32_t> ends;
};

// Weights and vocabulary. Immutable after open(), so any thread may use it.
class Model {
 public:
  static std::shared_ptr<Model> open(std::shared_ptr<Backend> backend, const std::string& path,
                                     const LoadParams& params, LoadControl& control);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const ModelInfo& info() const { return info_; }
  std::vector<Token> tokenize(const std::string& text, bool add_special, bool parse_special) const;
  void append_piece(Token token, Pieces& pieces) const;
  bool is_end_of_generation(Token token) const;
  bool has_token(Token token) const { return token >= 0 && token < info_.vocabulary_size; }
  // Renders a template; message text never becomes a control token.
  Prompt render_chat(const std::string& source, const ChatRequest& request) const;

  llama_model* raw() const { return model_; }
  const std::shared_ptr<Backend>& backend() const { return backend_; }
  // Free bytes of the GPUs that hold layers.
  uint64_t free_gpu_memory() const;

  // A failed assertion of llama.cpp left a context of this model in an unknown state: no session
  // may use the model from now on, and its weights stay where they are.
  void give_up(const std::string& message);
  void check_usable() const;  // throws kEngine
  // Holds the lock for who calls first: nobody has computed with the model yet. Others wait until
  // that has let go of it.
  std::unique_lock<std::mutex> first_probe() {
    std::unique_lock<std::mutex> lock(probe_mutex_);
    if (std::exchange(probed_, true)) lock.unlock();
    return lock;
  }

 private:
  Model(std::shared_ptr<Backend> backend, llama_model* model, int32_t gpu_layers,
        std::vector<ggml_backend_device*> gpus);

  std::shared_ptr<Backend> backend_;
  llama_model* model_;  // owned, freed in the destructor
  std::vector<ggml_backend_device*> gpus_;
  const llama_vocab* vocab_;
  ModelInfo info_;
  std::atomic<bool> given_up_{false};
  std::mutex probe_mutex_;
  bool probed_ = false;
  mutable std::mutex failure_mutex_;
  std::string failure_;
};

}  // namespace engine
