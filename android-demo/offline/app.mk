# The C engine, the app, and its APK. Included by Makefile where there are a JDK and Maven.
ABSENT := $(strip $(foreach tool,clang ld.lld cmake aapt2 zipalign apksigner,\
	$(if $(shell command -v $(tool)),,$(tool))))
NATIVE := target/native
ABIS := arm64-v8a x86_64
JNI := $(ABIS:%=$(NATIVE)/%/libneurolite_jni.so)
PACK := target/pack
# The flavour whose screens are tested; c is the one that is packed.
ENGINE ?= c
SUFFIX := $(if $(filter ort,$(ENGINE)),onnx,nlm)
# What the app's tests compare with, of the very file that the flavour packs.
SCREENS := $(foreach name,intents dialogues taught,$(MADE)/$(name)-$(ENGINE).jsonl) \
	$(MADE)/nextwords-$(ENGINE)/expected.jsonl

TESTS_OF_APP ?= CEngineTest,*ScreenTest,FailureTest,LooksTest

.PHONY: native engine app app-ort apk apk-test parity-c
ifneq ($(ABSENT),)
native engine app app-ort apk apk-test parity-c gradle-files:
	@echo "Skipped $@, as $(ABSENT) is absent:" \
		"apt-get install --no-install-recommends clang lld cmake aapt zipalign apksigner"
else
native: $(JNI)

C := ../../runtimes/native
SOURCES := $(wildcard ../native/*.* ../native/standin/* $(C)/src/* $(C)/include/* $(C)/cmake/*)
JDK := $(patsubst %/bin/javac,%,$(realpath $(shell command -v javac)))

$(NATIVE)/%/libneurolite_jni.so: $(SOURCES)
	mkdir -p $(NATIVE)
	cmake -S ../native -B $(NATIVE)/$* -DCMAKE_TOOLCHAIN_FILE=$(abspath ../../runtimes/native/cmake/android.cmake) \
		-DANDROID_ABI=$* -DNEUROLITE_JDK=$(JDK) > $(NATIVE)-$*.log || { cat $(NATIVE)-$*.log; exit 1; }
	cmake --build $(NATIVE)/$* --target neurolite_jni >> $(NATIVE)-$*.log || { cat $(NATIVE)-$*.log; exit 1; }
	touch $@

$(MADE)/intents-$(ENGINE).jsonl: $(MADE)/intents.$(SUFFIX) texts/intents.txt
	$(RUN) $< --explain < texts/intents.txt > $@.part
	mv $@.part $@

$(MADE)/dialogues-$(ENGINE).jsonl: $(MADE)/dialogues.$(SUFFIX) texts/dialogues.txt
	$(RUN) $< --follow < texts/dialogues.txt > $@.part
	mv $@.part $@

# Behind some hundred beginnings of texts.
$(MADE)/nextwords-$(ENGINE)/expected.jsonl: $(MADE)/nextwords.$(SUFFIX)
	$(PYTHON) -m neurolite_bench.apps texts $< --out $(@D)

# Example by example, as a person teaches: a file of them at once would be learned in another way.
LEARN := $(BIN)/neurolite-learn
$(MADE)/taught-$(ENGINE).jsonl: $(MADE)/english.$(SUFFIX) texts/taught.csv texts/tries.txt
	rm -f $(MADE)/lessons.nls
	cp texts/taught.csv $(MADE)/
	tail -n +2 texts/taught.csv | while IFS=, read -r text label; do \
		$(LEARN) $< --store $(MADE)/lessons.nls add "$$text" "$$label" > target/learn.log || exit 1; done
	$(LEARN) $< --store $(MADE)/lessons.nls classify --json < texts/tries.txt > $@.part
	mv $@.part $@

# The engine by Android's own x86_64 library, which a desktop's JVM loads as well.
engine: made native
	$(MVN) --projects core,engine -Dtest='CEngineTest' -Dsurefire.failIfNoSpecifiedTests=false test

# The engine, and the screens under Robolectric: typed into, clicked, drawn to app/build/pictures-FLAVOUR.
app: made native $(SCREENS)
	$(MVN) --projects core,runtime,engine,testshim,app -Dengine=$(ENGINE) \
		-Dneurolite.made=$(abspath $(MADE)) -Dtest='$(TESTS_OF_APP)' \
		-Dsurefire.failIfNoSpecifiedTests=false test $(CLASSPATH_OF):build-classpath \
		-Dmdep.outputFile=$(abspath target/test-classes.txt)
	touch $(COMPILED)

app-ort:
	$(MAKE) app ENGINE=ort

CLASSPATH_OF := org.apache.maven.plugins:maven-dependency-plugin:3.6.1

target/pack.txt: pack/pom.xml
	$(MVN) -f pack/pom.xml $(CLASSPATH_OF):build-classpath -Dmdep.outputFile=$(abspath $@)

# What Android Studio's build packs, where it looks for it.
.PHONY: gradle-files
gradle-files: made native
	mkdir -p ../app/src/c/assets ../app/src/ort/assets $(ABIS:%=../app/src/c/jniLibs/%)
	cp $(MODELS:%=$(MADE)/%.nlm) ../app/src/c/assets/
	cp $(MODELS:%=$(MADE)/%.onnx) ../app/src/ort/assets/
	for abi in $(ABIS); do cp $(NATIVE)/$$abi/libneurolite_jni.so ../app/src/c/jniLibs/$$abi/; done

# Behind `app`, which compiled it, of the flavour c.
apk: native target/pack.txt
	PYTHON=$(PYTHON) REPOSITORY=$(REPOSITORY) pack/pack.sh

# The same tests on what was packed.
apk-test: $(SCREENS)
	REPOSITORY=$(REPOSITORY) pack/test_apk.sh

ENGINE_CLASSES = core/target/classes:engine/target/classes:engine/target/test-classes:$(KOTLIN_JAR)

target/parity-c/%/expected.jsonl: $(MADE)/%.nlm
	$(PYTHON) -m neurolite_bench.apps texts $< --out target/parity-c/$* $(TURNS_$*)

# What the screens are held to as well.
target/parity-c/nextwords/expected.jsonl: $(MADE)/nextwords-c/expected.jsonl
	mkdir -p $(@D)
	cp $(<D)/*.jsonl $(@D)/

parity-c-%: target/parity-c/%/expected.jsonl | native $(COMPILED)
	java -Djava.library.path=$(NATIVE)/x86_64 -cp $(ENGINE_CLASSES) org.neurolite.demo.engine.AnswerLinesKt \
		$(MADE)/$*.nlm target/parity-c/$*/texts.jsonl $(TURNS_$*) > target/parity-c/$*/found.jsonl
	$(PYTHON) -m neurolite_bench.apps compare $< target/parity-c/$*/found.jsonl --exact \
		$(call KEPT,Android engine (C)$(comma) JVM)

parity-c: $(MODELS:%=parity-c-%)
.PRECIOUS: target/parity-c/%/expected.jsonl
endif
