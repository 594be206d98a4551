// Module entry: the environment's state and the functions that need neither model nor session.
#include "engine/backend.h"
#include "engine/rpc.h"
#include "exports.h"
#include "napi_args.h"
#include "napi_handle.h"
#include "napi_job.h"
#include "napi_values.h"

namespace {

Napi::Value build_info(const Napi::CallbackInfo& info) {
  const engine::BuildInfo build = info.Env().GetInstanceData<Addon>()->backend->build_info();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("llamaCommit", build.llama_commit);
  object.Set("llamaVersion", build.llama_version);
  object.Set("patchSha256", build.patch_sha256);
  object.Set("backends", to_value(info.Env(), build.backends));
  object.Set("cpu", build.cpu);
  object.Set("systemInfo", build.system_info);
  return object;
}

Napi::Value devices(const Napi::CallbackInfo& info) {
  const auto devices = info.Env().GetInstanceData<Addon>()->backend->devices();
  auto list = Napi::Array::New(info.Env(), devices.size());
  for (uint32_t i = 0; i < devices.size(); ++i) {
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("name", devices[i].name);
    object.Set("description", devices[i].description);
    object.Set("type", devices[i].type);
    object.Set("memoryFree", to_value(info.Env(), devices[i].memory_free));
    object.Set("memoryTotal", to_value(info.Env(), devices[i].memory_total));
    list.Set(i, object);
  }
  return list;
}

Napi::Value recent_log(const Napi::CallbackInfo& info) {
  return to_value(info.Env(), info.Env().GetInstanceData<Addon>()->backend->recent_log());
}

// Settles only where it fails: it serves until the process ends.
Napi::Value rpc_serve(const Napi::CallbackInfo& info) {
  const Args args(info);
  const std::string host = args.text(0);
  const int32_t port = args.int32(1);
  const int32_t threads = args.int32(2);
  auto backend = info.Env().GetInstanceData<Addon>()->backend;
  return Job<bool>::run(
      info.Env(), "cot_prune.rpc.serve",
      [=] {
        engine::rpc_serve(*backend, host, port, threads);
        return true;
      },
      [](Napi::Env env, bool&&) { return env.Undefined(); });
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto addon = std::make_unique<Addon>();
  addon->backend = engine::Backend::acquire();
  env.SetInstanceData(addon.release());  // deleted with the environment
  exports.Set("buildInfo", Napi::Function::New(env, build_info, "buildInfo"));
  exports.Set("devices", Napi::Function::New(env, devices, "devices"));
  exports.Set("recentLog", Napi::Function::New(env, recent_log, "recentLog"));
  exports.Set("rpcServe", Napi::Function::New(env, rpc_serve, "rpcServe"));
  export_model_functions(env, exports);
  export_session_functions(env, exports);
  export_extend_functions(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, init)
