# Toolchain of the prebuilt addons for Linux: Clang with the C library of an old system, from the one
# package that has both (PyPI's ziglang). Its linker knows which symbols that library has, so that
# nothing newer can be asked for. COT_PRUNE_ZIG is its binary, COT_PRUNE_TARGET x86_64-linux-gnu.2.28.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES COT_PRUNE_ZIG COT_PRUNE_TARGET)
string(REGEX MATCH "^[^-]+" arch "${COT_PRUNE_TARGET}")
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR "${arch}")
set(CMAKE_C_COMPILER "${COT_PRUNE_ZIG};cc;-target;${COT_PRUNE_TARGET}")
set(CMAKE_CXX_COMPILER "${COT_PRUNE_ZIG};c++;-target;${COT_PRUNE_TARGET}")
# zig's own archiver and linker are subcommands, for which CMake has no words
find_program(COT_PRUNE_LD NAMES ${arch}-linux-gnu-ld REQUIRED)
find_program(COT_PRUNE_OBJCOPY NAMES ${arch}-linux-gnu-objcopy REQUIRED)
find_program(CMAKE_AR NAMES ${arch}-linux-gnu-ar REQUIRED)
find_program(CMAKE_RANLIB NAMES ${arch}-linux-gnu-ranlib REQUIRED)
find_program(CMAKE_STRIP NAMES ${arch}-linux-gnu-strip REQUIRED)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
