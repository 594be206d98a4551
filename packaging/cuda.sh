#!/bin/sh
# Makes the addon for NVIDIA GPUs as it is published, with NVIDIA's wheels as the toolkit (docs/gpu.md):
#   packaging/cuda.sh [--jobs 2]
# CUDAARCHS chooses architectures. On a system newer than glibc 2.28 it ends with that fault, and the
# addon that was made stays: it is good for systems as new as that one.
set -eu
cd "$(dirname "$0")/.."
toolkit=$PWD/build/cuda
if [ ! -d "$toolkit" ]; then
  python3 -m venv "$toolkit"
  # all of one release: a newer nvvm writes PTX that this ptxas refuses
  "$toolkit/bin/pip" install --quiet --no-cache-dir 'nvidia-cuda-nvcc==13.0.*' 'nvidia-nvvm==13.0.*' \
    'nvidia-cuda-crt==13.0.*' 'nvidia-cuda-runtime==13.0.*' 'nvidia-cuda-cccl==13.0.*' 'nvidia-cublas==13.0.*'
fi
# code for each, and what later GPUs compile for themselves
export CUDAARCHS="${CUDAARCHS:-75-real;80-real;86-real;89-real;90-real;120}"
export COT_PRUNE_CUDA_HOME="$toolkit"
exec npm run prebuilt -- --platform linux-x64-cuda "$@"
