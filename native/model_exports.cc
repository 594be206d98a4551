// JavaScript-callable model functions: read arguments, run a job, shape the result.
#include "engine/chat_template.h"
#include "engine/model.h"
#include "exports.h"
#include "napi_args.h"
#include "napi_job.h"
#include "napi_values.h"

using engine::LoadControl;
using engine::Model;

namespace {

Napi::Value control_create(const Napi::CallbackInfo& info) {
  return make_handle(info.Env(), std::make_shared<LoadControl>(), 0);
}

Napi::Value control_abort(const Napi::CallbackInfo& info) {
  Args(info).object<LoadControl>(0)->aborted = true;
  return info.Env().Undefined();
}

Napi::Value control_progress(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), Args(info).object<LoadControl>(0)->progress);
}

Napi::Value model_open(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto control = args.object<LoadControl>(0);
  const std::string path = args.text(1);
  engine::LoadParams params;
  params.placement.gpu_layers = args.int32(2);
  params.placement.main_gpu = args.int32(3);
  params.placement.tensor_split = args.floats(4);
  params.mmap = args.boolean(5);
  params.memory_limit = args.bytes(6);
  params.rpc.endpoints = args.texts(7);
  params.rpc.reply_timeout_ms = args.int32(8);
  auto backend = info.Env().GetInstanceData<Addon>()->backend;
  return Job<std::shared_ptr<Model>>::run(
      info.Env(), "cot_prune.model.open",
      [=] { return Model::open(backend, path, params, *control); },
      [](Napi::Env env, std::shared_ptr<Model>&& model) {
        // weights are mapped, not allocated: reporting them would only trigger collections
        return make_handle(env, std::move(model), 0);
      });
}

template <typename T>
Napi::Value or_null(Napi::Env env, const std::optional<T>& value) {
  return value ? Napi::Value::From(env, *value) : env.Null();
}

Napi::Value model_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto model = Args(info).object<Model>(0);
  const engine::ModelInfo& of = model->info();
  Napi::Object object = Napi::Object::New(env);
  object.Set("architecture", of.architecture);
  object.Set("name", of.name);
  object.Set("description", of.description);
  object.Set("fileType", of.file_type);
  object.Set("parameters", to_value(env, of.parameters));
  object.Set("bytes", to_value(env, of.bytes));
  object.Set("layers", of.layers);
  object.Set("gpuLayers", of.gpu_layers);
  object.Set("layerDevices", to_value(env, of.layer_devices));
  object.Set("heads", of.heads);
  object.Set("kvHeads", of.kv_heads);
  object.Set("recurrent", of.recurrent);
  object.Set("hybrid", of.hybrid);
  object.Set("attentionLayers", to_value(env, of.attention_layers));
  object.Set("windowLayers", to_value(env, of.window_layers));
  object.Set("embeddingLength", of.embedding_length);
  object.Set("trainedContext", of.trained_context);
  object.Set("vocabularySize", of.vocabulary_size);
  object.Set("chatTemplate", or_null(env, of.chat_template));
  Napi::Object sampling = Napi::Object::New(env);
  for (const auto& [key, value] : of.sampling) sampling.Set(key, value);
  object.Set("sampling", sampling);
  object.Set("bosToken", or_null(env, of.bos));
  object.Set("eosToken", or_null(env, of.eos));
  return object;
}

Napi::Value model_tokenize(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto model = args.object<Model>(0);
  const std::string text = args.text(1);
  const bool add_special = args.boolean(2);
  const bool parse_special = args.boolean(3);
  using Tokens = std::vector<engine::Token>;
  return Job<Tokens>::run(
      info.Env(), "cot_prune.model.tokenize",
      [=] { return model->tokenize(text, add_special, parse_special); },
      [](Napi::Env env, Tokens&& tokens) { return to_value(env, tokens); });
}

Napi::Value model_pieces(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto model = args.object<Model>(0);
  const std::vector<int32_t> tokens = args.int32s(1);
  return Job<engine::Pieces>::run(
      info.Env(), "cot_prune.model.pieces",
      [=] {
        engine::Pieces pieces;
        for (const int32_t token : tokens) {
          if (!model->has_token(token)) {
            throw engine::Error(engine::Failure::kInvalidArgument,
                                "token " + std::to_string(token) + " is not in the vocabulary");
          }
          model->append_piece(token, pieces);
        }
        return pieces;
      },
      [](Napi::Env env, engine::Pieces&& pieces) {
        Napi::Object object = Napi::Object::New(env);
        object.Set("bytes", to_bytes(env, pieces.bytes));
        object.Set("ends", to_value(env, pieces.ends));
        return object;
      });
}

Napi::Value model_render_chat(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto model = args.object<Model>(0);
  const std::string source = args.text(1);
  const std::vector<std::string> roles = args.texts(2);
  const std::vector<std::string> contents = args.texts(3);
  engine::ChatRequest request;
  request.add_generation_prompt = args.boolean(4);
  request.arguments = args.text(5);
  for (size_t i = 0; i < std::min(roles.size(), contents.size()); ++i) {
    request.messages.push_back({roles[i], contents[i]});
  }
  return Job<engine::Prompt>::run(
      info.Env(), "cot_prune.model.render_chat",
      [=] { return model->render_chat(source, request); },
      [](Napi::Env env, engine::Prompt&& prompt) {
        Napi::Object object = Napi::Object::New(env);
        object.Set("text", prompt.text);
        object.Set("tokens", to_value(env, prompt.tokens));
        return object;
      });
}

Napi::Value model_close(const Napi::CallbackInfo& info) {
  Handle<Model>& handle = Args(info).handle<Model>(0);
  auto model = std::make_shared<std::shared_ptr<Model>>(std::move(handle.object));
  release_handle(info.Env(), handle);
  return Job<bool>::run(
      info.Env(), "cot_prune.model.close",
      [model] {
        model->reset();  // unmapping gigabytes takes a while: not on the JavaScript thread
        return true;
      },
      [](Napi::Env env, bool&&) { return env.Undefined(); });
}

}  // namespace

void export_model_functions(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("controlCreate", control_create);
  add("controlAbort", control_abort);
  add("controlProgress", control_progress);
  add("modelOpen", model_open);
  add("modelInfo", model_info);
  add("modelTokenize", model_tokenize);
  add("modelPieces", model_pieces);
  add("modelRenderChat", model_render_chat);
  add("modelClose", model_close);
}
