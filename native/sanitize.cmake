# Compiles llama.cpp, the engine and the addon for a sanitizer: all of it, or what one part hands to
# another would be unknown. test/hard/sanitize/run.mjs builds and runs it.
if(COT_PRUNE_SANITIZE STREQUAL "")
  return()
endif()
if(COT_PRUNE_SANITIZE STREQUAL "address")
  set(sanitizers address,undefined)
elseif(COT_PRUNE_SANITIZE STREQUAL "thread")
  set(sanitizers thread)
else()
  message(FATAL_ERROR "cot-prune: COT_PRUNE_SANITIZE is address or thread, not ${COT_PRUNE_SANITIZE}")
endif()
add_compile_options(-fsanitize=${sanitizers} -fno-omit-frame-pointer)
add_link_options(-fsanitize=${sanitizers})
# kernels at -O3 would take minutes to compile, and lines would be lost
set(CMAKE_C_FLAGS_RELEASE "-O1 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELEASE "-O1 -g1 -DNDEBUG")
# gomp is not compiled for a sanitizer: what its barriers order would look like a race
set(GGML_OPENMP OFF CACHE BOOL "" FORCE)
