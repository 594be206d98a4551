#pragma once

#include <cstdint>
#include <map>
#include <vector>

struct llama_attn_rows;
struct llama_context;

namespace engine {

enum class Queries { kNone = 0, kOutputs = 1, kEvery = 2 };

struct HeadRef {
  int32_t layer;
  int32_t head;
};

using Spans = std::vector<std::pair<int32_t, int32_t>>;  // position ranges [begin, end)

struct CaptureRequest {
  Queries queries = Queries::kNone;
  std::vector<HeadRef> heads;  // empty: all heads of all layers, summed into one row
  // Not empty: each row is reduced to one sum per span.
  Spans spans;
  // Positions from here on follow behind the sums, one by one; -1: none do.
  int32_t tail = -1;
};

// Throws kInvalidArgument where one of them is no range.
void check_spans(const Spans& spans);

// Rows of one branch, by position or reduced: shape (queries, rows, length), row-major.
struct Rows {
  std::vector<float> data;
  int32_t queries = 0;
  int32_t rows = 0;
  int32_t length = 0;
  std::vector<int32_t> captured_layers;
  int32_t heads_per_row = 1;
};

// Installs the attention eval callback while it lives and turns rows over KV cells into rows over
// positions. Cells are read inside the callback, before any memory operation can move them.
class RowCollector {
 public:
  RowCollector(llama_context* context, CaptureRequest request);
  ~RowCollector();
  RowCollector(const RowCollector&) = delete;
  RowCollector& operator=(const RowCollector&) = delete;

  // Announces a branch whose rows will be kept; `length` bounds the positions it can reach.
  void expect(int32_t branch, int32_t length);
  // The same with spans of its own, and no tail.
  void expect(int32_t branch, int32_t length, Spans spans);
  // Rows of the first `queries` queries, cut to positions [0, length).
  Rows take(int32_t branch, int32_t queries, int32_t length);
  // No row came although some were asked for (the architecture has no hook).
  bool missed() const { return missed_; }

 private:
  static void on_rows(const llama_attn_rows* rows, void* user_data);
  // What is kept of one branch.
  struct Kept {
    Rows rows;
    Spans spans;
    int32_t tail = -1;

    bool reduces() const { return !spans.empty() || tail >= 0; }
    // Numbers in a row whose branch reaches `positions`.
    int32_t row_length(int32_t positions) const;
  };
  // Cells [cell, cell + count) hold positions [position, position + count).
  struct Run {
    int32_t cell;
    int32_t position;
    int32_t count;
  };
  // The cells that a row is over, as a branch sees them.
  struct Cells {
    int32_t branch = -1;  // -1: not read in this callback
    std::vector<Run> runs;
    int32_t end = 0;  // behind the last position
  };

  void expect(int32_t branch, int32_t length, Spans spans, int32_t tail);
  void add_query(const llama_attn_rows& rows, int32_t query);
  const Cells& cells_of(int32_t branch, bool window, int32_t count);
  const float* by_position(const float* row, const Cells& cells);

  llama_context* context_;
  CaptureRequest request_;
  bool missed_ = false;
  std::map<int32_t, Kept> branches_;
  Cells cells_[2];                  // of the whole context, and of sliding windows
  std::vector<int32_t> positions_;  // shape (cells), scratch
  std::vector<float> by_position_;  // shape (positions), scratch for spans
};

}  // namespace engine
