#!/bin/bash
# test_apk.sh: the app's tests again, on what was packed: resources and models out of app.apk, its own x86_64 library,
# and the shrunk classes that dx read. Whole are Kotlin's library, of which tests use more, and the tests themselves.
set -euo pipefail
offline=$(cd "$(dirname "$0")/.." && pwd)
repository=${REPOSITORY:-$HOME/.m2/repository}
apk=$offline/target/pack/app.apk
out=$offline/target/apk-test
of() { sed -n "s:.*<$1>\(.*\)</$1>.*:\1:p" "$offline/pom.xml"; }

rm -rf "$out"
mkdir -p "$out/config/com/android/tools"
unzip -qo "$apk" 'lib/x86_64/*' -d "$out"
printf 'android_custom_package=org.neurolite.demo\nandroid_resource_apk=%s\nandroid_merged_manifest=%s\n' \
    "$apk" "$offline/app/target/AndroidManifest.xml" >"$out/config/com/android/tools/test_config.properties"
# Maven wrote down what tests run with; the app's own classes are those of the package.
classes=$(tr : '\n' <"$offline/target/test-classes.txt" |
    grep -v -E "/(core|engine|app|runtime)/target/|android-all-instrumented|/onnxruntime-" | paste -sd :)
stdlib=$(tr : '\n' <"$offline/target/test-classes.txt" | grep /kotlin-stdlib-)
cd "$offline/../app"
java -Xmx2g --add-opens=java.base/java.io=ALL-UNNAMED -Djava.awt.headless=true -Duser.timezone=UTC -Dengine=c \
    -Drobolectric.offline=true -Dneurolite.made="$offline/target/made" -Djava.library.path="$out/lib/x86_64" \
    -Drobolectric.dependency.dir="$repository/org/robolectric/android-all-instrumented/$(of android.instrumented)" \
    -cp "$out/config:$offline/app/target/test-classes:$stdlib:$offline/target/pack/shrunk.jar:$classes" \
    org.junit.runner.JUnitCore org.neurolite.demo.{Answer,Conversation,Teach,Benchmark}ScreenTest
