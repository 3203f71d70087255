#!/bin/sh
# What can be shown without a Mac: the package's tests, Swift 6, the app's files parsed, answers equal to Python's.
#   check.sh BIN     BIN has python with neurolite; models are those of make-models.sh
# Swift is the machine's, or that of the folder in $NEUROLITE_SWIFT_ROOT (swift-chroot.sh install FOLDER).
set -eu
cd "$(dirname "$0")/../.."
BIN=${1:-$(dirname "$(command -v neurolite-export)")}
PACKAGE=ios-demo/NeuroLite
BUILD=$PACKAGE/.build
NEUROLITE_MODELS=$(pwd)/ios-demo/NeuroLiteDemo/Models
export NEUROLITE_MODELS

if [ -n "${NEUROLITE_SWIFT_ROOT:-}" ]; then
    in_swift() { ios-demo/tools/swift-chroot.sh run "$NEUROLITE_SWIFT_ROOT" "$@"; }
elif command -v swift > /dev/null; then
    in_swift() { "$@"; }
else
    echo "skipped: everything that needs Swift. Get it: from swift.org, or on Debian as root"
    echo "    ios-demo/tools/swift-chroot.sh install /opt/swift-trixie"
    echo "    NEUROLITE_SWIFT_ROOT=/opt/swift-trixie make ios"
    exit 0
fi

# Swift 6.0's library of Observation for Linux has a symbol that none of its libraries defines.
flags="-j ${JOBS:-2}"
[ "$(uname)" = Darwin ] || flags="$flags -Xlinker --allow-shlib-undefined"

echo "== tests"
# shellcheck disable=SC2086 # words of their own
in_swift swift test $flags -c release -Xswiftc -enable-testing --package-path $PACKAGE --build-path $BUILD/tests
echo "== Swift 6, strict concurrency"
# shellcheck disable=SC2086
in_swift swift build $flags -Xswiftc -swift-version -Xswiftc 6 --package-path $PACKAGE --build-path $BUILD/six
echo "== style, and the app's files"
in_swift swift format lint --strict --recursive --configuration ios-demo/.swift-format ios-demo/NeuroLiteDemo \
    $PACKAGE/Package.swift $PACKAGE/Sources $PACKAGE/Tests
find ios-demo/NeuroLiteDemo -name '*.swift' > $BUILD/app-files
while read -r file; do in_swift swiftc -parse "$file" < /dev/null; done < $BUILD/app-files
if [ "$(uname)" != Darwin ]; then
    # What Apple's frameworks are is told by a stand-in: it shows that screens and package fit together.
    in_swift ios-demo/tools/typecheck-app.sh $BUILD/six/debug $BUILD/stand-in
fi
echo "== answers on 1,000 texts in 20 scripts, C runtime below Swift"
answers() {
    file=$1
    name=$2
    shift 2
    folder=build/ios/texts/$(basename "$file" .nlm)
    "$BIN/python" -m neurolite_bench.apps texts "$file" --out "$folder" "$@"
    in_swift $BUILD/tests/release/neurolite-swift "$file" --app-texts "$@" \
        < "$folder/texts.jsonl" > "$folder/found.jsonl"
    set -- "$folder/expected.jsonl" "$folder/found.jsonl" --exact
    # With NEUROLITE_APPS_RESULTS the row is kept, as in benchmarks/results/apps.json.
    [ -z "${NEUROLITE_APPS_RESULTS:-}" ] ||
        set -- "$@" --platform "Swift (C), Linux" --model "$name" --results "$NEUROLITE_APPS_RESULTS"
    "$BIN/python" -m neurolite_bench.apps compare "$@"
}
answers "$NEUROLITE_MODELS/intents.nlm" "intents, with rules"
answers "$NEUROLITE_MODELS/english.nlm" "english"
answers "$NEUROLITE_MODELS/dialogues.nlm" "dialogues, ten turns each" --turns 10
echo "== what the package's generator offers behind some hundred beginnings of texts"
answers build/ios/nextwords/neurolite-nextwords-stream-int8.nlm "nextwords, what it offers"
