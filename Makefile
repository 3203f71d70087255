# Two targets for a newcomer, demo and test; the others are what CI and releases run.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= build/demo
OUT_BENCH ?= build/bench
OUT_WEB ?= build/web
DEVICE ?= epyc-2-cores
# Folders or files of tests/, such as hashing; all by default. Each folder takes less than 90 s on two cores.
ROOM ?=
WORKERS ?= 2
ALL_PRESETS := --size tiny --size small --size base

.PHONY: demo web test lint bench accuracy native fuzz android ios clean

# Where Python may not keep what it has compiled, each process compiles PyTorch anew: 8 s for 3.
unexport PYTHONDONTWRITEBYTECODE

# A virtual environment with the package (editable) and what the goal needs; $(VENV)/.NAME marks it done.
# uv installs in a quarter of pip's time; pip is for machines that uv has no wheel for, and indexes that only pip is told of.
$(VENV)/.%: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true
	$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[$*]' || \
		$(BIN)/python -m pip install --quiet --editable '.[$*]'
	@touch $@ $(if $(filter dev,$*),$(VENV)/.test) # dev has all of test

demo: $(VENV)/.export
	$(BIN)/neurolite-export --target onnx --int8 --out $(OUT)
	$(BIN)/neurolite-run $(OUT)/neurolite-intents-int8.onnx --table "plaese book a table for two at Luigi's" \
		"wake me up at sevn in the morning" "how do you say good night in italian" "why do cats purr"

# The page of web-demo/ with the package's models, for any server of files. Needs clang and lld for the C runtime, npm for
# ONNX Runtime Web; without npm its engine is left out, and said so.
web: $(VENV)/.export
	$(BIN)/neurolite-export --model intents --rules examples/rules.toml --target c --target onnx --int8 --out $(OUT_WEB)-models
	$(BIN)/neurolite-export --model dialogues --target c --target onnx --int8 --out $(OUT_WEB)-models
	$(BIN)/neurolite-export --model english --target c --target onnx --int8 --out $(OUT_WEB)-models
	$(BIN)/neurolite-export --model nextwords --form stream --target c --target onnx --int8 --out $(OUT_WEB)-models
	$(BIN)/neurolite-demo --fetch-onnxruntime-web || echo "Skipped: ONNX Runtime Web, which needs npm and its registry."
	$(BIN)/neurolite-demo --out $(OUT_WEB) $(foreach model,intents dialogues english nextwords-stream,\
		$(OUT_WEB)-models/neurolite-$(model)-int8.nlm $(OUT_WEB)-models/neurolite-$(model)-int8.onnx)

test: $(VENV)/.test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder \
		$(addprefix tests/,$(ROOM))

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.bench
	$(BIN)/neurolite-ops build --fetch-headers
	$(BIN)/python -m neurolite_bench.hash_quality
	$(BIN)/python -m neurolite_bench.native_op
	$(BIN)/python -m neurolite_bench.targets
	$(BIN)/neurolite-bench $(ALL_PRESETS) --target all --kernel all --peers all --seconds 0.2 \
		--out $(OUT_BENCH)
	mkdir -p benchmarks/results/devices
	cp $(OUT_BENCH)/report.json benchmarks/results/devices/$(DEVICE).json
	$(BIN)/python -m neurolite_bench.readme

# Hours, and the data sets of docs/accuracy.md; by parts: python -m neurolite_bench.quality --help
accuracy: $(VENV)/.bench
	$(BIN)/python -m neurolite_bench.quality
	$(BIN)/python -m neurolite_bench.readme

# The library for this machine by CMake, without Python; `neurolite-ops build` is the way for users.
native:
	runtimes/native/tools/fetch_ort_headers.sh
	cd runtimes/native && cmake --preset linux-x86_64 && cmake --build --preset linux-x86_64

fuzz:
	runtimes/native/tools/fuzz.sh 60

# The Android app's code, its tests and its APK by Maven Central and Debian alone: android-demo/README.md.
android: $(VENV)/.export
	$(MAKE) -C android-demo/offline android BIN=$(abspath $(BIN))

# Models into the app, and what can be checked of it here: ios-demo/README.md. Core ML packages need pip's
# neurolite[export-coreml]; Swift is the machine's, or that in $NEUROLITE_SWIFT_ROOT; what is skipped says how to get it.
ios: $(VENV)/.export-coreml
	ios-demo/tools/make-models.sh $(BIN)
	ios-demo/tools/check.sh $(BIN)

clean:
	rm -rf build dist $(VENV)
