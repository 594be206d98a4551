#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/session.h"
#include "napi_job.h"

// Jobs that hold a session, and what is said where another one does.

inline Napi::Error make_error(Napi::Env env, const char* code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", code);
  return error;
}

inline Napi::Error busy(Napi::Env env) {
  return make_error(env, "ERR_BUSY", "another job is running in this session");
}

inline Napi::Value reject(Napi::Env env, const Napi::Error& error) {
  const auto deferred = Napi::Promise::Deferred::New(env);
  deferred.Reject(error.Value());
  return deferred.Promise();
}

// Runs a job that holds the session, on its thread: a second one meanwhile rejects with ERR_BUSY.
template <typename Result>
inline Napi::Value run_exclusive(Napi::Env env, const char* resource,
                                 std::shared_ptr<engine::Session> session,
                                 std::function<Result()> work,
                                 std::function<Napi::Value(Napi::Env, Result&&)> shape) {
  if (!session->try_begin()) return reject(env, busy(env));
  return Job<Result>::run(
      env, resource,
      [session, work = std::move(work)] {
        std::optional<Result> result;
        session->on_thread([&] { result.emplace(work()); });
        return std::move(*result);
      },
      std::move(shape), [session] { session->end(); });
}

inline Napi::Value run_void(Napi::Env env, const char* resource,
                            std::shared_ptr<engine::Session> session, std::function<void()> work) {
  return run_exclusive<bool>(
      env, resource, std::move(session),
      [work = std::move(work)] {
        work();
        return true;
      },
      [](Napi::Env inner, bool&&) { return inner.Undefined(); });
}
