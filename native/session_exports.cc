// JavaScript-callable session functions: read arguments, run a job, shape the result.
#include "engine/session.h"
#include "exports.h"
#include "napi_args.h"
#include "session_job.h"
#include "session_values.h"

using engine::Model;
using engine::Session;

namespace {

const char* to_text(engine::Finish finish) {
  switch (finish) {
    case engine::Finish::kMore:
      return "more";
    case engine::Finish::kEnd:
      return "end";
    case engine::Finish::kStop:
      return "stop";
    case engine::Finish::kAborted:
      return "aborted";
    case engine::Finish::kFull:
      return "full";
  }
  return "more";
}

Napi::Value sample_value(Napi::Env env, const engine::Sample& sample) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("tokens", to_value(env, sample.tokens));
  object.Set("logprobs", to_value(env, sample.logprobs));
  object.Set("certainties", to_value(env, sample.certainties));
  object.Set("alternatives", alternatives_value(env, sample.alternatives));
  object.Set("bytes", to_bytes(env, sample.pieces.bytes));
  object.Set("ends", to_value(env, sample.pieces.ends));
  object.Set("finish", to_text(sample.finish));
  object.Set("stop", sample.stop);
  object.Set("rows", rows_value(env, sample.rows));
  return object;
}

Napi::Value session_open(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto model = args.object<Model>(0);
  engine::SessionParams params;
  params.context_length = args.int32(1);
  params.batch_size = args.int32(2);
  params.branches = args.int32(3);
  params.threads = args.int32(4);
  params.flash_attention = args.boolean(5);
  params.key_type = args.text(6);
  params.value_type = args.text(7);
  params.offload_cache = args.boolean(8);
  params.memory_limit = args.bytes(9);
  params.sample_on = args.text(10);
  return Job<std::shared_ptr<Session>>::run(
      info.Env(), "cot_prune.session.open", [=] { return Session::open(model, params); },
      [](Napi::Env env, std::shared_ptr<Session>&& session) {
        const engine::SessionBytes bytes = session->bytes();
        return make_handle(env, std::move(session),
                           static_cast<int64_t>(bytes.cache + bytes.compute));
      });
}

// Runs `read` on an idle session (a job in flight owns its state) and lets go of it in any case.
template <typename Read>
Napi::Value read_idle(const Napi::CallbackInfo& info, Read read) {
  const auto session = Args(info).object<Session>(0);
  if (!session->try_begin()) throw busy(info.Env());
  const std::shared_ptr<void> guard(nullptr, [session](void*) { session->end(); });
  try {
    return read(*session);
  } catch (const engine::Error& error) {
    throw make_error(info.Env(), error.code(), error.what());
  }
}

Napi::Value session_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return read_idle(info, [&](const Session& session) -> Napi::Value {
    const engine::SessionInfo of = session.info();
    Napi::Object object = Napi::Object::New(env);
    object.Set("contextLength", of.context_length);
    object.Set("batchSize", of.batch_size);
    object.Set("outputs", of.outputs);
    object.Set("branches", of.branches);
    object.Set("threads", of.threads);
    object.Set("flashAttention", of.flash_attention);
    object.Set("cacheBytes", to_value(env, of.cache_bytes));
    object.Set("computeBytes", to_value(env, of.compute_bytes));
    object.Set("usedCells", of.used_cells);
    object.Set("decodes", static_cast<double>(of.decodes));
    object.Set("decodedTokens", static_cast<double>(of.decoded_tokens));
    object.Set("reusedGraphs", of.reused_graphs);
    object.Set("samplesOnDevice", of.samples_on_device);
    object.Set("shortlists", static_cast<double>(of.shortlists));
    object.Set("choosingMillis", of.choosing_millis);
    return object;
  });
}

Napi::Value session_tokens(const Napi::CallbackInfo& info) {
  const int32_t branch = Args(info).int32(1);
  return read_idle(
      info, [&](const Session& session) { return to_value(info.Env(), session.tokens(branch)); });
}

Napi::Value session_match(const Napi::CallbackInfo& info) {
  const int32_t branch = Args(info).int32(1);
  const std::vector<int32_t> tokens = Args(info).int32s(2);
  return read_idle(info, [&](const Session& session) -> Napi::Value {
    return Napi::Number::New(info.Env(), session.match(branch, tokens));
  });
}

Napi::Value session_logits(const Napi::CallbackInfo& info) {
  const int32_t branch = Args(info).int32(1);
  return read_idle(info,
                   [&](Session& session) { return to_value(info.Env(), session.logits(branch)); });
}

Napi::Value session_fork(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto session = args.object<Session>(0);
  const int32_t from = args.int32(1);
  const int32_t to = args.int32(2);
  const int32_t length = args.int32(3);
  return run_void(info.Env(), "cot_prune.session.fork", session,
                  [=] { session->fork(from, to, length); });
}

