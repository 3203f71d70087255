#!/bin/sh
# Puts ONNX Runtime's C headers into build/ort-headers (or the folder given), from Debian's package
# libonnxruntime-dev, and prints the folder to give as NEUROLITE_ORT_INCLUDE. Nothing is installed
# and the system's apt is left as it is; the mirror is the one that the system already uses.
#
#   runtimes/native/tools/fetch_ort_headers.sh [FOLDER]
set -eu

# The first Debian release with the package; older systems take it from there.
suite=trixie
root=$(cd "$(dirname "$0")/../../.." && pwd)
target=${1:-$root/build/ort-headers}

if found=$(find "$target" -name onnxruntime_c_api.h -print -quit 2>/dev/null) && [ -n "$found" ]; then
    dirname "$found"
    exit 0
fi
for tool in apt-get dpkg-deb; do
    command -v "$tool" >/dev/null || {
        echo "$tool is not here: this script needs Debian or Ubuntu. Set NEUROLITE_ORT_INCLUDE to a folder with onnxruntime_c_api.h." >&2
        exit 2
    }
done

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=$(apt-get indextargets --format '$(SITE)' 'Identifier: Packages' 'Origin: Debian' 'Component: main' |
    grep -v security | head -n 1)
if [ -z "$mirror" ] || [ ! -e "$keyring" ]; then
    echo "No Debian mirror in apt's lists, or no $keyring. Run apt-get update, or set NEUROLITE_ORT_INCLUDE." >&2
    exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/etc/apt/apt.conf.d" "$work/etc/apt/preferences.d" "$work/etc/apt/trusted.gpg.d" \
    "$work/etc/apt/sources.list.d" "$work/var/lib/apt/lists/partial" "$work/var/cache/apt/archives/partial" "$work/var/lib/dpkg"
: >"$work/var/lib/dpkg/status"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/etc/apt/sources.list"
cat >"$work/apt.conf" <<CONF
Dir "$work";
Dir::State::status "$work/var/lib/dpkg/status";
Dir::Etc "$work/etc/apt";
APT::Architecture "amd64";
APT::Architectures {"amd64";};
APT::Sandbox::User "root";
Acquire::Languages "none";
CONF
APT_CONFIG=$work/apt.conf apt-get -qq update >&2
(cd "$work" && APT_CONFIG=$work/apt.conf apt-get -qq download libonnxruntime-dev >&2)
dpkg-deb -x "$work"/libonnxruntime-dev*.deb "$work/package"
mkdir -p "$target"
cp "$(find "$work/package" -name onnxruntime_c_api.h -print -quit | xargs dirname)"/*.h "$target/"
echo "$target"
