// What the engine decides about GPUs, on machines that have none: the oracle is arithmetic.
//
//   placement GPU_LAYERS MAIN_GPU SPLIT GPUS INPUT OUTPUT LAYER...
//
// SPLIT and GPUS are lists with commas, `-` is the empty one; a GPU is FREE/TOTAL. All sizes are in
// MiB. Prints the number of layers that go to GPUs, or the error's code and message.
#include "../../native/engine/placement.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "../../native/engine/error.h"

namespace {

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text == "-" ? "" : text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

uint64_t Mebibytes(const std::string& text) {
  return std::strtoull(text.c_str(), nullptr, 10) << 20;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() < 7) {
    std::fputs("usage: placement GPU_LAYERS MAIN_GPU SPLIT GPUS INPUT OUTPUT LAYER...\n", stderr);
    return EXIT_FAILURE;
  }
  engine::Placement placement;
  placement.gpu_layers = std::atoi(args[0].c_str());
  placement.main_gpu = std::atoi(args[1].c_str());
  for (const std::string& share : Split(args[2], ',')) {
    placement.tensor_split.push_back(std::strtof(share.c_str(), nullptr));
  }
  std::vector<engine::GpuMemory> gpus;
  for (const std::string& gpu : Split(args[3], ',')) {
    const std::vector<std::string> memory = Split(gpu, '/');
    gpus.push_back({Mebibytes(memory.at(0)), Mebibytes(memory.at(1))});
  }
  engine::WeightBytes weights;
  weights.input = Mebibytes(args[4]);
  weights.output = Mebibytes(args[5]);
  for (size_t i = 6; i < args.size(); ++i) weights.layers.push_back(Mebibytes(args[i]));
  try {
    std::printf("%d\n", engine::resolve_gpu_layers(weights, placement, gpus));
  } catch (const engine::Error& error) {
    std::printf("%s %s\n", error.code(), error.what());
  }
  return EXIT_SUCCESS;
}
