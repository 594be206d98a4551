#include "model.h"

#include <ggml-backend.h>
#include <llama-attn.h>
#include <llama.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "chat_template.h"
#include "containment.h"
#include "error.h"
#include "gguf_file.h"

namespace engine {

namespace {

bool on_progress(float progress, void* user_data) {
  auto* control = static_cast<LoadControl*>(user_data);
  control->progress = progress;
  return !control->aborted;
}

std::string meta(const llama_model* model, const std::string& key) {
  const int32_t length = llama_model_meta_val_str(model, key.c_str(), nullptr, 0);
  if (length < 0) return "";
  std::string value(static_cast<size_t>(length) + 1, '\0');
  llama_model_meta_val_str(model, key.c_str(), value.data(), value.size());
  value.resize(static_cast<size_t>(length));
  return value;
}

std::vector<std::pair<std::string, std::string>> sampling_of(const llama_model* model) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const char* key : {"temp", "top_k", "top_p", "min_p", "penalty_repeat", "penalty_last_n"}) {
    std::string value = meta(model, std::string("general.sampling.") + key);
    if (!value.empty()) found.emplace_back(key, std::move(value));
  }
  return found;
}

int32_t meta_int(const llama_model* model, const std::string& key, int32_t otherwise) {
  const std::string value = meta(model, key);
  // gguf_hparams.cc has checked the range of what is read here
  return value.empty() ? otherwise : static_cast<int32_t>(std::strtol(value.c_str(), nullptr, 10));
}

std::optional<Token> if_token(llama_token token) {
  return token == LLAMA_TOKEN_NULL ? std::nullopt : std::optional<Token>(token);
}

std::vector<GpuMemory> memory_of(const std::vector<ggml_backend_dev_t>& gpus) {
  std::vector<GpuMemory> memory;
  for (ggml_backend_dev_t gpu : gpus) {
    size_t free = 0;
    size_t total = 0;
    ggml_backend_dev_memory(gpu, &free, &total);
    memory.push_back({free, total});
  }
  return memory;
}

std::string describe(const llama_model* model) {
  char text[256] = {};
  llama_model_desc(model, text, sizeof text);
  return text;
}

}  // namespace

std::shared_ptr<Model> Model::open(std::shared_ptr<Backend> backend, const std::string& path,
                                   const LoadParams& load, LoadControl& control) {
  const WeightBytes weights = check_gguf_file(path);
  const RpcClient servers(load.rpc);
  std::vector<ggml_backend_dev_t> gpus = servers.devices();
  for (ggml_backend_dev_t gpu : backend->gpus()) gpus.push_back(gpu);
  const int32_t gpu_layers = resolve_gpu_layers(weights, load.placement, memory_of(gpus));
  if (!load.mmap) check_host_memory(weights, gpu_layers, load.memory_limit);

  if (gpu_layers == 0) gpus.clear();
  if (load.placement.main_gpu >= 0 && !gpus.empty()) gpus = {gpus[load.placement.main_gpu]};
  std::vector<ggml_backend_dev_t> devices = gpus;
  devices.push_back(nullptr);  // ends the list
  std::vector<float> split = load.placement.tensor_split;
  split.resize(llama_max_devices(), 0.0f);

  llama_model_params params = llama_model_default_params();
  params.devices = devices.data();
  params.n_gpu_layers = gpu_layers;
  params.tensor_split = load.placement.tensor_split.empty() ? nullptr : split.data();
  params.load_mode = load.mmap ? LLAMA_LOAD_MODE_MMAP : LLAMA_LOAD_MODE_NONE;
  params.progress_callback = on_progress;
  params.progress_callback_user_data = &control;

  const uint64_t mark = backend->log_mark();
  const Containment inside;
  llama_model* model = llama_model_load_from_file(path.c_str(), params);
  if (!model) {
    if (control.aborted) throw Error(Failure::kAborted, "loading was aborted");
    if (!inside.message().empty()) {
      throw Error(Failure::kModelFormat,
                  path + " is no model that llama.cpp can make: " + inside.message());
    }
    const std::string log = backend->log_since(mark);
    const bool unknown = log.find("unknown model architecture") != std::string::npos;
    throw Error(unknown ? Failure::kModelUnsupported : Failure::kModelLoad, path + ": " + log);
  }
  return std::shared_ptr<Model>(new Model(std::move(backend), model, gpu_layers, std::move(gpus)));
}

