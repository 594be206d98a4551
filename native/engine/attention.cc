#include "attention.h"

#include <llama-attn.h>

#include <algorithm>

#include "error.h"
#include "logits.h"

#ifndef LLAMA_ATTN_EVAL_CALLBACK
#error "llama.cpp is unpatched: apply native/vendor/attention-eval-callback.patch"
#endif

namespace engine {

namespace {

// row: shape (positions); out: shape (length), the sums of the spans and then the tail, 0 on entry
void reduce(const float* row, int32_t positions, const Spans& spans, int32_t tail, float* out,
            int32_t length) {
  const auto count = static_cast<int32_t>(spans.size());
  for (int32_t span = 0; span < count; ++span) {
    const auto [begin, end] = spans[span];
    double sum = 0.0;
    for (int32_t p = begin; p < std::min(end, positions); ++p) sum += row[p];
    out[span] = static_cast<float>(sum);
  }
  if (tail < 0 || tail >= positions) return;
  std::copy_n(row + tail, std::min(positions - tail, length - count), out + count);
}

}  // namespace

void check_spans(const Spans& spans) {
  for (const auto& [begin, end] : spans) {
    if (begin >= 0 && end >= begin) continue;
    throw Error(Failure::kInvalidArgument,
                "span [" + std::to_string(begin) + ", " + std::to_string(end) + ") is no range");
  }
}

int32_t RowCollector::Kept::row_length(int32_t positions) const {
  if (!reduces()) return positions;
  const int32_t behind = tail < 0 ? 0 : std::max(0, positions - tail);
  return static_cast<int32_t>(spans.size()) + behind;
}

RowCollector::RowCollector(llama_context* context, CaptureRequest request)
    : context_(context), request_(std::move(request)) {
  if (request_.queries == Queries::kNone) return;
  check_spans(request_.spans);
  std::vector<llama_attn_head> heads;
  for (const HeadRef& head : request_.heads) heads.push_back({head.layer, head.head});
  const auto queries =
      request_.queries == Queries::kEvery ? LLAMA_ATTN_QUERIES_ALL : LLAMA_ATTN_QUERIES_OUTPUTS;
  if (!llama_set_attn_eval_callback(context_, on_rows, this, queries, heads.data(), heads.size())) {
    throw Error(Failure::kInvalidArgument, "a requested (layer, head) does not exist");
  }
}

RowCollector::~RowCollector() {
  if (request_.queries == Queries::kNone) return;
  llama_set_attn_eval_callback(context_, nullptr, nullptr, LLAMA_ATTN_QUERIES_OUTPUTS, nullptr, 0);
}

void RowCollector::expect(int32_t branch, int32_t length) {
  expect(branch, length, request_.spans, request_.tail);
}

void RowCollector::expect(int32_t branch, int32_t length, Spans spans) {
  expect(branch, length, std::move(spans), -1);
}

void RowCollector::expect(int32_t branch, int32_t length, Spans spans, int32_t tail) {
  Kept& kept = branches_[branch];
  kept.spans = std::move(spans);
  kept.tail = tail;
  kept.rows.rows = request_.heads.empty() ? 1 : static_cast<int32_t>(request_.heads.size());
  kept.rows.length = kept.row_length(length);
}

// Called from llama_decode, so nothing may be thrown but bad_alloc, which ends the job anyway.
void RowCollector::on_rows(const llama_attn_rows* rows, void* user_data) {
  auto* self = static_cast<RowCollector*>(user_data);
  for (Cells& cells : self->cells_) cells.branch = -1;
  for (int32_t query = 0; query < rows->n_queries; ++query) self->add_query(*rows, query);
}

void RowCollector::add_query(const llama_attn_rows& rows, int32_t query) {
  const auto found = branches_.find(rows.seq_id[query]);
  if (found == branches_.end()) return;
  Kept& kept = found->second;
  Rows& out = kept.rows;
  out.captured_layers.assign(rows.layers, rows.layers + rows.n_layers);
  out.heads_per_row = rows.n_summed;

  const size_t size = static_cast<size_t>(out.rows) * out.length;
  out.data.resize((out.queries + size_t{1}) * size);
  float* target = out.data.data() + out.queries * size;
  for (int32_t row = 0; row < rows.n_rows; ++row, target += out.length) {
    const auto& [data, n_kv, kind] = rows.rows[row];
    if (!data) continue;
    const float* own = data + static_cast<size_t>(query) * n_kv;
    const Cells& cells = cells_of(found->first, kind == LLAMA_ATTN_LAYER_WINDOW, n_kv);
    if (kept.reduces()) {
      // nobody looks at what comes later
      const int32_t positions = std::min(cells.end, rows.pos[query] + 1);
      reduce(by_position(own, cells), positions, kept.spans, kept.tail, target, out.length);
      continue;
    }
    for (const Run& run : cells.runs) {
      const int32_t count = std::min(run.count, out.length - run.position);
      if (count > 0) std::copy_n(own + run.cell, count, target + run.position);
    }
  }
  ++out.queries;
}

// Cells are filled in order, so that they are few runs; of a branch that is alone, one.
const RowCollector::Cells& RowCollector::cells_of(int32_t branch, bool window, int32_t count) {
  Cells& cells = cells_[window];
  if (cells.branch == branch) return cells;
  positions_.assign(static_cast<size_t>(count), -1);
  const auto kind = window ? LLAMA_ATTN_LAYER_WINDOW : LLAMA_ATTN_LAYER_FULL;
  llama_attn_cells(context_, kind, branch, positions_.data(), count);
  cells.branch = branch;
  cells.runs.clear();
  cells.end = 0;
  for (int32_t cell = 0; cell < count; ++cell) {
    const int32_t position = positions_[cell];
    if (position < 0) continue;
    cells.end = std::max(cells.end, position + 1);
    Run* last = cells.runs.empty() ? nullptr : &cells.runs.back();
    if (last && last->cell + last->count == cell && last->position + last->count == position) {
      ++last->count;
    } else {
      cells.runs.push_back({cell, position, 1});
    }
  }
  return cells;
}

// shape (cells.end): the row itself where its cells are one run, else a copy that the next call
// overwrites
const float* RowCollector::by_position(const float* row, const Cells& cells) {
  if (cells.runs.size() == 1 && cells.runs[0].position == 0) return row + cells.runs[0].cell;
  by_position_.assign(static_cast<size_t>(cells.end), 0.0f);
  for (const auto& [cell, position, count] : cells.runs) {
    std::copy_n(row + cell, count, by_position_.begin() + position);
  }
  return by_position_.data();
}

Rows RowCollector::take(int32_t branch, int32_t queries, int32_t length) {
  Kept& kept = branches_[branch];
  Rows& rows = kept.rows;
  missed_ = missed_ || rows.queries < queries;
  rows.queries = std::min(rows.queries, queries);
  const int32_t wanted = kept.row_length(length);
  if (wanted < rows.length) {
    // rows move towards the front of the same buffer, never past one that is still to be read
    for (size_t r = 0; r < static_cast<size_t>(rows.queries) * rows.rows; ++r) {
      std::copy_n(rows.data.begin() + r * rows.length, wanted, rows.data.begin() + r * wanted);
    }
    rows.length = wanted;
  }
  rows.data.resize(static_cast<size_t>(rows.queries) * rows.rows * rows.length);
  if (!all_finite(rows.data.data(), rows.data.size())) {
    throw Error(
        Failure::kNotFinite,
        "the model gave attention rows that are no finite numbers: its weights are damaged");
  }
  return std::move(rows);
}

}  // namespace engine
