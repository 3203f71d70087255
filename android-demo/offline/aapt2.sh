#!/bin/sh
# aapt2.sh FRAMEWORK.jar TARGET FLAVOUR MODELS: resources and models for Robolectric and the APK, and R.java; what
# Gradle's plugin does there. SDK levels and the app's version are those of the version catalog.
set -eu
framework=$1 target=$2 flavour=$3 models=$4
app=$(cd "$(dirname "$0")/../app" && pwd)
of() { sed -n "s/^$1 = \"\(.*\)\".*/\1/p" "$app/../gradle/libs.versions.toml"; }
case $flavour in c) suffix=nlm ;; ort) suffix=onnx ;; esac

rm -rf "$target/assets"
mkdir -p "$target/generated/r" "$target/assets"
for model in intents dialogues english nextwords; do cp "$models/$model.$suffix" "$target/assets/"; done
# Gradle's manifest has no package and is told of libraries elsewhere; aapt2 wants both here.
sed -e 's/<manifest /<manifest package="org.neurolite.demo" /' \
    -e 's/<application$/<application android:extractNativeLibs="false"/' \
    "$app/src/main/AndroidManifest.xml" >"$target/AndroidManifest.xml"
aapt2 compile --dir "$app/src/main/res" -o "$target/res.zip"
# aapt2 of Debian does not know a chunk of Android 14's own resources, says so in every run, and needs it not.
aapt2 link -o "$target/resources.apk" -I "$framework" --manifest "$target/AndroidManifest.xml" -A "$target/assets" \
    -0 .onnx -0 .nlm --version-code "$(of versionCode)" --version-name "$(of versionName)" \
    --java "$target/generated/r" \
    --min-sdk-version "$(of minSdk)" --target-sdk-version "$(of targetSdk)" "$target/res.zip" 2>"$target/aapt2.log" ||
    { cat "$target/aapt2.log" >&2; exit 1; }
grep -v "Unknown chunk type '200'" "$target/aapt2.log" >&2 || true
