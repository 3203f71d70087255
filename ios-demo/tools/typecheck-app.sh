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

# What is empty without Apple's frameworks, with the stand-in in their place.
APPLE=$OUT/apple
mkdir -p "$APPLE"
C="-Xcc -fmodule-map-file=$DEMO/NeuroLite/Sources/NeuroLiteC/include/module.modulemap"
for name in CoreML CoreAI; do
    swiftc -swift-version 6 -parse-as-library -emit-module -module-name $name -suppress-warnings \
        -o "$APPLE/$name.swiftmodule" "$STAND/$name.swift"
    # shellcheck disable=SC2086 # words of their own
    swiftc -swift-version 6 -emit-module -module-name NeuroLite$name -I "$APPLE" -I "$BUILD/Modules" $C \
        -o "$APPLE/NeuroLite$name.swiftmodule" "$DEMO/NeuroLite/Sources/NeuroLite$name"/*.swift
done
# shellcheck disable=SC2086
swiftc -swift-version 6 -emit-module -module-name NeuroLiteScreens -I "$APPLE" -I "$BUILD/Modules" $C \
    -o "$APPLE/NeuroLiteScreens.swiftmodule" "$DEMO/NeuroLite/Sources/NeuroLiteScreens"/*.swift

# shellcheck disable=SC2086
swiftc -swift-version 6 -typecheck -parse-as-library -module-name tool -I "$APPLE" -I "$BUILD/Modules" $C \
    "$DEMO/NeuroLite/Sources/neurolite-swift"/*.swift

find "$DEMO/NeuroLiteDemo" -name '*.swift' ! -name DeviceFacts.swift > "$OUT/files"
# shellcheck disable=SC2086
xargs swiftc -swift-version 6 -typecheck -module-name NeuroLiteDemo -I "$OUT" -I "$APPLE" -I "$BUILD/Modules" $C \
    "$STAND/DeviceFacts.swift" < "$OUT/files"
