#!/bin/sh
# Fuzzes the C ABI for a number of seconds with AddressSanitizer and UndefinedBehaviorSanitizer.
# Exit 0: nothing found. On a bare Debian machine it installs clang when it may.
#
#   runtimes/native/tools/fuzz.sh [SECONDS, 60 by default]
set -eu

seconds=${1:-60}
case $seconds in
'' | *[!0-9]* | 0)
    echo "SECONDS is '$seconds'; give a whole number from 1." >&2
    exit 2
    ;;
esac
native=$(cd "$(dirname "$0")/.." && pwd)
build=${NEUROLITE_FUZZ_DIR:-$native/../../build/fuzz}

if ! command -v clang >/dev/null || [ -z "$(find "$(clang -print-resource-dir)" -name '*clang_rt.fuzzer*' -print -quit)" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "clang with libFuzzer is not installed. Install it: apt-get install clang" >&2
        exit 2
    fi
    apt-get -qq update
    # The fuzzer's runtime is a package of its own in some releases, and comes with clang in others.
    apt-get -qq install -y --no-install-recommends clang libc6-dev >/dev/null
    version=$(clang -dumpversion | cut -d. -f1)
    apt-get -qq install -y --no-install-recommends "libclang-rt-$version-dev" >/dev/null || true
fi

mkdir -p "$build/corpus"
src=$native/src
flags="-std=c11 -g -O2 -Wall -Wextra -Werror -ffp-contract=fast -fsanitize=fuzzer,address,undefined
-fno-sanitize-recover=all -I$native/include -I$src"
sources="$src/characters.c $src/words.c $src/hash_scalar.c $src/hash_vector.c $src/paths.c
$src/neurolite.c $src/ngrams.c $src/spans.c $src/tables.c"
objects=""
case $(uname -m) in
x86_64 | i?86)
    flags="$flags -DNL_HAVE_X86_PATHS"
    # shellcheck disable=SC2086  # flags are words
    clang $flags -mavx2 -mfma -c "$src/hash_avx2.c" -o "$build/hash_avx2.o"
    # shellcheck disable=SC2086
    clang $flags -mavx512f -c "$src/hash_avx512.c" -o "$build/hash_avx512.o"
    objects="$build/hash_avx2.o $build/hash_avx512.o"
    ;;
esac
# shellcheck disable=SC2086
clang $flags $sources $objects "$native/fuzz/hash_fuzz.c" -o "$build/hash_fuzz"

# Starting points: the golden vectors' bytes behind the four bytes that choose the shape.
golden=$native/../../tests/golden/hash_v2.json
if [ -e "$golden" ] && command -v perl >/dev/null; then
    CORPUS=$build/corpus perl -ne 'if (/"bytes": "([0-9a-f]*)"/) {
        open(my $file, ">", "$ENV{CORPUS}/golden-$.") or die; print $file pack("H*", "0f001fff$1") }' "$golden"
fi
cd "$build"
exec ./hash_fuzz -max_total_time="$seconds" -max_len=600 -timeout=5 -rss_limit_mb=1024 \
    -print_final_stats=1 -artifact_prefix="$build/" corpus
