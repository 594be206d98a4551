# ggml's CPU backend several times in one addon, each for other instructions; the best that the
# processor has is taken when the addon is loaded (native/engine/cpu_variants.cc). ggml has the same as
# libraries to dlopen (GGML_CPU_ALL_VARIANTS), but those must share a libggml-base, by a name that a
# second copy of the addon in the same process would find, too. Here each variant is one object file
# whose only names are its score and its beginning.
set(cpu "${llama_dir}/ggml/src/ggml-cpu")
set(cpu_sources
  ggml-cpu.c ggml-cpu.cpp repack.cpp iqp.cpp hbm.cpp quants.c traits.cpp amx/amx.cpp amx/mmq.cpp
  binary-ops.cpp unary-ops.cpp vec.cpp ops.cpp)
set(cpu_targets "")
set(cpu_list "")

include(CheckCCompilerFlag)
check_c_compiler_flag("-mavx512f -mevex512" has_evex512)  # Clang 18 to 21: registers of 512 bits, too
if(has_evex512)
  set(evex512 -mevex512)
endif()

# flags and definitions by feature: those of ggml's own CMake files, by the names that its score reads
set(x86_SSE42 -msse4.2 GGML_SSE42)
set(x86_AVX -mavx GGML_AVX)
set(x86_F16C -mf16c GGML_F16C)
set(x86_FMA -mfma GGML_FMA)
set(x86_AVX2 -mavx2 GGML_AVX2)
set(x86_BMI2 -mbmi2 GGML_BMI2)
set(x86_AVX_VNNI -mavxvnni GGML_AVX_VNNI)
set(x86_AVX512 ${evex512} -mavx512f -mavx512cd -mavx512vl -mavx512dq -mavx512bw GGML_AVX512)
set(x86_AVX512_VBMI -mavx512vbmi GGML_AVX512_VBMI)
set(x86_AVX512_VNNI -mavx512vnni GGML_AVX512_VNNI)
set(x86_AVX512_BF16 -mavx512bf16 GGML_AVX512_BF16)

function(add_cpu_variant name arch)
  set(flags ${ARGN})
  set(definitions ${ARGN})
  list(FILTER flags INCLUDE REGEX "^-")
  list(FILTER definitions EXCLUDE REGEX "^-")
  set(target cpu_${name})
  list(TRANSFORM cpu_sources PREPEND "${cpu}/" OUTPUT_VARIABLE sources)
  add_library(${target} OBJECT ${sources} "${cpu}/arch/${arch}/quants.c" "${cpu}/arch/${arch}/repack.cpp")
  # what asks the processor must run on any
  add_library(${target}_score OBJECT "${cpu}/arch/${arch}/cpu-feats.cpp")
  foreach(part ${target} ${target}_score)
    set_target_properties(${part} PROPERTIES C_STANDARD 11 CXX_STANDARD 17 CXX_EXTENSIONS ON)
    target_include_directories(${part} PRIVATE
      "${CMAKE_CURRENT_SOURCE_DIR}/native/cpu" "${cpu}" "${llama_dir}/ggml/src" "${llama_dir}/ggml/include")
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # its unique symbols stay global whatever objcopy hides, and meet those of the other variants
      target_compile_options(${part} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-gnu-unique>)
    endif()
    target_compile_definitions(${part} PRIVATE
      GGML_BACKEND_DL GGML_USE_CPU_REPACK GGML_USE_OPENMP _GNU_SOURCE _XOPEN_SOURCE=600 ${definitions})
  endforeach()
  target_compile_options(${target} PRIVATE ${flags} -fopenmp)
  set(object "${CMAKE_CURRENT_BINARY_DIR}/${target}.o")
  add_custom_command(OUTPUT "${object}"
    # section groups are dissolved, or the linker would take an inline function of one variant for all
    COMMAND "${COT_PRUNE_LD}" -r --force-group-allocation -o "${object}.all"
      $<TARGET_OBJECTS:${target}> $<TARGET_OBJECTS:${target}_score>
    COMMAND "${COT_PRUNE_OBJCOPY}"
      --redefine-sym ggml_backend_init=cot_prune_cpu_init_${name}
      --redefine-sym ggml_backend_score=cot_prune_cpu_score_${name} "${object}.all" "${object}.named"
    COMMAND "${COT_PRUNE_OBJCOPY}" --keep-global-symbol=cot_prune_cpu_init_${name}
      --keep-global-symbol=cot_prune_cpu_score_${name} "${object}.named" "${object}"
    DEPENDS ${target} ${target}_score $<TARGET_OBJECTS:${target}> $<TARGET_OBJECTS:${target}_score>
    COMMAND_EXPAND_LISTS VERBATIM)
  set(cpu_objects ${cpu_objects} "${object}" PARENT_SCOPE)
  set(cpu_list "${cpu_list}COT_PRUNE_CPU(${name})\n" PARENT_SCOPE)