Model::Model(std::shared_ptr<Backend> backend, llama_model* model, int32_t gpu_layers,
             std::vector<ggml_backend_device*> gpus)
    : backend_(std::move(backend)),
      model_(model),
      gpus_(std::move(gpus)),
      vocab_(llama_model_get_vocab(model)) {
  info_.gpu_layers = gpu_layers;
  info_.architecture = meta(model, "general.architecture");
  info_.name = meta(model, "general.name");
  info_.description = describe(model);
  info_.file_type = llama_ftype_name(llama_model_ftype(model));
  info_.parameters = llama_model_n_params(model);
  info_.bytes = llama_model_size(model);
  info_.layers = llama_model_n_layer(model);
  for (int32_t layer = 0; layer <= info_.layers; ++layer) {
    info_.layer_devices.push_back(device_label(llama_attn_layer_device(model, layer)));
  }
  info_.heads = llama_model_n_head(model);
  for (int32_t layer = 0; layer < info_.layers; ++layer) {
    info_.kv_heads = std::max(info_.kv_heads, llama_attn_n_head_kv(model, layer));
    const llama_attn_layer kind = llama_attn_layer_kind(model, layer);
    if (kind == LLAMA_ATTN_LAYER_FULL) info_.attention_layers.push_back(layer);
    if (kind == LLAMA_ATTN_LAYER_WINDOW) info_.window_layers.push_back(layer);
  }
  info_.hybrid = llama_model_is_hybrid(model);
  info_.recurrent = llama_model_is_recurrent(model) || info_.hybrid;
  info_.embedding_length = llama_model_n_embd(model);
  const int32_t head = info_.heads > 0 ? info_.embedding_length / info_.heads : 0;
  info_.key_length = meta_int(model, info_.architecture + ".attention.key_length", head);
  const bool latent = !meta(model, info_.architecture + ".attention.key_length_mla").empty();
  info_.value_length =
      latent ? 0 : meta_int(model, info_.architecture + ".attention.value_length", head);
  info_.trained_context = llama_model_n_ctx_train(model);
  info_.vocabulary_size = llama_vocab_n_tokens(vocab_);
  if (const char* source = llama_model_chat_template(model, nullptr)) info_.chat_template = source;
  info_.sampling = sampling_of(model);
  info_.bos = if_token(llama_vocab_bos(vocab_));
  info_.eos = if_token(llama_vocab_eos(vocab_));
}

Model::~Model() {
  // a context that was given up still points into it
  if (!given_up_) llama_model_free(model_);
}

void Model::give_up(const std::string& message) {
  const std::lock_guard<std::mutex> lock(failure_mutex_);
  if (failure_.empty()) failure_ = message;
  given_up_ = true;
}

void Model::check_usable() const {
  if (!given_up_) return;
  const std::lock_guard<std::mutex> lock(failure_mutex_);
  throw Error(Failure::kEngine, "llama.cpp gave up: " + failure_ +
                                    ". The model and its sessions cannot be used any more; load it "
                                    "again, or another file of it");
}

uint64_t Model::free_gpu_memory() const {
  uint64_t free = 0;
  for (const GpuMemory& gpu : memory_of(gpus_)) free += gpu.free;
  return free;
}

std::vector<Token> Model::tokenize(const std::string& text, bool add_special,
                                   bool parse_special) const {
  if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max() / 2)) {
    throw Error(Failure::kInvalidArgument, "text of " + std::to_string(text.size()) +
                                               " bytes is too long to tokenise (at most 1 GiB)");
  }
  const auto length = static_cast<int32_t>(text.size());
  std::vector<Token> tokens(text.size() + 2);
  const auto run = [&] {
    return llama_tokenize(vocab_, text.data(), length, tokens.data(),
                          static_cast<int32_t>(tokens.size()), add_special, parse_special);
  };
  int32_t count = run();
  if (count < 0 && count != std::numeric_limits<int32_t>::min()) {
    tokens.resize(static_cast<size_t>(-count));
    count = run();
  }
  if (count < 0) throw Error(Failure::kInvalidArgument, "the text cannot be tokenised");
  tokens.resize(static_cast<size_t>(count));
  return tokens;
}

void Model::append_piece(Token token, Pieces& pieces) const {
  char small[64];
  int32_t length = llama_token_to_piece(vocab_, token, small, sizeof small, 0, true);
  if (length >= 0) {
    pieces.bytes.append(small, static_cast<size_t>(length));
  } else {
    std::string large(static_cast<size_t>(-length), '\0');
    length = llama_token_to_piece(vocab_, token, large.data(), -length, 0, true);
    pieces.bytes.append(large.data(), static_cast<size_t>(length));
  }
  pieces.ends.push_back(static_cast<int32_t>(pieces.bytes.size()));
}

bool Model::is_end_of_generation(Token token) const {
  return llama_vocab_is_eog(vocab_, token);
}

Prompt Model::render_chat(const std::string& source, const ChatRequest& request) const {
  const auto text_of = [this](const std::optional<Token>& token) {
    Pieces pieces;
    if (token) append_piece(*token, pieces);
    return pieces.bytes;
  };
  const std::vector<ChatPart> parts =
      render_chat_template(source, request, text_of(info_.bos), text_of(info_.eos));
  Prompt prompt;
  bool only_plain = true;  // does no message contain the text of a control token?
  for (const ChatPart& part : parts) {
    prompt.text += part.text;
    only_plain = only_plain && (!part.is_message || tokenize(part.text, false, true) ==
                                                        tokenize(part.text, false, false));
  }
  if (only_plain) {
    // one call, so that tokens merge across part borders exactly as for the whole text
    prompt.tokens = tokenize(prompt.text, false, true);
  } else {
    for (const ChatPart& part : parts) {
      const std::vector<Token> tokens = tokenize(part.text, false, !part.is_message);
      prompt.tokens.insert(prompt.tokens.end(), tokens.begin(), tokens.end());
    }
  }
  const bool has_bos = info_.bos && !prompt.tokens.empty() && prompt.tokens[0] == *info_.bos;
  if (llama_vocab_get_add_bos(vocab_) && info_.bos && !has_bos) {
    prompt.tokens.insert(prompt.tokens.begin(), *info_.bos);
  }
  return prompt;
}

}  // namespace engine
