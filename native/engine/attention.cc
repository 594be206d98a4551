#include "attention.h"

#include <llama-attn.h>

#include <algorithm>

#include "error.h"

#ifndef LLAMA_ATTN_EVAL_CALLBACK
#error "llama.cpp is unpatched: apply native/vendor/attention-eval-callback.patch"
#endif

namespace engine {

int32_t CaptureRequest::row_length(int32_t positions) const {
  if (!reduces()) return positions;
  const int32_t behind = tail < 0 ? 0 : std::max(0, positions - tail);
  return static_cast<int32_t>(spans.size()) + behind;
}

RowCollector::RowCollector(llama_context* context, CaptureRequest request)
    : context_(context), request_(std::move(request)) {
  if (request_.queries == Queries::kNone) return;
  for (const auto& [begin, end] : request_.spans) {
    if (begin < 0 || end < begin) {
      throw Error(Failure::kInvalidArgument,
                  "span [" + std::to_string(begin) + ", " + std::to_string(end) + ") is no range");
    }
  }
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
  Rows& rows = branches_[branch];
  rows.rows = request_.heads.empty() ? 1 : static_cast<int32_t>(request_.heads.size());
  rows.length = request_.row_length(length);
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
  Rows& out = found->second;
  out.captured_layers.assign(rows.layers, rows.layers + rows.n_layers);
  out.heads_per_row = rows.n_summed;

  const size_t size = static_cast<size_t>(out.rows) * out.length;
  out.data.resize((out.queries + size_t{1}) * size);
  float* target = out.data.data() + out.queries * size;
  for (int32_t row = 0; row < rows.n_rows; ++row, target += out.length) {
    const auto& [data, n_kv, kind] = rows.rows[row];
    if (!data) continue;
    const Cells& cells = cells_of(found->first, kind == LLAMA_ATTN_LAYER_WINDOW, n_kv);
    place(data + static_cast<size_t>(query) * n_kv, cells, target, out.length);
  }
  ++out.queries;
}

const RowCollector::Cells& RowCollector::cells_of(int32_t branch, bool window, int32_t count) {
  Cells& cells = cells_[window];
  if (cells.branch == branch) return cells;
  std::vector<int32_t>& positions = cells.positions;
  positions.assign(static_cast<size_t>(count), -1);
  const auto kind = window ? LLAMA_ATTN_LAYER_WINDOW : LLAMA_ATTN_LAYER_FULL;
  llama_attn_cells(context_, kind, branch, positions.data(), count);
  cells.branch = branch;
  // cells are filled in order, so that most of the time a row by cell is one by position
  const auto last =
      std::find_if(positions.rbegin(), positions.rend(), [](int32_t p) { return p >= 0; });
  cells.in_order = static_cast<int32_t>(positions.rend() - last);
  for (int32_t cell = 0; cell < cells.in_order; ++cell) {
    if (positions[cell] == cell) continue;
    cells.in_order = -1;
    break;
  }
  return cells;
}

// out: shape (length), zero on entry
void RowCollector::place(const float* row, const Cells& cells, float* out, int32_t length) {
  const bool reduces = request_.reduces();
  if (cells.in_order >= 0) {
    if (reduces) {
      reduce(row, cells.in_order, out, length);
    } else {
      std::copy_n(row, std::min(length, cells.in_order), out);
    }
    return;
  }
  const std::vector<int32_t>& positions = cells.positions;
  if (reduces) {
    const int32_t last = *std::max_element(positions.begin(), positions.end());
    by_position_.assign(static_cast<size_t>(last) + 1, 0.0f);
  }
  float* target = reduces ? by_position_.data() : out;
  const int32_t limit = reduces ? static_cast<int32_t>(by_position_.size()) : length;
  for (size_t cell = 0; cell < positions.size(); ++cell) {
    if (positions[cell] >= 0 && positions[cell] < limit) target[positions[cell]] = row[cell];
  }
  if (reduces) reduce(target, limit, out, length);
}

// row: shape (positions)
void RowCollector::reduce(const float* row, int32_t positions, float* out, int32_t length) const {
  const auto spans = static_cast<int32_t>(request_.spans.size());
  for (int32_t span = 0; span < spans; ++span) {
    const auto [begin, end] = request_.spans[span];
    double sum = 0.0;
    for (int32_t p = begin; p < std::min(end, positions); ++p) sum += row[p];
    out[span] = static_cast<float>(sum);
  }
  if (request_.tail < 0 || request_.tail >= positions) return;
  std::copy_n(row + request_.tail, std::min(positions - request_.tail, length - spans),
              out + spans);
}

Rows RowCollector::take(int32_t branch, int32_t queries, int32_t length) {
  Rows& rows = branches_[branch];
  missed_ = missed_ || rows.queries < queries;
  rows.queries = std::min(rows.queries, queries);
  const int32_t wanted = request_.row_length(length);
  if (wanted < rows.length) {
    // rows move towards the front of the same buffer, never past one that is still to be read
    for (size_t r = 0; r < static_cast<size_t>(rows.queries) * rows.rows; ++r) {
      std::copy_n(rows.data.begin() + r * rows.length, wanted, rows.data.begin() + r * wanted);
    }
    rows.length = wanted;
  }
  rows.data.resize(static_cast<size_t>(rows.queries) * rows.rows * rows.length);
  return std::move(rows);
}

}  // namespace engine
