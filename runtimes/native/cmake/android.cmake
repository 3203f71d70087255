# Android by the NDK where $ANDROID_NDK names one, else by plain clang and lld: the library needs
# nothing of the NDK, because it needs no C library. ANDROID_ABI chooses the processor.
set(NEUROLITE_ANDROID_API 24)
if(DEFINED ENV{ANDROID_NDK})
  set(ANDROID_PLATFORM "android-${NEUROLITE_ANDROID_API}")
  include("$ENV{ANDROID_NDK}/build/cmake/android.toolchain.cmake")
  return()
endif()

list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ANDROID_ABI)
# Not "Android": CMake would then look for the NDK by itself.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER clang)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
if(ANDROID_ABI STREQUAL "arm64-v8a")
  set(CMAKE_SYSTEM_PROCESSOR aarch64)
  set(triple aarch64-linux-android)
elseif(ANDROID_ABI STREQUAL "armeabi-v7a")
  set(CMAKE_SYSTEM_PROCESSOR armv7)
  set(triple armv7a-linux-androideabi)
elseif(ANDROID_ABI STREQUAL "x86")
  set(CMAKE_SYSTEM_PROCESSOR i686)
  set(triple i686-linux-android)
elseif(ANDROID_ABI STREQUAL "x86_64")
  set(CMAKE_SYSTEM_PROCESSOR x86_64)
  set(triple x86_64-linux-android)
else()
  message(FATAL_ERROR "ANDROID_ABI is '${ANDROID_ABI}'; allowed: arm64-v8a, armeabi-v7a, x86, x86_64.")
endif()
set(CMAKE_C_COMPILER_TARGET "${triple}${NEUROLITE_ANDROID_API}")
# The compiler's own headers and two stand-ins; the host's C library stays out of sight.
execute_process(COMMAND clang -print-resource-dir OUTPUT_VARIABLE resources
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(CMAKE_C_FLAGS_INIT
  "-Wno-unused-command-line-argument -nostdinc -isystem ${resources}/include -isystem ${CMAKE_CURRENT_LIST_DIR}/../freestanding")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-fuse-ld=lld")
