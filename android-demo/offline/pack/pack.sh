#!/bin/bash
# pack.sh: a signed APK of the flavour `c` from what `mvn -Dengine=c test-compile` left. Debian and Maven Central alone.
set -euo pipefail
offline=$(cd "$(dirname "$0")/.." && pwd)
repository=${REPOSITORY:-$HOME/.m2/repository}
libraries=${NATIVE:-$offline/target/native}
out=${OUT:-$offline/target/pack}
PYTHON=${PYTHON:-python3}
of() { sed -n "s:.*<$1>\(.*\)</$1>.*:\1:p" "$offline/pom.xml"; }
jar() { echo "$repository/$(tr . / <<<"$1")/$2/$3/$2-$3.jar"; }

mkdir -p "$out"
framework=$(jar org.robolectric android-all "$(of android.all)")
stdlib=$(jar org.jetbrains.kotlin kotlin-stdlib "$(of kotlin.version)")
jdk=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
tools=$(cat "$offline/target/pack.txt") # written by Maven: what pom.xml beside this names
one() { tr : '\n' <<<"$tools" | grep "/$1-[0-9.]*jar"; }

# Shrunk alone: names stay as they are in a stack trace. As classes of Java 7, because Kotlin's own library has lambdas
# that the system would have to make, and Android's does not.
shrinker=$(tr : '\n' <<<"$tools" | grep -v /google/android/ | paste -sd :)
java -cp "$shrinker" proguard.ProGuard -target 1.7 -forceprocessing \
    -injars "$offline/app/target/classes:$offline/core/target/classes:$offline/engine/target/classes" \
    -injars "$stdlib(!META-INF/**,!**.kotlin_builtins,!**.kotlin_module)" -outjars "$out/shrunk.jar" \
    -libraryjars "$framework(!META-INF/**):$jdk/jmods/java.base.jmod(!**.jar;!module-info.class)" \
    @"$offline/pack/rules.pro" @"$offline/../app/rules.pro" >"$out/proguard.log" || { cat "$out/proguard.log"; exit 1; }
java -cp "$(one dalvik-dx)" com.android.dx.command.Main \
    --dex --min-sdk-version=26 --output="$out/classes.dex" "$out/shrunk.jar"
"$PYTHON" "$offline/pack/zip_apk.py" "$offline/app/target/resources.apk" "$out/unsigned.apk" "$out/classes.dex" \
    "$libraries"

# A key of this machine alone, which proves nothing but that the package is whole.
[[ -f $out/debug.jks ]] || keytool -genkeypair -keystore "$out/debug.jks" -storepass android -keypass android \
    -alias demo -keyalg RSA -keysize 2048 -validity 10000 -dname CN=demo 2>/dev/null
apksigner sign --ks "$out/debug.jks" --ks-pass pass:android --min-sdk-version 26 \
    --out "$out/app.apk" "$out/unsigned.apk"
apksigner verify --min-sdk-version 26 "$out/app.apk"
zipalign -c -p 4 "$out/app.apk"
"$PYTHON" "$offline/pack/check_apk.py" "$out/app.apk"
"$PYTHON" "$offline/pack/check_members.py" "$(one android)" "$out/shrunk.jar"
