#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "napi_handle.h"

// Reads positional arguments, or throws a TypeError that names the position. lib/ has validated
// them: this is the assertion, not the policy, but a wrong one must never reinterpret memory.
class Args {
 public:
  explicit Args(const Napi::CallbackInfo& info) : info_(info) {}

  template <typename T>
  Handle<T>& handle(size_t i) const {
    const Napi::Value value = info_[i];
    const T* type = nullptr;
    if (value.IsExternal()) {
      auto external = value.As<Napi::External<Handle<T>>>();
      const auto* addon = info_.Env().GetInstanceData<Addon>();
      if (external.CheckTypeTag(&addon->tag_of(type))) return *external.Data();
    }
    fail(i, std::string("the handle of ") + Addon::name_of(type));
  }

  // The object of a handle that has not been closed.
  template <typename T>
  std::shared_ptr<T> object(size_t i) const {
    const T* type = nullptr;
    std::shared_ptr<T> object = handle<T>(i).object;
    if (!object) throw_code(std::string(Addon::name_of(type)) + " is closed", "ERR_CLOSED");
    return object;
  }

  int32_t int32(size_t i) const { return static_cast<int32_t>(integer(i, INT32_MIN, INT32_MAX)); }
  uint32_t uint32(size_t i) const { return static_cast<uint32_t>(integer(i, 0, UINT32_MAX)); }
  uint64_t bytes(size_t i) const { return static_cast<uint64_t>(integer(i, 0, 1LL << 53)); }

  float number(size_t i) const {
    const Napi::Value value = info_[i];
    if (!value.IsNumber() || !std::isfinite(value.As<Napi::Number>().DoubleValue())) {
      fail(i, "a finite number");
    }
    return value.As<Napi::Number>().FloatValue();
  }

  bool boolean(size_t i) const {
    const Napi::Value value = info_[i];
    if (!value.IsBoolean()) fail(i, "a boolean");
    return value.As<Napi::Boolean>();
  }

  std::string text(size_t i) const {
    const Napi::Value value = info_[i];
    if (!value.IsString()) fail(i, "a string");
    return value.As<Napi::String>();
  }

  std::vector<std::string> texts(size_t i) const {
    const Napi::Value value = info_[i];
    if (!value.IsArray()) fail(i, "an array of strings");
    const auto array = value.As<Napi::Array>();
    std::vector<std::string> texts;
    for (uint32_t at = 0; at < array.Length(); ++at) {
      const Napi::Value item = array.Get(at);
      if (!item.IsString()) fail(i, "an array of strings");
      texts.push_back(item.As<Napi::String>());
    }
    return texts;
  }

  std::vector<int32_t> int32s(size_t i) const {
    return copy<int32_t>(i, napi_int32_array, "an Int32Array");
  }
  std::vector<float> floats(size_t i) const {
    return copy<float>(i, napi_float32_array, "a Float32Array");
  }

 private:
  // A copy: the caller may change or detach the array while a job runs.
  template <typename T>
  std::vector<T> copy(size_t i, napi_typedarray_type type, const char* expected) const {
    const Napi::Value value = info_[i];
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) {
      fail(i, expected);
    }
    const auto array = value.As<Napi::TypedArrayOf<T>>();
    return {array.Data(), array.Data() + array.ElementLength()};
  }

  int64_t integer(size_t i, int64_t min, int64_t max) const {
    const Napi::Value value = info_[i];
    const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
    if (!(number >= static_cast<double>(min) && number <= static_cast<double>(max)) ||
        std::floor(number) != number) {
      fail(i, "an integer in [" + std::to_string(min) + ", " + std::to_string(max) + "]");
    }
    return static_cast<int64_t>(number);
  }

  [[noreturn]] void fail(size_t i, const std::string& expected) const {
    const std::string message = "argument " + std::to_string(i) + " must be " + expected;
    Napi::TypeError error = Napi::TypeError::New(info_.Env(), message);
    error.Set("code", "ERR_INVALID_ARG_TYPE");
    throw error;
  }

  [[noreturn]] void throw_code(const std::string& message, const char* code) const {
    Napi::Error error = Napi::Error::New(info_.Env(), message);
    error.Set("code", code);
    throw error;
  }

  const Napi::CallbackInfo& info_;
};
