# ggml's CUDA backend: whether it is built, with which toolkit, for which architectures.
execute_process(
  COMMAND "${COT_PRUNE_NODE}" "${CMAKE_CURRENT_LIST_DIR}/toolkit.mjs"
  OUTPUT_VARIABLE cuda)
string(JSON cuda_error ERROR_VARIABLE no_error GET "${cuda}" error)
if(no_error STREQUAL "NOTFOUND")
  message(FATAL_ERROR "cot-prune: ${cuda_error}")
endif()
string(JSON cuda_enabled GET "${cuda}" enabled)
set(GGML_CUDA ${cuda_enabled} CACHE BOOL "" FORCE)
if(NOT GGML_CUDA)
  string(JSON cuda_reason GET "${cuda}" reason)
  message(STATUS "cot-prune: without CUDA (${cuda_reason})")
  return()
endif()

string(JSON cuda_toolkit GET "${cuda}" toolkit)
string(JSON cuda_include GET "${cuda}" include)
string(JSON cuda_architectures GET "${cuda}" architectures)
message(STATUS "cot-prune: with CUDA from ${cuda_toolkit} for ${cuda_architectures}")
set(CMAKE_CUDA_COMPILER "${cuda_toolkit}/bin/nvcc")
set(CUDAToolkit_ROOT "${cuda_toolkit}")
set(CMAKE_CUDA_ARCHITECTURES "${cuda_architectures}")
if(NOT EXISTS "${cuda_toolkit}/include/cublas_v2.h")
  include_directories(SYSTEM "${cuda_include}")  # cuBLAS is that of another toolkit
endif()
# the kernels of the cache types that flash attention is documented for; each more takes minutes
set(GGML_CUDA_FA_QUANTS "f16-f16;q8_0-q8_0" CACHE STRING "" FORCE)
set(GGML_CUDA_NCCL OFF CACHE BOOL "" FORCE)
# virtual memory management links the driver, and the addon would not load where there is none
set(GGML_CUDA_NO_VMM ON CACHE BOOL "" FORCE)
enable_language(CUDA)
if(COT_PRUNE_CPU_VARIANTS)
  # a package is loaded on other machines: from where toolkits are put, or LD_LIBRARY_PATH
  string(REGEX MATCH "^[0-9]+" cuda_major "${CMAKE_CUDA_COMPILER_VERSION}")
  set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
  set(CMAKE_INSTALL_RPATH "$ORIGIN;/usr/local/cuda-${cuda_major}/lib64;/usr/local/cuda/lib64;/opt/cuda/lib64")
  return()
endif()
# the linker finds these libraries by itself, so that CMake would leave them out of the addon's path
file(GLOB cuda_libraries LIST_DIRECTORIES false
  "${cuda_toolkit}/lib64/libcublas.so" "${cuda_toolkit}/targets/*/lib/libcublas.so")
foreach(library ${cuda_libraries})
  get_filename_component(folder "${library}" DIRECTORY)
  list(APPEND CMAKE_BUILD_RPATH "${folder}")
endforeach()
