#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attention.h"
#include "crew.h"
#include "job_thread.h"
#include "logits.h"
#include "model.h"
#include "sampler.h"
#include "session_memory.h"
#include "shortlist.h"

struct llama_context;

namespace engine {

class DecodeBatch;

struct SessionParams {
  int32_t context_length = 0;
  int32_t batch_size = 0;
  int32_t branches = 1;
  int32_t threads = 1;
  bool flash_attention = false;
  std::string key_type = "f16";
  std::string value_type = "f16";
  bool offload_cache = true;  // keys and values where their layer is
  // Where logits are reduced to what a draw needs: "device", the one that computed them, "host",
  // which they are all copied to, or "auto": the device where that is not the host.
  std::string sample_on = "auto";
  uint64_t memory_limit = 0;  // bytes; 0: do not check
};

struct SessionInfo {
  int32_t context_length;
  int32_t batch_size;
  int32_t outputs;
  int32_t branches;
  int32_t threads;
  bool flash_attention;
  bool samples_on_device;
  uint64_t cache_bytes;
  uint64_t compute_bytes;
  int32_t used_cells;
  int64_t decodes;
  int64_t decoded_tokens;
  int32_t reused_graphs;
  int64_t shortlists;      // tokens that were chosen without all logits on the host
  double choosing_millis;  // that tokens took from logits that were there
};

enum class Finish { kMore, kEnd, kStop, kAborted, kFull };

struct Sample {
  std::vector<Token> tokens;
  std::vector<float> logprobs;     // shape (tokens)
  std::vector<float> certainties;  // shape (tokens), or empty where they are off
  int32_t alternatives_each = 0;
  Alternatives alternatives;  // shape (tokens, alternatives_each)
  Pieces pieces;
  Finish finish = Finish::kMore;
  int32_t stop = -1;
  std::optional<Rows> rows;
};

// Tokens for the end of a branch.
struct Piece {
  int32_t branch;
  std::vector<Token> tokens;
  Spans spans;
};

// Tokens that were given, as the model finds them.
struct Likelihood {
  std::vector<float> logprobs;  // shape (tokens)
  Alternatives alternatives;    // shape (tokens, as many as asked)
};

// One llama context with branches: sequences that share cells. Not thread-safe: a job holds the
// session with try_begin()/end(), and only abort() may be called meanwhile.
class Session {
 public:
  static std::shared_ptr<Session> open(std::shared_ptr<Model> model, SessionParams params);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool try_begin();
  void end();
  void abort() { aborted_ = true; }
  void close();
  // Runs a job on the session's own thread and waits for it; rethrows what the job throws. Where an
  // assertion of llama.cpp fails in it, session and model are given up (kEngine).
  void on_thread(const std::function<void()>& job);
  bool closed() const { return closed_; }

  SessionInfo info() const;
  SessionBytes bytes() const { return bytes_; }
  const Model& model() const { return *model_; }

  const std::vector<Token>& tokens(int32_t branch) const { return at(branch).tokens; }
  int32_t match(int32_t branch, const std::vector<Token>& tokens) const;
  // `to` becomes the first `length` tokens of `from`: shared cells, nothing is computed.
  void fork(int32_t from, int32_t to, int32_t length);
  // Removes positions [begin, end); what is behind keeps its positions. A recurrent state stays
  // what it is.
  void cut(int32_t branch, int32_t begin, int32_t end);
  // `to` gets the positions [begin, end) of `from` back, of which it holds none.
  void restore(int32_t from, int32_t to, int32_t begin, int32_t end);
  // Moves the cells of a branch together: attention reads up to the highest cell in use.
  void compact(int32_t branch);
  void drop(int32_t branch);

  // Decodes tokens behind a branch, at most batch_size; all of them or, on an error, none.
  std::optional<Rows> extend(int32_t branch, const std::vector<Token>& tokens, bool logits,
                             const CaptureRequest& capture);
  // Decodes pieces of several branches in one batch, together at most batch_size tokens; all of
  // them or, on an error, none. Shape (pieces): the rows of each token of a piece, one for each
  // head, reduced to the piece's own spans; none of a piece without spans.
  std::vector<std::optional<Rows>> extend_many(const std::vector<Piece>& pieces,
                                               const std::vector<HeadRef>& heads);
  // Shape (vocabulary) behind the last token, or empty.
  const std::vector<float>& logits(int32_t branch) { return settle(at(branch)), at(branch).logits; }
  // Extends a branch that has logits, by at most info().outputs tokens; shape (tokens): the
  // log-probability of each behind what is before it, and so many likeliest ones in its place.
  Likelihood likelihood(int32_t branch, const std::vector<Token>& tokens, int32_t alternatives);
  // What a layer that sees the whole context has cached for positions [begin, end), all heads of a
  // position one behind the other: shape (end - begin, width), 0 where a position has no cell.
  std::vector<float> values(int32_t branch, int32_t layer, int32_t begin, int32_t end) const;
  void set_sampler(int32_t branch, const SamplerParams& params);
  // From now on samples of the branch say how sure each was among its k likeliest; 0: not.
  void set_certainty(int32_t branch, int32_t k);
  // From now on samples of the branch have the k likeliest tokens at each position; 0: not.
  void set_alternatives(int32_t branch, int32_t k);
  std::vector<Sample> sample(const std::vector<int32_t>& branches, int32_t max_tokens,
                             const CaptureRequest& capture);