endfunction()

function(add_x86_variant name)
  set(all "")
  foreach(feature ${ARGN})
    list(APPEND all ${x86_${feature}})
  endforeach()
  add_cpu_variant(${name} x86 ${all})
  set(cpu_objects ${cpu_objects} PARENT_SCOPE)
  set(cpu_list "${cpu_list}" PARENT_SCOPE)
endfunction()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  set(avx2 SSE42 AVX F16C FMA AVX2 BMI2)
  # ggml has more of them; these differ in a kernel that quantised models use
  add_x86_variant(sse42 SSE42)
  add_x86_variant(sandybridge SSE42 AVX)
  add_x86_variant(haswell ${avx2})
  add_x86_variant(alderlake ${avx2} AVX_VNNI)
  add_x86_variant(skylakex ${avx2} AVX512)
  add_x86_variant(cascadelake ${avx2} AVX512 AVX512_VNNI)
  add_x86_variant(zen4 ${avx2} AVX512 AVX512_VBMI AVX512_VNNI AVX512_BF16)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  # zig has names of its own for what GCC and Clang call -march
  set(armv8_0 -march=armv8-a)
  set(armv8_2 -march=armv8.2-a+dotprod+fp16)
  set(armv8_6 -march=armv8.6-a+dotprod+fp16+i8mm+sve)
  set(armv9 -march=armv8.6-a+dotprod+fp16+i8mm+sve+sve2)
  if(COT_PRUNE_ZIG)
    set(armv8_0 -mcpu=generic)
    set(armv8_2 -mcpu=generic+v8_2a+dotprod+fullfp16)
    set(armv8_6 -mcpu=generic+v8_6a+dotprod+fullfp16+i8mm+bf16+sve)
    set(armv9 -mcpu=generic+v8_6a+dotprod+fullfp16+i8mm+bf16+sve+sve2)
  endif()
  set(fp16 GGML_USE_DOTPROD GGML_USE_FP16_VECTOR_ARITHMETIC)
  set(i8mm ${fp16} GGML_USE_SVE GGML_USE_MATMUL_INT8)
  add_cpu_variant(armv8_0 arm ${armv8_0})
  add_cpu_variant(armv8_2 arm ${armv8_2} ${fp16})
  add_cpu_variant(armv8_6 arm ${armv8_6} ${i8mm})
  add_cpu_variant(armv9 arm ${armv9} ${i8mm} GGML_USE_SVE2)
else()
  message(FATAL_ERROR "cot-prune: no CPU variants for ${CMAKE_SYSTEM_PROCESSOR}; leave COT_PRUNE_CPU_VARIANTS off")
endif()

file(GENERATE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/cpu/cpu_variants.inc" CONTENT "${cpu_list}")
add_library(cot_prune_cpu STATIC native/cpu/team.cc native/engine/cpu_variants.cc ${cpu_objects})
set_source_files_properties(${cpu_objects} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
target_include_directories(cot_prune_cpu PRIVATE
  "${CMAKE_CURRENT_BINARY_DIR}/cpu" "${llama_dir}/ggml/include")
