// The sampling loop: the part of Session that runs once per token.
#include <llama.h>

#include <set>

#include "certainty.h"
#include "error.h"
#include "session.h"

namespace engine {

namespace {

constexpr int32_t kMaxRepeatWindow = 1 << 20;

// The newest token was chosen but could not be decoded: it was never generated.
void take_back(Sample& sample) {
  sample.tokens.pop_back();
  sample.logprobs.pop_back();
  if (!sample.certainties.empty()) sample.certainties.pop_back();
  const size_t left = sample.tokens.size() * static_cast<size_t>(sample.alternatives_each);
  sample.alternatives.tokens.resize(left);
  sample.alternatives.logprobs.resize(left);
  sample.pieces.ends.pop_back();
  const int32_t end = sample.pieces.ends.empty() ? 0 : sample.pieces.ends.back();
  sample.pieces.bytes.resize(static_cast<size_t>(end));
  sample.stop = -1;
}

}  // namespace

void Session::set_sampler(int32_t branch, const SamplerParams& params) {
  if (params.repeat_window < 0 || params.repeat_window > kMaxRepeatWindow) {
    throw Error(Failure::kInvalidArgument,
                "the repeat window must be 0 to " + std::to_string(kMaxRepeatWindow));
  }
  at(branch).sampler.emplace(model_->info().vocabulary_size, params);
}

void Session::set_certainty(int32_t branch, int32_t k) {
  if (k != 0 && (k < 2 || k > model_->info().vocabulary_size)) {
    throw Error(Failure::kInvalidArgument, "certainty among " + std::to_string(k) +
                                               " tokens: it must be 0, or 2 to " +
                                               std::to_string(model_->info().vocabulary_size));
  }
  at(branch).certainty = k;
}

void Session::check_alternatives(int32_t k) const {
  if (k >= 0 && k <= model_->info().vocabulary_size) return;
  throw Error(Failure::kInvalidArgument, std::to_string(k) + " alternatives: it must be 0 to " +
                                             std::to_string(model_->info().vocabulary_size));
}

void Session::set_alternatives(int32_t branch, int32_t k) {
  check_alternatives(k);
  at(branch).alternatives = k;
}

// Appends a branch's next token to its sample; false when generation has ended.
bool Session::choose(Branch& branch, const float* logits, Sample& sample) const {
  Sampler& sampler = *branch.sampler;
  const Choice choice = sampler.next(logits);
  if (model_->is_end_of_generation(choice.token)) {
    sample.finish = Finish::kEnd;
    return false;
  }
  const size_t begin = sample.pieces.bytes.size();
  sample.tokens.push_back(choice.token);
  sample.logprobs.push_back(choice.logprob);
  if (branch.certainty > 0) {
    const int32_t count = model_->info().vocabulary_size;
    sample.certainties.push_back(certainty(logits, count, branch.certainty));
  }
  sample.alternatives_each = branch.alternatives;
  if (branch.alternatives > 0) {
    sample.alternatives.add(logits, model_->info().vocabulary_size, branch.alternatives);
  }
  model_->append_piece(choice.token, sample.pieces);
  sample.stop =
      sampler.stopped_by(sample.pieces.bytes.data() + begin, sample.pieces.bytes.size() - begin);
  return true;
}

// One token on every live branch; the branches that go on. Logits stay in the context, which holds
// those of the last batch only: a branch that leaves takes its own along.
std::vector<Session::Live> Session::sample_step(const std::vector<Live>& live,
                                                std::vector<Sample>& samples) {
  std::vector<const float*> logits;
  for (const Live& one : live) {
    logits.push_back(one.row < 0 ? at(one.branch).logits.data()
                                 : llama_get_logits_ith(context_, one.row));
  }
  std::vector<uint8_t> goes_on(live.size());
  crew_.each(static_cast<int>(live.size()), [&](int i) {
    const Live& one = live[static_cast<size_t>(i)];
    goes_on[i] = choose(at(one.branch), logits[i], samples[one.sample]);
  });
  std::vector<Entry> batch;
  std::vector<Live> chosen;
  for (size_t i = 0; i < live.size(); ++i) {
    const Live& one = live[i];
    if (goes_on[i]) {
      chosen.push_back({one.branch, one.sample, static_cast<int32_t>(batch.size())});
      batch.push_back({one.branch, samples[one.sample].tokens.back(), true});
    } else if (one.row >= 0) {
      take_logits(one.branch, one.row);
    }
  }
  if (batch.empty()) return {};

  const Decoded decoded = decode(batch);
  std::vector<Live> going;
  for (const Live& one : chosen) {
    Sample& sample = samples[one.sample];
    if (decoded != Decoded::kOk) {
      take_back(sample);
      sample.finish = decoded == Decoded::kFull ? Finish::kFull : Finish::kAborted;
    } else if (sample.stop >= 0) {
      take_logits(one.branch, one.row);
      sample.finish = Finish::kStop;
    } else {
      going.push_back(one);
    }
  }
  return going;
}

std::vector<Sample> Session::sample(const std::vector<int32_t>& branches, int32_t max_tokens,
                                    const CaptureRequest& capture) {
  const std::set<int32_t> distinct(branches.begin(), branches.end());
  if (distinct.size() != branches.size()) {
    throw Error(Failure::kInvalidArgument, "a branch is listed twice");
  }
  if (max_tokens < 0 || max_tokens > params_.context_length) {
    throw Error(Failure::kInvalidArgument,
                "max_tokens must be 0 to " + std::to_string(params_.context_length));
  }
  const bool captures = capture.queries != Queries::kNone;
  RowCollector collector(context_, capture);
  std::vector<Live> live;
  std::vector<int32_t> starts;  // an abort may lose a branch, but not what it sampled before
  for (const int32_t branch : branches) {
    const Branch& own = at(branch);
    if (!own.sampler || own.logits.empty()) {
      throw Error(Failure::kInvalidArgument, "branch " + std::to_string(branch) +
                                                 " has no sampler, or no logits to sample from");
    }
    live.push_back({branch, live.size(), -1});
    starts.push_back(own.next());
    if (captures) collector.expect(branch, own.next() + max_tokens);
  }

  std::vector<Sample> samples(branches.size());
  for (int32_t step = 0; step < max_tokens && !live.empty(); ++step) {
    live = sample_step(live, samples);
  }
  for (const Live& one : live) {
    if (one.row >= 0) take_logits(one.branch, one.row);
  }
  for (size_t i = 0; captures && i < samples.size(); ++i) {
    const auto count = static_cast<int32_t>(samples[i].tokens.size());
    samples[i].rows = collector.take(branches[i], count, starts[i] + count);
  }
  if (collector.missed()) {
    throw Error(Failure::kCaptureUnavailable,
                "no attention row that was asked for can be captured (" +
                    model_->info().architecture + ")");
  }
  return samples;
}

}  // namespace engine
