#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/session.h"
#include "napi_values.h"

// What sessions take and leave: arguments to plain data, plain data to JavaScript values.

inline std::vector<engine::HeadRef> to_heads(const std::vector<int32_t>& layers,
                                             const std::vector<int32_t>& heads) {
  std::vector<engine::HeadRef> list;
  for (size_t i = 0; i < std::min(layers.size(), heads.size()); ++i) {
    list.push_back({layers[i], heads[i]});
  }
  return list;
}

inline engine::CaptureRequest capture_request(engine::Queries queries,
                                              const std::vector<int32_t>& layers,
                                              const std::vector<int32_t>& heads,
                                              const std::vector<int32_t>& spans,
                                              int32_t tail = -1) {
  engine::CaptureRequest request;
  request.tail = tail;
  request.queries = queries;
  request.heads = to_heads(layers, heads);
  for (size_t i = 0; i + 1 < spans.size(); i += 2) {
    request.spans.push_back({spans[i], spans[i + 1]});
  }
  return request;
}

inline Napi::Value rows_value(Napi::Env env, const std::optional<engine::Rows>& rows) {
  if (!rows) return env.Null();
  Napi::Object object = Napi::Object::New(env);
  object.Set("data", to_value(env, rows->data));
  object.Set("queries", rows->queries);
  object.Set("rows", rows->rows);
  object.Set("length", rows->length);
  object.Set("capturedLayers", to_value(env, rows->captured_layers));
  object.Set("headsPerRow", rows->heads_per_row);
  return object;
}

inline Napi::Value alternatives_value(Napi::Env env, const engine::Alternatives& of) {
  auto object = Napi::Object::New(env);
  object.Set("tokens", to_value(env, of.tokens));
  object.Set("logprobs", to_value(env, of.logprobs));
  return object;
}
