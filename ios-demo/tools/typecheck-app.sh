#!/bin/sh
# The app's files against the package and a stand-in for Apple's frameworks: typecheck-app.sh BUILD OUT
# BUILD is a folder of `swift build` with Modules, OUT is for the stand-in. Swift 6, so that isolation is checked too.
set -eu
BUILD=$1
OUT=$2
DEMO=$(cd "$(dirname "$0")/.." && pwd)
STAND=$DEMO/tools/stand-in
mkdir -p "$OUT"

module() {
    name=$1
    shift
    swiftc -swift-version 6 -parse-as-library -emit-module -module-name "$name" -I "$OUT" -suppress-warnings \
        -o "$OUT/$name.swiftmodule" "$@"
}
module UniformTypeIdentifiers "$STAND/UniformTypeIdentifiers.swift"
module SwiftUI "$STAND/SwiftUI.swift" "$STAND/Views.swift" "$STAND/Modifiers.swift"
module AppIntents "$STAND/AppIntents.swift"

find "$DEMO/NeuroLiteDemo" -name '*.swift' ! -name DeviceFacts.swift > "$OUT/files"
# The package's C module is found beside its headers.
xargs swiftc -swift-version 6 -typecheck -module-name NeuroLiteDemo -I "$OUT" -I "$BUILD/Modules" \
    -Xcc "-fmodule-map-file=$DEMO/NeuroLite/Sources/NeuroLiteC/include/module.modulemap" \
    "$STAND/DeviceFacts.swift" < "$OUT/files"
