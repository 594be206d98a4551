#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct ggml_backend;
struct ggml_backend_device;

namespace engine {

class Backend;

// Processes on this or other machines that hold layers (ggml-rpc).
struct RpcServers {
  std::vector<std::string> endpoints;  // HOST:PORT
  int32_t reply_timeout_ms = 0;  // how long one may be silent; 0: as long as its machine is there
};

// Connections to servers, which serve one client at a time: while it lives, nobody else gets in
// between. Weights and caches hold them, too.
class RpcClient {
 public:
  // Throws kRpcServer where a server cannot be had. One that is lost later ends the process, from a
  // thread of ggml's: whoever has servers lives in one that may end.
  explicit RpcClient(const RpcServers& servers);

  // Of all servers, in their order.
  const std::vector<ggml_backend_device*>& devices() const { return devices_; }

 private:
  struct Close {
    void operator()(ggml_backend* backend) const;
  };
  void connect(const std::string& endpoint);

  std::vector<ggml_backend_device*> devices_;
  std::vector<std::unique_ptr<ggml_backend, Close>> held_;
};

// Hands this machine's GPUs, or where it has none its CPU, to one client after another. Returns
// never; throws kServe where it cannot listen.
void rpc_serve(const Backend& backend, const std::string& host, int32_t port, int32_t threads);

// `CUDA0`, or with the address where it is another machine's: `RPC0 10.0.0.2:50052`.
std::string device_label(const ggml_backend_device* device);

}  // namespace engine
