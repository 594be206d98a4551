#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/containment.h"
#include "engine/error.h"
#include "napi_setup.h"

// The only AsyncWorker. A job has two halves: `work` runs on the thread pool, knows no Node-API and
// returns plain data; `shape` turns that into a JavaScript value on the JavaScript thread.
template <typename Result>
class Job : public Napi::AsyncWorker {
 public:
  using Work = std::function<Result()>;
  using Shape = std::function<Napi::Value(Napi::Env, Result&&)>;
  // Runs on the JavaScript thread before the promise settles, whatever the outcome.
  using Done = std::function<void()>;

  static Napi::Value run(
      Napi::Env env, const char* resource, Work work, Shape shape, Done done = [] {}) {
    auto* job = new Job(env, resource, std::move(work), std::move(shape), std::move(done));
    const Napi::Promise promise = job->deferred_.Promise();
    job->Queue();  // AsyncWorker deletes itself when it is done
    return promise;
  }

 protected:
  void Execute() override {
    // no exception but std::exception may leave Execute, and an empty message would mean success
    const engine::Containment inside;
    try {
      result_.emplace(work_());
    } catch (const engine::Error& error) {
      fail(error.code(), error.what());
    } catch (const engine::Abort& error) {
      fail("ERR_ENGINE", error.what());
    } catch (const std::bad_alloc&) {
      fail("ERR_OUT_OF_MEMORY", "an allocation failed");
    } catch (const std::exception& error) {
      fail("ERR_DECODE", error.what());
    } catch (...) {
      fail("ERR_DECODE", "unknown native failure");
    }
  }

  void OnOK() override {
    done_();
    try {
      deferred_.Resolve(shape_(Env(), std::move(*result_)));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    }
  }

  void OnError(const Napi::Error& error) override {
    done_();
    error.Value().As<Napi::Object>().Set("code", code_);
    deferred_.Reject(error.Value());
  }

 private:
  Job(Napi::Env env, const char* resource, Work work, Shape shape, Done done)
      : Napi::AsyncWorker(env, resource),
        deferred_(Napi::Promise::Deferred::New(env)),
        work_(std::move(work)),
        shape_(std::move(shape)),
        done_(std::move(done)) {}

  void fail(const char* code, const std::string& message) {
    code_ = code;
    SetError(message.empty() ? code : message);
  }

  Napi::Promise::Deferred deferred_;
  Work work_;
  Shape shape_;
  Done done_;
  std::optional<Result> result_;
  std::string code_;
};
