# The model library: text to logits from one .nlm file, docs/c-arithmetic.md; libneurolite_model.so and .a.
set(model_sources src/characters.c src/words.c src/hash_scalar.c src/hash_vector.c src/paths.c src/ngrams.c
  src/tables.c src/model_open.c src/model_verify.c src/model_run.c src/model_answer.c src/model_paths.c
  src/model_modules.c src/model_rules.c src/rule_facts.c src/rule_effects.c src/rule_starts.c src/model_spans.c
  src/spans.c src/model_memory.c src/levels.c src/memory_math.c src/model_experts.c
  src/model_generation.c src/network.c src/model_backbones.c src/backbone_hypermixer.c
  src/backbone_states.c src/backbone_reservoir.c
  src/backbone_liquid.c src/scan_math.c)
# Instruction sets of the library: all of the processor's kind, or those that are named, such as "avx2". Without plain
# C, which is there to be compared with, there must be one that every processor has.
set(NEUROLITE_PATHS "all" CACHE STRING "Instruction sets of the model library, with semicolons")
set(known_paths scalar)
if(x86)
  list(APPEND known_paths sse2 ssse3 avx2)
  include(CheckCCompilerFlag)
  check_c_compiler_flag(-mavxvnni knows_avx_vnni) # from GCC 11 and clang 12 on
  check_c_compiler_flag(-mavx512vnni knows_avx512_vnni)
  foreach(path avx_vnni avx512_vnni)
    if(knows_${path})
      list(APPEND known_paths ${path})
    endif()
  endforeach()
elseif(processor MATCHES "^(aarch64|arm64)" AND NOT MSVC)
  list(APPEND known_paths neon sdot)
elseif(processor MATCHES "^arm(v7.*|hf)?$")
  list(APPEND known_paths neon)
endif()
if(NEUROLITE_PATHS STREQUAL "all")
  set(model_paths ${known_paths})
else()
  set(model_paths ${NEUROLITE_PATHS})
endif()
option(NEUROLITE_MODULES "With rules, spans, memory and experts; without them models that have one are refused" ON)
set(model_definitions "")
if(NOT NEUROLITE_MODULES)
  list(APPEND model_definitions NL_NO_MODULES)
endif()
option(NEUROLITE_BACKBONES "With all backbones; without them models of others than the mixer are refused" ON)
if(NOT NEUROLITE_BACKBONES)
  list(APPEND model_definitions NL_NO_BACKBONES)
endif()
foreach(path ${model_paths})
  if(NOT path IN_LIST known_paths)
    message(FATAL_ERROR "NEUROLITE_PATHS has ${path}; this processor's kind knows: ${known_paths}.")
  endif()
  list(APPEND model_sources src/net_${path}.c)
  string(TOUPPER ${path} upper)
  list(APPEND model_definitions NL_HAVE_${upper})
endforeach()
if(NEUROLITE_BACKBONES AND model_paths MATCHES "avx")
  list(APPEND model_sources src/scan_math_avx2.c)
endif()
if(x86)
  list(APPEND model_sources src/hash_avx2.c src/hash_avx512.c)
  list(APPEND model_definitions NL_HAVE_X86_PATHS)
