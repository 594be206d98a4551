// JavaScript-callable functions that put given tokens behind branches.
#include "engine/session.h"
#include "exports.h"
#include "napi_args.h"
#include "session_job.h"
#include "session_values.h"

using engine::Session;

namespace {

engine::Queries to_queries(Napi::Env env, int32_t queries) {
  if (queries < 0 || queries > 2) {
    throw make_error(env, "ERR_INVALID_ARG_VALUE", "queries must be 0, 1 or 2");
  }
  return static_cast<engine::Queries>(queries);
}

Napi::Value session_extend(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto session = args.object<Session>(0);
  const int32_t branch = args.int32(1);
  const std::vector<int32_t> tokens = args.int32s(2);
  const bool logits = args.boolean(3);
  const int32_t queries = args.int32(4);
  const engine::CaptureRequest request = capture_request(
      to_queries(info.Env(), queries), args.int32s(5), args.int32s(6), args.int32s(7));
  return run_exclusive<std::optional<engine::Rows>>(
      info.Env(), "cot_prune.session.extend", session,
      [=] { return session->extend(branch, tokens, logits, request); },
      [](Napi::Env env, std::optional<engine::Rows>&& rows) { return rows_value(env, rows); });
}

// One behind the other in flat arrays: piece i has counts[i] of the tokens and span_counts[i] of
// the spans.
std::vector<engine::Piece> to_pieces(Napi::Env env, const Args& args) {
  const std::vector<int32_t> branches = args.int32s(1);
  const std::vector<int32_t> counts = args.int32s(2);
  const std::vector<int32_t> tokens = args.int32s(3);
  const std::vector<int32_t> span_counts = args.int32s(6);
  const std::vector<int32_t> spans = args.int32s(7);
  const auto wrong = [&] {
    return make_error(env, "ERR_INVALID_ARG_VALUE", "counts do not add up to what is there");
  };
  if (branches.empty() || counts.size() != branches.size()) throw wrong();
  if (span_counts.size() != branches.size()) throw wrong();
  std::vector<engine::Piece> pieces;
  size_t token = 0;
  size_t span = 0;
  for (size_t i = 0; i < branches.size(); ++i) {
    if (counts[i] < 0 || span_counts[i] < 0) throw wrong();
    const size_t token_end = token + static_cast<size_t>(counts[i]);
    const size_t span_end = span + size_t{2} * static_cast<size_t>(span_counts[i]);
    if (token_end > tokens.size() || span_end > spans.size()) throw wrong();
    engine::Piece piece{branches[i], {tokens.begin() + token, tokens.begin() + token_end}, {}};
    for (; span < span_end; span += 2) piece.spans.push_back({spans[span], spans[span + 1]});
    pieces.push_back(std::move(piece));
    token = token_end;
  }
  if (token != tokens.size() || span != spans.size()) throw wrong();
  return pieces;
}

Napi::Value session_extend_many(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto session = args.object<Session>(0);
  const std::vector<engine::Piece> pieces = to_pieces(info.Env(), args);
  const std::vector<engine::HeadRef> heads = to_heads(args.int32s(4), args.int32s(5));
  using AllRows = std::vector<std::optional<engine::Rows>>;
  return run_exclusive<AllRows>(
      info.Env(), "cot_prune.session.extend_many", session,
      [=] { return session->extend_many(pieces, heads); },
      [](Napi::Env env, AllRows&& rows) {
        auto list = Napi::Array::New(env, rows.size());
        for (uint32_t i = 0; i < rows.size(); ++i) list.Set(i, rows_value(env, rows[i]));
        return list;
      });
}

Napi::Value session_likelihood(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto session = args.object<Session>(0);
  const int32_t branch = args.int32(1);
  const std::vector<int32_t> tokens = args.int32s(2);
  const int32_t alternatives = args.int32(3);
  return run_exclusive<engine::Likelihood>(
      info.Env(), "cot_prune.session.likelihood", session,
      [=] { return session->likelihood(branch, tokens, alternatives); },
      [](Napi::Env env, engine::Likelihood&& read) {
        auto object = Napi::Object::New(env);
        object.Set("logprobs", to_value(env, read.logprobs));
        object.Set("alternatives", alternatives_value(env, read.alternatives));
        return object;
      });
}

}  // namespace

void export_extend_functions(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("sessionExtend", session_extend);
  add("sessionExtendMany", session_extend_many);
  add("sessionLikelihood", session_likelihood);
}
