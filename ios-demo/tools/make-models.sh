#!/bin/sh
# The app's models into ios-demo/NeuroLiteDemo/Models: C, Core ML, and Core AI where its exporter is installed.
#   make-models.sh BIN     BIN has neurolite-export and python
set -eu
cd "$(dirname "$0")/../.."
BIN=${1:-$(dirname "$(command -v neurolite-export)")}
MODELS=ios-demo/NeuroLiteDemo/Models
OUT=build/ios
mkdir -p "$MODELS" "$OUT"

has() { "$BIN/python" -c "import $1" 2> /dev/null; }

targets="--target c"
if has coremltools; then targets="$targets --target coreml"; else
    echo "skipped: Core ML packages. Get them: pip install 'neurolite[export-coreml]'"
fi
if has coreai_torch; then targets="$targets --target coreai"; else
    echo "skipped: Core AI assets. Get them: pip install 'neurolite[export-coreai]'"
fi

for model in intents dialogues english; do
    rules=""
    [ $model != intents ] || rules="--rules examples/rules.toml"
    # shellcheck disable=SC2086 # words of their own
    "$BIN/neurolite-export" --model $model $rules $targets --int8 --replace --out "$OUT/$model"
    for ending in nlm mlpackage aimodel; do
        made="$OUT/$model/neurolite-$model-int8.$ending"
        [ -e "$made" ] || continue
        rm -rf "${MODELS:?}/$model.$ending"
        cp -R "$made" "$MODELS/$model.$ending"
    done
done
# The package has next words, and the app no screen of them: for check.sh alone.
"$BIN/neurolite-export" --model nextwords --form stream --target c --int8 --replace --out "$OUT/nextwords"
ls "$MODELS"