endif()
foreach(kind SHARED STATIC)
  if(kind STREQUAL SHARED)
    if(CMAKE_SIZEOF_VOID_P EQUAL 4)
      continue() # 64-bit divisions are the compiler's library's there, which only a program links
    endif()
    set(model neurolite_model)
  else()
    set(model neurolite_model_static)
  endif()
  add_library(${model} ${kind} ${model_sources})
  target_include_directories(${model} PUBLIC include PRIVATE src)
  set_target_properties(${model} PROPERTIES OUTPUT_NAME neurolite_model C_STANDARD 11 C_STANDARD_REQUIRED ON
    C_EXTENSIONS OFF C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
  target_compile_definitions(${model} PRIVATE ${model_definitions})
  if(MSVC) # untested
    target_compile_options(${model} PRIVATE /O2 /fp:precise)
    continue()
  endif()
  # Each float operation is rounded by itself; the root is an instruction.
  target_compile_options(${model} PRIVATE -O2 -Wall -Wextra -ffp-contract=off -fno-trapping-math -fno-math-errno)
  if(x86 AND CMAKE_SIZEOF_VOID_P EQUAL 4)
    target_compile_options(${model} PRIVATE -msse2 -mfpmath=sse)
  elseif("neon" IN_LIST model_paths AND CMAKE_SIZEOF_VOID_P EQUAL 4)
    target_compile_options(${model} PRIVATE -march=armv7-a -mfpu=neon)
  endif()
  if(NOT APPLE AND NOT WIN32)
    target_compile_options(${model} PRIVATE -ffreestanding -fno-builtin -fno-stack-protector -fno-unwind-tables
      -fno-asynchronous-unwind-tables -ffunction-sections)
  endif()
endforeach()
# Of what stands beside the network little is loops that vectors make faster, and the code would be twice as long.
if(NOT MSVC)
  set_source_files_properties(src/model_modules.c src/model_rules.c src/model_spans.c src/model_memory.c
    src/model_experts.c src/model_generation.c src/levels.c src/rule_starts.c src/spans.c src/model_backbones.c
    src/backbone_reservoir.c src/backbone_liquid.c src/backbone_hypermixer.c
    PROPERTIES COMPILE_OPTIONS "-O2;-fno-tree-vectorize")
  set_source_files_properties(src/memory_math.c src/backbone_states.c PROPERTIES COMPILE_OPTIONS "-O3")
  # Without it GCC 12 makes branches of what is cut off, and no vectors.
  set(scan_options "-O3;$<$<C_COMPILER_ID:GNU>:-fno-thread-jumps>")
  set_source_files_properties(src/scan_math.c PROPERTIES COMPILE_OPTIONS "${scan_options}")
  # GCC 12 makes plain C into vectors at -O3 alone: three times as fast, for 1 kB.
  set_source_files_properties(src/net_scalar.c PROPERTIES COMPILE_OPTIONS "-O3")
endif()
if(NOT MSVC AND x86)
  set_source_files_properties(src/net_ssse3.c PROPERTIES COMPILE_OPTIONS "-mssse3")
  set_source_files_properties(src/scan_math_avx2.c PROPERTIES COMPILE_OPTIONS "${scan_options};-mavx2")
  set_source_files_properties(src/net_avx2.c PROPERTIES COMPILE_OPTIONS "-mavx2")
  # With it GCC 12 moves every sum of a product to another register and back, once for four products.
  set(vnni_options "-mavx2;$<$<C_COMPILER_ID:GNU>:-fno-tree-pre>")
  set_source_files_properties(src/net_avx_vnni.c PROPERTIES COMPILE_OPTIONS "${vnni_options};-mavxvnni")
  set_source_files_properties(src/net_avx512_vnni.c PROPERTIES COMPILE_OPTIONS
    "${vnni_options};-mavx512f;-mavx512vl;-mavx512bw;-mavx512vnni")
elseif(NOT MSVC)
  set_source_files_properties(src/net_sdot.c PROPERTIES COMPILE_OPTIONS "-march=armv8.2-a+dotprod")
endif()
if(TARGET neurolite_model AND NOT MSVC AND NOT APPLE AND NOT WIN32)
  target_sources(neurolite_model PRIVATE src/memory.c)
  target_link_options(neurolite_model PRIVATE -nostdlib -Wl,--no-undefined -Wl,--gc-sections
    -Wl,-z,max-page-size=16384 -Wl,-z,noseparate-code -Wl,-z,norelro -Wl,-z,now -Wl,-z,noexecstack -Wl,--hash-style=both
    -Wl,--build-id=sha1 $<$<CONFIG:Release>:-s>)
endif()
