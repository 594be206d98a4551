#include "session.h"

#include <llama-attn.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "containment.h"
#include "decode_batch.h"
#include "error.h"
#include "session_memory.h"

namespace engine {

namespace {

constexpr int32_t kMaxBranches = 256;  // LLAMA_MAX_SEQ

bool is_set(void* flag) {
  return static_cast<std::atomic<bool>*>(flag)->load();
}

[[noreturn]] void invalid(const std::string& message) {
  throw Error(Failure::kInvalidArgument, message);
}

}  // namespace

std::shared_ptr<Session> Session::open(std::shared_ptr<Model> model, SessionParams params) {
  if (params.context_length < 1 || params.batch_size < 1 || params.threads < 1) {
    invalid("context length, batch size and threads must be at least 1");
  }
  if (params.branches < 1 || params.branches > kMaxBranches) {
    invalid("branches must be 1 to " + std::to_string(kMaxBranches));
  }
  if (params.sample_on != "auto" && params.sample_on != "device" && params.sample_on != "host") {
    invalid("sampling is on the device, the host or auto, not " + params.sample_on);
  }
  model->check_usable();
  // one step of all branches is one batch
  params.batch_size = std::max(params.batch_size, params.branches);
  check_session_memory(model->info(), params, model->free_gpu_memory());
  return std::shared_ptr<Session>(new Session(std::move(model), params));
}

Session::Session(std::shared_ptr<Model> model, const SessionParams& params)
    : model_(std::move(model)),
      params_(params),
      branches_(static_cast<size_t>(params.branches)),
      crew_(params.threads) {
  llama_context_params context = llama_context_default_params();
  context.n_ctx = static_cast<uint32_t>(params.context_length);
  context.n_batch = context.n_ubatch = static_cast<uint32_t>(params.batch_size);
  context.n_seq_max = static_cast<uint32_t>(params.branches);
  // a batch that asks for more outputs than this aborts the process
  outputs_ = max_outputs(model_->info(), params);
  context.n_outputs_max = context.n_outputs_max_per_seq = static_cast<uint32_t>(outputs_);
  context.n_threads = context.n_threads_batch = params.threads;
  context.flash_attn_type =
      params.flash_attention ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
  context.type_k = static_cast<ggml_type>(cache_type(params.key_type));
  context.type_v = static_cast<ggml_type>(cache_type(params.value_type));
  context.offload_kqv = params.offload_cache;
  context.kv_unified = true;  // forks share cells; rows of all branches have one cell order
  context.swa_full = true;    // sliding layers keep all cells, so that any prefix can be forked
  context.no_perf = true;
  context.abort_callback = is_set;
  context.abort_callback_data = &aborted_;

  const uint64_t mark = model_->backend()->log_mark();
  const Containment inside;
  context_ = llama_init_from_model(model_->raw(), context);
  if (!context_) {
    if (!inside.message().empty()) {
      throw Error(Failure::kModelFormat,
                  "llama.cpp can make no context of this model: " + inside.message());
    }
    throw Error(Failure::kContextCreate,
                "no context could be made: " + model_->backend()->log_since(mark));
  }
  params_.context_length = static_cast<int32_t>(llama_n_ctx(context_));
  params_.batch_size = static_cast<int32_t>(llama_n_batch(context_));
  batch_ = std::make_unique<DecodeBatch>(params_.batch_size);
  bytes_ = estimate_session_bytes(model_->info(), params_);
  samples_on_device_ = find_samples_on_device();
  probe();
}

Session::~Session() {
  close();
}

void Session::close() {
  if (closed_.exchange(true)) return;
  if (given_up_) return;
  llama_free(context_);
  context_ = nullptr;
  branches_.clear();
#if defined(__GLIBC__)
  // glibc keeps freed compute buffers in its arenas: hundreds of sessions would hold gigabytes
  malloc_trim(0);
#endif
}

bool Session::try_begin() {
  if (busy_.exchange(true)) return false;
  aborted_ = false;  // an abort is for the job that runs, never for the next one
  return true;
}

void Session::end() {
  busy_ = false;
}

SessionInfo Session::info() const {
  check_open();
  std::vector<int32_t> positions(static_cast<size_t>(params_.context_length));
  std::vector<bool> used(positions.size());
  for (int32_t branch = 0; branch < params_.branches; ++branch) {
    if (branches_[branch].tokens.empty()) continue;
    const int32_t count =
        llama_attn_cells(context_, LLAMA_ATTN_LAYER_FULL, branch, positions.data(),
                         static_cast<int32_t>(positions.size()));
    for (int32_t i = 0; i < std::min(count, params_.context_length); ++i) {
      if (positions[i] >= 0) used[i] = true;
    }
  }
  return {params_.context_length,
          params_.batch_size,
          outputs_,
          params_.branches,
          params_.threads,
          params_.flash_attention,
          samples_on_device_,
          bytes_.cache,
          bytes_.compute,
          static_cast<int32_t>(std::count(used.begin(), used.end(), true)),
          decodes_,
          decoded_tokens_,
          llama_perf_context(context_).n_reused,
          shortlists_,
          choosing_millis_};
}

void Session::check_branch(int32_t branch) const {
  check_open();
  if (branch < 0 || branch >= params_.branches) {
    invalid("branch " + std::to_string(branch) + " does not exist: the session has " +
            std::to_string(params_.branches));
  }
}

void Session::check_token(Token token) const {
  if (model_->has_token(token)) return;
  invalid("token " + std::to_string(token) + " is not in the vocabulary of " +
          std::to_string(model_->info().vocabulary_size));
}

int32_t Session::match(int32_t branch, const std::vector<Token>& tokens) const {
  const Branch& own = at(branch);
  if (!own.is_prefix()) return 0;
  const auto limit = static_cast<int64_t>(std::min(own.tokens.size(), tokens.size()));
  const auto end = own.tokens.begin() + limit;
  return static_cast<int32_t>(std::mismatch(own.tokens.begin(), end, tokens.begin()).first -
                              own.tokens.begin());
}

void Session::fork(int32_t from, int32_t to, int32_t length) {
  Branch& source = at(from);
  if (from == to) invalid("a branch cannot be forked onto itself");
  if (length < 0 || length > static_cast<int32_t>(source.tokens.size())) {
    invalid("fork of " + std::to_string(length) + " tokens from a branch of " +
            std::to_string(source.tokens.size()));
  }
  const bool whole = length == static_cast<int32_t>(source.tokens.size());
  if (!whole && length > 0) check_no_state();
  drop(to);
  if (length == 0) return;
  llama_memory_t memory = llama_get_memory(context_);
  llama_memory_seq_cp(memory, from, to, -1, -1);
  if (!whole) llama_memory_seq_rm(memory, to, source.positions[length], -1);
  Branch& target = at(to);
  target.tokens.assign(source.tokens.begin(), source.tokens.begin() + length);
  target.positions.assign(source.positions.begin(), source.positions.begin() + length);
  if (whole) target.logits = logits(from);
  target.stale = source.stale;
}

void Session::check_no_state() const {
  if (!model_->info().recurrent) return;
  // llama.cpp would leave the state as it is in some cases, and say nothing
  throw Error(Failure::kEvictionUnavailable,
              "the memory of this model is a state of all tokens (it is recurrent, at least in "
              "part): it has no beginning that could be shared");
}

void Session::check_has_cells() const {
  if (!model_->info().recurrent || model_->info().hybrid) return;
  throw Error(Failure::kEvictionUnavailable,
              "the memory of this model has no single tokens (it is recurrent)");
}

void Session::cut(int32_t branch, int32_t begin, int32_t end) {
  Branch& own = at(branch);
  if (begin < 0 || end < begin) {
    invalid("cut of positions [" + std::to_string(begin) + ", " + std::to_string(end) + ")");
  }
  const auto first = std::lower_bound(own.positions.begin(), own.positions.end(), begin);
  const auto last = std::lower_bound(first, own.positions.end(), end);
  if (first == last) return;
  const bool whole = first == own.positions.begin() && last == own.positions.end();
  if (!whole) check_has_cells();
  if (last == own.positions.end()) own.forget_logits();
  const bool keeps_state = !whole && model_->info().hybrid;
  const bool removed = keeps_state
                           ? llama_attn_seq_rm(context_, branch, begin, end)
                           : llama_memory_seq_rm(llama_get_memory(context_), branch, begin, end);
  if (!removed) {
    throw Error(Failure::kDecode, "this model's memory cannot drop part of a sequence");
  }
  const auto token = own.tokens.begin() + (first - own.positions.begin());
  own.tokens.erase(token, token + (last - first));
  own.positions.erase(first, last);
  own.stale = keeps_state || (own.stale && !whole);
}

void Session::restore(int32_t from, int32_t to, int32_t begin, int32_t end) {
  const Branch& source = at(from);
  Branch& target = at(to);
  if (from == to) invalid("a branch cannot be restored from itself");
  if (begin < 0 || end < begin) {
    invalid("restore of positions [" + std::to_string(begin) + ", " + std::to_string(end) + ")");
  }
  const auto first = std::lower_bound(source.positions.begin(), source.positions.end(), begin);
  const auto last = std::lower_bound(first, source.positions.end(), end);
  if (first == last) return;
  const auto there = std::lower_bound(target.positions.begin(), target.positions.end(), begin);
  if (there == target.positions.end()) invalid("positions can only be restored before later ones");
  if (*there < end) invalid("position " + std::to_string(*there) + " is in the branch already");
  // a state must not go back to what it was
  if (model_->info().hybrid) {
    llama_attn_seq_cp(context_, from, to, begin, end);
  } else {
    llama_memory_seq_cp(llama_get_memory(context_), from, to, begin, end);
  }
  const auto offset = there - target.positions.begin();
  const auto token = source.tokens.begin() + (first - source.positions.begin());
  target.tokens.insert(target.tokens.begin() + offset, token, token + (last - first));
  target.stale = true;  // what was decoded meanwhile has not seen it
  target.positions.insert(there, first, last);
}

void Session::compact(int32_t branch) {
  const Branch& own = at(branch);
  for (int32_t other = 0; other < params_.branches; ++other) {
    if (other != branch && !branches_[other].tokens.empty()) {
      invalid("branch " + std::to_string(other) + " holds cells, too");
    }
  }
  if (own.tokens.empty()) return;
  std::vector<uint8_t> state(llama_state_seq_get_size(context_, branch));
  const size_t size = llama_state_seq_get_data(context_, state.data(), state.size(), branch);
  llama_memory_seq_rm(llama_get_memory(context_), branch, -1, -1);
  if (size == 0 || llama_state_seq_set_data(context_, state.data(), size, branch) == 0) {
    drop(branch);
    throw Error(Failure::kDecode, "the cache could not be packed; the branch is lost");
  }
}

void Session::drop(int32_t branch) {
  Branch& own = at(branch);
  llama_memory_seq_rm(llama_get_memory(context_), branch, -1, -1);
  own = Branch();
}

void Session::decode_or_throw(const std::vector<Entry>& batch) {
  switch (decode(batch)) {
    case Decoded::kAborted:
      throw Error(Failure::kAborted, "decoding was aborted");
    case Decoded::kFull:
      throw Error(Failure::kContextFull, "no room for " + std::to_string(batch.size()) +
                                             " more tokens in a context of " +
                                             std::to_string(params_.context_length) + " cells");
    case Decoded::kOk:
      return;
  }
}

// Everything that llama_decode would assert on is checked here, before it.
Session::Decoded Session::decode(const std::vector<Entry>& batch) {
  batch_->clear();
  std::vector<int32_t> ahead(branches_.size(), 0);
  for (const Entry& one : batch) {
    check_token(one.token);
    batch_->add(one.token, at(one.branch).next() + ahead[one.branch]++, one.branch, one.logits);
  }
  const llama_batch& raw = batch_->raw();
  for (Branch& branch : branches_) settle(branch);
  const uint64_t mark = model_->backend()->log_mark();
  const int32_t status = llama_decode(context_, raw);
  if (status == 1) return Decoded::kFull;
  if (status != 0) {
    // ubatches that were finished before are in the cache: take them out again
    for (size_t branch = 0; branch < ahead.size(); ++branch) {
      const auto id = static_cast<llama_seq_id>(branch);
      if (!ahead[branch]) continue;
      // a state that was half changed is lost, and its branch with it
      if (!llama_memory_seq_rm(llama_get_memory(context_), id, branches_[branch].next(), -1)) {
        drop(id);
      }
    }
    if (status == 2) return Decoded::kAborted;
    throw Error(Failure::kDecode, "llama_decode returned " + std::to_string(status) + ": " +
                                      model_->backend()->log_since(mark));
  }
  ++decodes_;
  decoded_tokens_ += raw.n_tokens;
  for (size_t i = 0; i < batch.size(); ++i) {
    Branch& branch = at(batch[i].branch);
    branch.tokens.push_back(raw.token[i]);
    branch.positions.push_back(raw.pos[i]);
    branch.forget_logits();
  }
  return Decoded::kOk;
}

}  // namespace engine