Napi::Value session_cut(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto session = args.object<Session>(0);
  const int32_t branch = args.int32(1);
  const int32_t begin = args.int32(2);
  const int32_t end = args.int32(3);
  return run_void(info.Env(), "cot_prune.session.cut", session,
                  [=] { session->cut(branch, begin, end); });
}

Napi::Value session_restore(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto session = args.object<Session>(0);
  const int32_t from = args.int32(1);
  const int32_t to = args.int32(2);
  const int32_t begin = args.int32(3);
  const int32_t end = args.int32(4);
  return run_void(info.Env(), "cot_prune.session.restore", session,
                  [=] { session->restore(from, to, begin, end); });
}

Napi::Value session_compact(const Napi::CallbackInfo& info) {
  auto session = Args(info).object<Session>(0);
  const int32_t branch = Args(info).int32(1);
  return run_void(info.Env(), "cot_prune.session.compact", session,
                  [=] { session->compact(branch); });
}

Napi::Value session_drop(const Napi::CallbackInfo& info) {
  auto session = Args(info).object<Session>(0);
  const int32_t branch = Args(info).int32(1);
  return run_void(info.Env(), "cot_prune.session.drop", session, [=] { session->drop(branch); });
}

Napi::Value session_values(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto session = args.object<Session>(0);
  const int32_t branch = args.int32(1);
  const int32_t layer = args.int32(2);
  const int32_t begin = args.int32(3);
  const int32_t end = args.int32(4);
  return run_exclusive<std::vector<float>>(
      info.Env(), "cot_prune.session.values", session,
      [=] { return session->values(branch, layer, begin, end); },
      [](Napi::Env env, std::vector<float>&& values) { return to_value(env, values); });
}

Napi::Value session_sampler(const Napi::CallbackInfo& info) {
  const Args args(info);
  const int32_t branch = args.int32(1);
  engine::SamplerParams params;
  params.temperature = args.number(2);
  params.top_k = args.int32(3);
  params.top_p = args.number(4);
  params.min_p = args.number(5);
  params.repeat_penalty = args.number(6);
  params.presence_penalty = args.number(7);
  params.repeat_window = args.int32(8);
  params.seed = args.uint32(9);
  params.stop = args.texts(10);
  return read_idle(info, [&](Session& session) {
    session.set_sampler(branch, params);
    return info.Env().Undefined();
  });
}

Napi::Value session_certainty(const Napi::CallbackInfo& info) {
  const Args args(info);
  const int32_t branch = args.int32(1);
  const int32_t count = args.int32(2);
  return read_idle(info, [&](Session& session) {
    session.set_certainty(branch, count);
    return info.Env().Undefined();
  });
}

Napi::Value session_alternatives(const Napi::CallbackInfo& info) {
  const Args args(info);
  const int32_t branch = args.int32(1);
  const int32_t count = args.int32(2);
  return read_idle(info, [&](Session& session) {
    session.set_alternatives(branch, count);
    return info.Env().Undefined();
  });
}

Napi::Value session_sample(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto session = args.object<Session>(0);
  const std::vector<int32_t> branches = args.int32s(1);
  const int32_t max_tokens = args.int32(2);
  const auto queries = args.boolean(3) ? engine::Queries::kOutputs : engine::Queries::kNone;
  const engine::CaptureRequest request =
      capture_request(queries, args.int32s(4), args.int32s(5), args.int32s(6), args.int32(7));
  using Samples = std::vector<engine::Sample>;
  return run_exclusive<Samples>(
      info.Env(), "cot_prune.session.sample", session,
      [=] { return session->sample(branches, max_tokens, request); },
      [](Napi::Env env, Samples&& samples) {
        auto list = Napi::Array::New(env, samples.size());
        for (uint32_t i = 0; i < samples.size(); ++i) list.Set(i, sample_value(env, samples[i]));
        return list;
      });
}

Napi::Value session_abort(const Napi::CallbackInfo& info) {
  Args(info).object<Session>(0)->abort();
  return info.Env().Undefined();
}

Napi::Value session_close(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto session = Args(info).object<Session>(0);
  if (!session->try_begin()) return reject(env, busy(env));
  release_handle(env, Args(info).handle<Session>(0));
  return Job<bool>::run(
      env, "cot_prune.session.close",
      [session] {
        session->close();
        return true;
      },
      [](Napi::Env inner, bool&&) { return inner.Undefined(); });
}

}  // namespace

void export_session_functions(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("sessionOpen", session_open);
  add("sessionInfo", session_info);
  add("sessionTokens", session_tokens);
  add("sessionMatch", session_match);
  add("sessionFork", session_fork);
  add("sessionCut", session_cut);
  add("sessionRestore", session_restore);
  add("sessionCompact", session_compact);
  add("sessionDrop", session_drop);
  add("sessionLogits", session_logits);
  add("sessionValues", session_values);
  add("sessionSampler", session_sampler);
  add("sessionCertainty", session_certainty);
  add("sessionAlternatives", session_alternatives);
  add("sessionSample", session_sample);
  add("sessionAbort", session_abort);
  add("sessionClose", session_close);
}
