#pragma once

#include <llama.h>

namespace engine {

// The tokens of one llama_decode, made once: it has an allocation for each token.
class DecodeBatch {
 public:
  explicit DecodeBatch(int32_t capacity) : raw_(llama_batch_init(capacity, 0, 1)) {}
  ~DecodeBatch() { llama_batch_free(raw_); }
  DecodeBatch(const DecodeBatch&) = delete;
  DecodeBatch& operator=(const DecodeBatch&) = delete;

  void clear() { raw_.n_tokens = 0; }
  // At most as many as its capacity.
  void add(llama_token token, llama_pos position, llama_seq_id sequence, bool logits) {
    const int32_t i = raw_.n_tokens++;
    raw_.token[i] = token;
    raw_.pos[i] = position;
    raw_.n_seq_id[i] = 1;
    raw_.seq_id[i][0] = sequence;
    raw_.logits[i] = logits;
  }
  const llama_batch& raw() const { return raw_; }

 private:
  llama_batch raw_;
};

}  // namespace engine
