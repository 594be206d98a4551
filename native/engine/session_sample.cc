// The sampling loop: the part of Session that runs once per token.
#include <llama-logits.h>
#include <llama.h>

#include <algorithm>
#include <chrono>
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

// Jobs other than sampling find all logits on the host.
struct Unreduced {
  llama_context* context;
  ~Unreduced() { llama_set_logits_reduced(context, 0); }
};

}  // namespace

bool Session::find_samples_on_device() const {
  const std::string& where = params_.sample_on;
  return where == "device" || (where == "auto" && llama_logits_on_device(context_));
}

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

void Session::settle(Branch& branch) {
  if (branch.row < 0) return;
  const auto count = static_cast<size_t>(model_->info().vocabulary_size);
  branch.logits.resize(count);
  if (!llama_get_logits_whole_ith(context_, branch.row, branch.logits.data())) {
    const float* logits = llama_get_logits_ith(context_, branch.row);
    std::copy(logits, logits + count, branch.logits.begin());
  }
  branch.row = -1;
}

bool Session::can_read_shortlist(const Branch& branch) const {
  const bool alone = branch.certainty == 0 && branch.alternatives == 0;
  return alone && branch.sampler && branch.sampler->reads_shortlists();
}

// From now on decoding leaves shortlists, where any of the branches can be chosen by one.
void Session::reduce_logits(const std::vector<int32_t>& branches) {
  if (!samples_on_device_) return;
  bool any = false;
  for (const int32_t branch : branches) {
    any |= can_read_shortlist(at(branch));
    llama_set_logits_scale(context_, branch, at(branch).sampler->scale());
  }
  llama_set_logits_reduced(context_, any ? kShortlistBlocks : 0);
}

// What is there to choose by, as little as will do.
Session::Seen Session::see(Branch& branch) {
  if (branch.row < 0) return {branch.logits.data(), std::nullopt};
  llama_logits_reduced reduced;
  if (!llama_get_logits_reduced_ith(context_, branch.row, &reduced)) {
    return {llama_get_logits_ith(context_, branch.row), std::nullopt};
  }
  if (can_read_shortlist(branch)) {
    const auto list =
        Shortlist::of(reduced, model_->info().vocabulary_size, branch.sampler->scale());
    if (list) return {nullptr, list};
  }
  settle(branch);
  return {branch.logits.data(), std::nullopt};
}

// Appends a branch's next token to its sample.
Session::Chosen Session::choose(Branch& branch, const Seen& seen, Sample& sample) const {
  Sampler& sampler = *branch.sampler;
  const std::optional<Choice> choice =
      seen.list ? sampler.next(*seen.list) : std::optional(sampler.next(seen.logits));
  if (!choice) return Chosen::kNothing;
  if (model_->is_end_of_generation(choice->token)) {
    sample.finish = Finish::kEnd;
    return Chosen::kEnd;
  }
  const size_t begin = sample.pieces.bytes.size();
  sample.tokens.push_back(choice->token);
  sample.logprobs.push_back(choice->logprob);
  if (branch.certainty > 0) {
    const int32_t count = model_->info().vocabulary_size;
    sample.certainties.push_back(certainty(seen.logits, count, branch.certainty));
  }
  sample.alternatives_each = branch.alternatives;
  if (branch.alternatives > 0) {
    sample.alternatives.add(seen.logits, model_->info().vocabulary_size, branch.alternatives);
  }
  model_->append_piece(choice->token, sample.pieces);
  sample.stop =
      sampler.stopped_by(sample.pieces.bytes.data() + begin, sample.pieces.bytes.size() - begin);
  return Chosen::kToken;
}

// The branches side by side; those whose shortlist is too short once more, by all logits.
std::vector<Session::Chosen> Session::choose_all(const std::vector<Live>& live,
                                                 std::vector<Sample>& samples) {
  llama_synchronize(context_);  // what is still to be computed is no choosing
  const auto start = std::chrono::steady_clock::now();
  std::vector<Seen> seen;
  for (const Live& one : live) seen.push_back(see(at(one.branch)));
  std::vector<Chosen> chosen(live.size(), Chosen::kNothing);
  const auto choose_each = [&] {
    crew_.each(static_cast<int>(live.size()), [&](int i) {
      if (chosen[i] != Chosen::kNothing) return;
      const Live& one = live[static_cast<size_t>(i)];
      chosen[i] = choose(at(one.branch), seen[i], samples[one.sample]);
    });
  };
  choose_each();
  bool again = false;
  for (size_t i = 0; i < live.size(); ++i) {
    if (chosen[i] != Chosen::kNothing) {
      shortlists_ += seen[i].list.has_value();
      continue;
    }
    Branch& own = at(live[i].branch);
    settle(own);
    seen[i] = {own.logits.data(), std::nullopt};
    again = true;
  }
  if (again) choose_each();
  choosing_millis_ +=
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return chosen;
}

// One token on every live branch; the branches that go on. Their logits stay in the context.
std::vector<Session::Live> Session::sample_step(const std::vector<Live>& live,
                                                std::vector<Sample>& samples) {
  const std::vector<Chosen> chosen = choose_all(live, samples);
  std::vector<Entry> batch;
  std::vector<Live> decoding;
  for (size_t i = 0; i < live.size(); ++i) {
    if (chosen[i] != Chosen::kToken) continue;
    const Live& one = live[i];
    decoding.push_back(one);
    batch.push_back({one.branch, samples[one.sample].tokens.back(), true});
    at(one.branch).row = -1;  // used up
  }
  if (batch.empty()) return {};

  const Decoded decoded = decode(batch);
  std::vector<Live> going;
  for (size_t i = 0; i < decoding.size(); ++i) {
    const Live& one = decoding[i];
    Sample& sample = samples[one.sample];
    if (decoded != Decoded::kOk) {
      take_back(sample);
      sample.finish = decoded == Decoded::kFull ? Finish::kFull : Finish::kAborted;
      continue;
    }
    at(one.branch).row = static_cast<int32_t>(i);
    if (sample.stop >= 0) {
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
    if (!own.sampler || !own.has_logits()) {
      throw Error(Failure::kInvalidArgument, "branch " + std::to_string(branch) +
                                                 " has no sampler, or no logits to sample from");
    }
    live.push_back({branch, live.size()});
    starts.push_back(own.next());
    if (captures) collector.expect(branch, own.next() + max_tokens);
  }

  reduce_logits(branches);
  const Unreduced unreduced{context_};
  std::vector<Sample> samples(branches.size());
  for (int32_t step = 0; step < max_tokens && !live.empty(); ++step) {
    live = sample_step(live, samples);
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
