#include "rpc.h"

#include <ggml-backend.h>
#include <ggml-rpc.h>

#include <cstdio>

#include "backend.h"
#include "containment.h"
#include "error.h"

namespace engine {

RpcClient::RpcClient(const RpcServers& servers) {
  if (!servers.endpoints.empty()) ggml_backend_rpc_set_reply_timeout(servers.reply_timeout_ms);
  for (const std::string& endpoint : servers.endpoints) connect(endpoint);
}

void RpcClient::Close::operator()(ggml_backend_t backend) const {
  ggml_backend_free(backend);
}

void RpcClient::connect(const std::string& endpoint) {
  // one that does not answer, or in another version, is an assertion of ggml's
  const Containment inside;
  std::string why = "it has no device";
  try {
    held_.emplace_back(ggml_backend_rpc_init(endpoint.c_str(), 0));
    ggml_backend_reg_t server = ggml_backend_rpc_add_server(endpoint.c_str());
    const size_t count = server ? ggml_backend_reg_dev_count(server) : 0;
    for (size_t i = 0; i < count; ++i) devices_.push_back(ggml_backend_reg_dev_get(server, i));
    if (count > 0) return;
  } catch (const Abort& abort) {
    why = abort.what();
    why.erase(why.find_last_not_of(" \n") + 1);
  }
  throw Error(Failure::kRpcServer, "the RPC server " + endpoint + ": " + why);
}

void rpc_serve(const Backend& backend, const std::string& host, int32_t port, int32_t threads) {
  std::vector<ggml_backend_dev_t> devices = backend.gpus();
  if (devices.empty()) devices.push_back(ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU));
  const std::string endpoint = host + ":" + std::to_string(port);
  const Containment inside;
  for (bool again = true; again;) {
    again = false;
    try {
      ggml_backend_rpc_start_server(endpoint.c_str(), nullptr, static_cast<size_t>(threads),
                                    devices.size(), devices.data());
    } catch (const Abort& abort) {
      // a request that no client of ours makes; what was allocated for it is freed
      std::fprintf(stderr, "a client was dropped: %s\n", abort.what());
      again = true;
    }
  }
  throw Error(Failure::kServe, "nothing can be served on " + endpoint +
                                   ": another process listens there, or it is no address of "
                                   "this machine");
}

std::string device_label(const ggml_backend_device* device) {
  if (!device) return "CPU";
  auto* dev = const_cast<ggml_backend_dev_t>(device);
  const std::string name = ggml_backend_dev_name(dev);
  const bool is_remote = ggml_backend_dev_backend_reg(dev) == ggml_backend_rpc_reg();
  return is_remote ? name + " " + ggml_backend_dev_description(dev) : name;
}

}  // namespace engine