 private:
  struct Branch {
    std::vector<Token> tokens;
    std::vector<int32_t> positions;  // ascending, same length as tokens
    std::vector<float> logits;       // shape (vocabulary) behind the last token, or empty
    int32_t row = -1;                // of the last batch, where its logits still are; -1: nowhere
    std::optional<Sampler> sampler;
    int32_t certainty = 0;     // likeliest tokens that it is taken among; 0: off
    int32_t alternatives = 0;  // likeliest tokens that are handed out; 0: off
    bool stale = false;        // its tokens alone would not make the memory that it has

    int32_t next() const { return positions.empty() ? 0 : positions.back() + 1; }
    bool has_holes() const { return next() != static_cast<int32_t>(positions.size()); }
    bool is_prefix() const { return !stale && !has_holes(); }
    bool has_logits() const { return row >= 0 || !logits.empty(); }
    void forget_logits() { row = -1, logits.clear(); }
  };
  struct Entry {  // one token of a batch
    int32_t branch;
    Token token;
    bool logits;
  };
  struct Live {  // a branch that is being sampled
    int32_t branch;
    size_t sample;  // its index among the results
  };
  // What a branch's next token is chosen by.
  struct Seen {
    const float* logits = nullptr;  // shape (vocabulary), or null
    std::optional<Shortlist> list;
  };
  enum class Chosen { kToken, kEnd, kNothing };  // nothing: the shortlist is too short
  enum class Decoded { kOk, kAborted, kFull };

  Session(std::shared_ptr<Model> model, const SessionParams& params);
  // Decodes two tokens on one thread and forgets them, once a model: what its shapes make an
  // operation assert is thrown here, and ends the process where several threads compute.
  void probe();
  void check_open() const;  // throws kClosed, kEngine
  void check_branch(int32_t branch) const;
  void check_alternatives(int32_t k) const;
  void check_token(Token token) const;
  void check_no_state() const;   // throws kEvictionUnavailable
  void check_has_cells() const;  // throws kEvictionUnavailable
  [[noreturn]] void throw_missed() const;
  void decode_or_throw(const std::vector<Entry>& batch);
  const Branch& at(int32_t branch) const { return check_branch(branch), branches_[branch]; }
  Branch& at(int32_t branch) { return check_branch(branch), branches_[branch]; }
  Decoded decode(const std::vector<Entry>& batch);
  // Fetches the logits of a branch from where they are, before they are lost.
  void settle(Branch& branch);
  bool find_samples_on_device() const;
  bool can_read_shortlist(const Branch& branch) const;
  void reduce_logits(const std::vector<int32_t>& branches);
  Seen see(Branch& branch);
  Chosen choose(Branch& branch, const Seen& seen, Sample& sample) const;
  std::vector<Chosen> choose_all(const std::vector<Live>& live, std::vector<Sample>& samples);
  std::vector<Live> sample_step(const std::vector<Live>& live, std::vector<Sample>& samples);

  std::shared_ptr<Model> model_;
  SessionParams params_;
  llama_context* context_ = nullptr;  // owned, freed in close()
  std::unique_ptr<DecodeBatch> batch_;
  std::vector<Branch> branches_;
  std::atomic<bool> busy_{false};
  std::atomic<bool> aborted_{false};
  std::atomic<bool> closed_{false};
  std::atomic<bool> given_up_{false};  // what the context is, nobody knows
  SessionBytes bytes_{};
  bool samples_on_device_ = false;
  int32_t outputs_ = 0;  // tokens of a batch that may leave their logits
  int64_t decodes_ = 0;
  int64_t decoded_tokens_ = 0;
  int64_t shortlists_ = 0;
  double choosing_millis_ = 0.0;
  Crew crew_;         // samples the branches of a step side by side
  JobThread thread_;  // last: it ends before what its jobs use
};

}  // namespace engine
