#!/bin/sh
# A 64-bit ARM Python with onnxruntime and what the package itself needs, under qemu: takes the
# arguments that `python3` would on such a machine. Makes its root (about 220 MB) in
# build/aarch64-root at the first call.
#
#   runtimes/native/tools/emulate_aarch64.sh SCRIPT [ARGUMENTS]
#   runtimes/native/tools/emulate_aarch64.sh -m MODULE [ARGUMENTS]
#   runtimes/native/tools/emulate_aarch64.sh --prepare
#
# Needs qemu-aarch64-static, mmdebstrap and pip; ORT_VERSION chooses onnxruntime's version, by
# default the one of this machine's Python.
set -eu

suite=bookworm # its Python is 3.11, for which onnxruntime has wheels
python=3.11
if [ $# -eq 0 ]; then
    echo "Usage: $0 SCRIPT [ARGUMENTS], or $0 --prepare" >&2
    exit 2
fi
for tool in qemu-aarch64-static mmdebstrap python3 unzip; do
    command -v "$tool" >/dev/null || {
        echo "$tool is not installed. Install it: apt-get install qemu-user-static mmdebstrap python3-pip unzip" >&2
        exit 2
    }
done
project=$(cd "$(dirname "$0")/../../.." && pwd)
root=${NEUROLITE_AARCH64_ROOT:-$project/build/aarch64-root}

prepare() {
    mirror=$(apt-get indextargets --format '$(SITE)' 'Identifier: Packages' 'Origin: Debian' 'Component: main' |
        grep -v security | head -n 1)
    [ -n "$mirror" ] || {
        echo "No Debian mirror in apt's lists. Run apt-get update." >&2
        exit 2
    }
    version=${ORT_VERSION:-$(python3 -c 'import onnxruntime; print(onnxruntime.__version__)')}
    rm -rf "$root.new"
    mkdir -p "$root.new"
    # "extract" runs nothing of the foreign machine, so no binfmt_misc is needed.
    mmdebstrap --quiet --mode=root --arch=arm64 --variant=extract --skip=check/qemu \
        --include=python3,python3-minimal,libpython3.11-stdlib,libstdc++6,libc6 \
        "$suite" "$root.new/root" "$mirror" >&2
    python3 -c 'import sys, tomllib
for line in tomllib.load(open(sys.argv[1], "rb"))["project"]["dependencies"]: print(line)' \
        "$project/pyproject.toml" >"$root.new/base.txt"
    python3 -m pip download --quiet --only-binary=:all: --python-version "$python" \
        --implementation cp --abi cp311 --platform manylinux_2_28_aarch64 \
        --platform manylinux_2_27_aarch64 --platform manylinux2014_aarch64 \
        --dest "$root.new/wheels" "onnxruntime==$version" --requirement "$root.new/base.txt" >&2
    for wheel in "$root.new"/wheels/*.whl; do unzip -qo "$wheel" -d "$root.new/site"; done
    rm -rf "$root.new/wheels"
    # onnxruntime reads the processor's features from /proc/cpuinfo, which qemu passes through from
    # this machine, and crashes on x86's; qemu prefers files below its root.
    mkdir -p "$root.new/root/proc"
    for core in 0 1 2 3; do
        printf 'processor\t: %s\nBogoMIPS\t: 108.00\n' $core
        printf 'Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp\n'
        printf 'CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x4\nCPU part\t: 0xd0b\nCPU revision\t: 1\n\n'
    done >"$root.new/root/proc/cpuinfo"
    rm -rf "$root"
    mv "$root.new" "$root"
}

[ -d "$root/site/psutil" ] || prepare # a root of an older version has none
[ "$1" != --prepare ] || exit 0
# A process under qemu cannot start another by its own name; this is how it starts a Python.
export NEUROLITE_PYTHON="qemu-aarch64-static -cpu cortex-a76 -L '$root/root' '$root/root/usr/bin/python$python'"
eval "PYTHONPATH=\$root/site:\${PYTHONPATH:-} exec $NEUROLITE_PYTHON \"\$@\""
