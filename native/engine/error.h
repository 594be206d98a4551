#pragma once

#include <stdexcept>
#include <string>

namespace engine {

// The only list of failures; error_code() gives the names that types/public.d.ts documents.
enum class Failure {
  kAborted,
  kBusy,
  kCaptureUnavailable,
  kChatTemplate,
  kClosed,
  kContextCreate,
  kContextFull,
  kDecode,
  kEngine,
  kEvictionUnavailable,
  kInvalidArgument,
  kModelFormat,
  kModelLoad,
  kModelNoWeights,
  kModelNotFound,
  kModelUnsupported,
  kNotFinite,
  kOutOfMemory,
  kRpcServer,
  kServe,
};

inline const char* error_code(Failure failure) {
  switch (failure) {
    case Failure::kAborted:
      return "ERR_ABORTED";  // never seen by users: lib/ rejects with signal.reason instead
    case Failure::kBusy:
      return "ERR_BUSY";
    case Failure::kCaptureUnavailable:
      return "ERR_CAPTURE_UNAVAILABLE";
    case Failure::kChatTemplate:
      return "ERR_CHAT_TEMPLATE";
    case Failure::kClosed:
      return "ERR_CLOSED";
    case Failure::kContextCreate:
      return "ERR_CONTEXT_CREATE";
    case Failure::kContextFull:
      return "ERR_CONTEXT_FULL";
    case Failure::kDecode:
      return "ERR_DECODE";
    case Failure::kEngine:
      return "ERR_ENGINE";
    case Failure::kEvictionUnavailable:
      return "ERR_EVICTION_UNAVAILABLE";
    case Failure::kInvalidArgument:
      return "ERR_INVALID_ARG_VALUE";
    case Failure::kModelFormat:
      return "ERR_MODEL_FORMAT";
    case Failure::kModelLoad:
      return "ERR_MODEL_LOAD";
    case Failure::kModelNoWeights:
      return "ERR_MODEL_NO_WEIGHTS";
    case Failure::kModelNotFound:
      return "ERR_MODEL_NOT_FOUND";
    case Failure::kModelUnsupported:
      return "ERR_MODEL_UNSUPPORTED";
    case Failure::kNotFinite:
      return "ERR_NOT_FINITE";
    case Failure::kOutOfMemory:
      return "ERR_OUT_OF_MEMORY";
    case Failure::kRpcServer:
      return "ERR_RPC_SERVER";
    case Failure::kServe:
      return "ERR_SERVE";
  }
  return "ERR_DECODE";
}

class Error : public std::runtime_error {
 public:
  Error(Failure failure, const std::string& message)
      : std::runtime_error(message), failure_(failure) {}
  const char* code() const { return error_code(failure_); }

 private:
  Failure failure_;
};

}  // namespace engine
