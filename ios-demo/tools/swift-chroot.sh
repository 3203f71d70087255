#!/bin/sh
# Swift for Debian and its kin, by a folder of Debian trixie: 3 minutes and 2.7 GB.
#   swift-chroot.sh install FOLDER            # once; needs root, and mmdebstrap (apt-get install mmdebstrap)
#   swift-chroot.sh run FOLDER COMMAND ...    # in the repository, which the folder then has at the same place
set -eu

SWIFT=6.0.3-2 # of trixie, which is frozen; every result in the repository is this compiler's
MIRROR=${NEUROLITE_DEBIAN_MIRROR:-http://deb.debian.org/debian}
REPOSITORY=$(cd "$(dirname "$0")/../.." && pwd)

usage() {
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
}

install_swift() {
    command -v mmdebstrap > /dev/null || { echo "mmdebstrap is missing: apt-get install mmdebstrap" >&2; exit 2; }
    [ ! -e "$1" ] || { echo "$1 is there already; give another folder, or remove it." >&2; exit 2; }
    mmdebstrap --mode=root --variant=minbase --aptopt='Acquire::Languages "none"' \
        --include="swiftlang=$SWIFT,swiftlang-dev=$SWIFT,libc6-dev,libstdc++-14-dev,binutils,g++,ca-certificates,git" \
        trixie "$1" "$MIRROR"
}

# The compiler finds its libraries by /proc; both mounts end with the command.
run_in() {
    root=$(cd "$1" && pwd)
    shift
    mkdir -p "$root$REPOSITORY"
    unshare --mount sh -euc '
        root=$1; repository=$2; here=$3; shift 3
        mount -t proc proc "$root/proc"
        mount --bind "$repository" "$root$repository"
        if [ -n "${NEUROLITE_MODELS:-}" ]; then
            mkdir -p "$root$NEUROLITE_MODELS"
            mount --bind "$NEUROLITE_MODELS" "$root$NEUROLITE_MODELS"
        fi
        exec chroot "$root" sh -euc "cd \"\$1\"; shift; exec \"\$@\"" sh "$here" "$@"
    ' sh "$root" "$REPOSITORY" "$(pwd)" "$@"
}

[ $# -ge 2 ] || usage
action=$1
folder=$2
shift 2
case $action in
    install) [ $# -eq 0 ] || usage; install_swift "$folder" ;;
    run) [ $# -gt 0 ] || usage; run_in "$folder" "$@" ;;
    *) usage ;;
esac
