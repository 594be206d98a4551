#pragma once

#include <memory>
#include <random>

#include "napi_setup.h"

// Type-tagged externals. A tag is made anew for each environment: several copies of the addon may
// be loaded in one process, and a handle of one must not pass for a handle of another.

namespace engine {
class Backend;
class Model;
class Session;
struct LoadControl;
}  // namespace engine

// Per-environment state.
struct Addon {
  std::shared_ptr<engine::Backend> backend;
  napi_type_tag model_tag = make_tag();
  napi_type_tag session_tag = make_tag();
  napi_type_tag control_tag = make_tag();

  static napi_type_tag make_tag() {
    std::random_device random;
    const auto word = [&] { return (uint64_t{random()} << 32) | random(); };
    return {word(), word()};
  }
  const napi_type_tag& tag_of(const engine::Model*) const { return model_tag; }
  const napi_type_tag& tag_of(const engine::Session*) const { return session_tag; }
  const napi_type_tag& tag_of(const engine::LoadControl*) const { return control_tag; }
  static const char* name_of(const engine::Model*) { return "a model"; }
  static const char* name_of(const engine::Session*) { return "a session"; }
  static const char* name_of(const engine::LoadControl*) { return "a load control"; }
};

// What an external points to. Emptied by close(); the finalizer is the safety net.
template <typename T>
struct Handle {
  std::shared_ptr<T> object;
  int64_t external_bytes = 0;  // as reported to the garbage collector
};

template <typename T>
void release_handle(Napi::BasicEnv env, Handle<T>& handle) {
  if (handle.external_bytes != 0) {
    Napi::MemoryManagement::AdjustExternalMemory(env, -handle.external_bytes);
    handle.external_bytes = 0;
  }
  handle.object.reset();
}

template <typename T>
Napi::Value make_handle(Napi::Env env, std::shared_ptr<T> object, int64_t external_bytes) {
  const T* type = object.get();
  auto handle = std::make_unique<Handle<T>>();
  handle->object = std::move(object);
  handle->external_bytes = external_bytes;
  auto external =
      Napi::External<Handle<T>>::New(env, handle.get(), [](Napi::BasicEnv basic, Handle<T>* owned) {
        release_handle(basic, *owned);
        delete owned;
      });
  handle.release();  // the external's finalizer owns it now
  external.TypeTag(&env.GetInstanceData<Addon>()->tag_of(type));
  if (external_bytes != 0) Napi::MemoryManagement::AdjustExternalMemory(env, external_bytes);
  return external;
}
