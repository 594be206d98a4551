// Tokens that are given, behind branches: what they leave are rows, logits, or how likely they
// were.
#include <llama.h>

#include <set>

#include "error.h"
#include "logits.h"
#include "session.h"

namespace engine {

namespace {

[[noreturn]] void invalid(const std::string& message) {
  throw Error(Failure::kInvalidArgument, message);
}

void check_count(size_t tokens, int32_t most, const char* job) {
  if (tokens > 0 && tokens <= static_cast<size_t>(most)) return;
  invalid(std::string(job) + " by 1 to " + std::to_string(most) + " tokens, not " +
          std::to_string(tokens));
}

constexpr const char* kExtends = "a job extends a branch";

}  // namespace

std::optional<Rows> Session::extend(int32_t branch, const std::vector<Token>& tokens, bool logits,
                                    const CaptureRequest& capture) {
  Branch& own = at(branch);
  check_count(tokens.size(), params_.batch_size, kExtends);
  const auto count = static_cast<int32_t>(tokens.size());
  const int32_t end = own.next() + count;
  const int32_t queries = capture.queries == Queries::kEvery ? count : 1;
  RowCollector collector(context_, capture);
  collector.expect(branch, end);

  std::vector<Entry> batch;
  for (const Token token : tokens) batch.push_back({branch, token, false});
  batch.back().logits = logits || capture.queries == Queries::kOutputs;
  decode_or_throw(batch);
  if (logits) own.row = count - 1;
  if (capture.queries == Queries::kNone) return std::nullopt;
  Rows rows = collector.take(branch, queries, end);
  if (collector.missed()) throw_missed();
  return rows;
}

std::vector<std::optional<Rows>> Session::extend_many(const std::vector<Piece>& pieces,
                                                      const std::vector<HeadRef>& heads) {
  std::set<int32_t> distinct;
  std::vector<Entry> batch;
  bool captures = false;
  for (const Piece& piece : pieces) {
    check_branch(piece.branch);
    if (!distinct.insert(piece.branch).second) {
      invalid("branch " + std::to_string(piece.branch) + " is listed twice");
    }
    if (piece.tokens.empty()) invalid("a piece has at least one token");
    check_spans(piece.spans);
    captures = captures || !piece.spans.empty();
    for (const Token token : piece.tokens) batch.push_back({piece.branch, token, false});
  }
  check_count(batch.size(), params_.batch_size, "a job extends branches");
  CaptureRequest request;
  request.queries = captures ? Queries::kEvery : Queries::kNone;
  request.heads = heads;
  RowCollector collector(context_, request);
  std::vector<int32_t> ends;  // shape (pieces): positions of each branch behind its piece
  for (const Piece& piece : pieces) {
    ends.push_back(at(piece.branch).next() + static_cast<int32_t>(piece.tokens.size()));
    if (!piece.spans.empty()) collector.expect(piece.branch, ends.back(), piece.spans);
  }

  decode_or_throw(batch);
  std::vector<std::optional<Rows>> rows(pieces.size());
  for (size_t i = 0; i < pieces.size(); ++i) {
    const auto& [branch, tokens, spans] = pieces[i];
    if (spans.empty()) continue;
    rows[i] = collector.take(branch, static_cast<int32_t>(tokens.size()), ends[i]);
  }
  if (collector.missed()) throw_missed();
  return rows;
}

void Session::throw_missed() const {
  throw Error(
      Failure::kCaptureUnavailable,
      "no attention row that was asked for can be captured (" + model_->info().architecture + ")");
}

Likelihood Session::likelihood(int32_t branch, const std::vector<Token>& tokens,
                               int32_t alternatives) {
  Branch& own = at(branch);
  check_count(tokens.size(), outputs_, kExtends);
  check_alternatives(alternatives);
  if (!own.has_logits()) {
    invalid("branch " + std::to_string(branch) + " has no logits for what is to come");
  }
  std::vector<Entry> batch;
  for (const Token token : tokens) {
    check_token(token);
    batch.push_back({branch, token, true});
  }
  const int32_t vocabulary = model_->info().vocabulary_size;
  Likelihood read;
  const auto add = [&](const float* logits, Token token) {
    read.logprobs.push_back(logprob(logits, vocabulary, token));
    if (alternatives > 0) read.alternatives.add(logits, vocabulary, alternatives);
  };
  add(logits(branch).data(), tokens.front());
  decode_or_throw(batch);
  for (size_t i = 1; i < tokens.size(); ++i) {
    add(llama_get_logits_ith(context_, static_cast<int32_t>(i - 1)), tokens[i]);
  }
  own.row = static_cast<int32_t>(tokens.size()) - 1;
  if (!all_finite(read.logprobs.data(), read.logprobs.size())) {
    throw Error(Failure::kNotFinite, kNotFiniteLogits);
  }
  return read;
}

}  // namespace engine
