#!/usr/bin/env bash
# Builds cot-prune with CUDA on this machine and runs its GPU trials; no network is needed.
#
#   bash run.sh [--quick] OUT
#
# Needs Linux on x64 with nvcc 13 and cuBLAS, CMake, ninja or make and a C++17 compiler; Python with
# torch and transformers for the comparison with them, which is skipped without. Ends within 25
# minutes (--quick: 9) and leaves results.json and summary.md in OUT, also when it is interrupted.
# A second call reuses the build. CUDA is looked for in COT_PRUNE_CUDA_HOME, on PATH, in
# /usr/local/cuda and in the NVIDIA wheels of python3; without a GPU it is a dry run on the CPU.
set -euo pipefail

quick=()
seconds=1440
if [ "${1:-}" = --quick ]; then
  quick=(--quick)
  seconds=500
  shift
fi
if [ $# -ne 1 ]; then
  echo "usage: bash $0 [--quick] OUT" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
work=${COT_PRUNE_KIT_WORK:-$here/work}
mkdir -p "$1" "$work"
out=$(cd "$1" && pwd)

if [ ! -e "$work/unpacked" ]; then
  tar -xzf "$here/kit.tar.gz" -C "$work"
  touch "$work/unpacked"
fi
export PATH="$work/node:$PATH:/usr/local/cuda/bin"

if nvidia-smi -L >"$out/gpus.txt" 2>&1; then
  cuda=on
  wheels=$(python3 -c 'import nvidia; print(list(nvidia.__path__)[0] + "/..")' 2>/dev/null || true)
  export COT_PRUNE_CUDA_HOME="${COT_PRUNE_CUDA_HOME:-}:$wheels"
else
  cuda=off
  echo "no GPU was found (nvidia-smi): a dry run on the CPU" >&2
fi
export COT_PRUNE_CUDA=${COT_PRUNE_CUDA:-$cuda}

cd "$work"
if [ -n "${COT_PRUNE_KIT_BUILT:-}" ]; then
  echo "not built: work/build has what is to be tried" | tee "$out/build.log" >&2
elif ! timeout "$seconds" node native/install.mjs --from-source --dev 2>&1 | tee "$out/build.log" >&2; then
  cp build/*.log "$out" 2>/dev/null || true
  echo "the build failed or ran out of time; see $out" >&2
  exit 1
fi
echo "built in $SECONDS s" | tee -a "$out/build.log" >&2
node "$(node -p "require('./package.json').bin['cot-prune']")" info | tee "$out/info.txt"
node test/gpu/run.mjs "${quick[@]}" --seconds "$((seconds - SECONDS))" --out "$out"
