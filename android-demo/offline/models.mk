# What the apps answer by, exported from the package's models, and what Python answers, which the tests compare with.
BIN ?= ../../.venv/bin
MADE := target/made
EXPORTS := target/exports
EXPORT := $(BIN)/neurolite-export --int8 --target onnx --target c --replace --out $(EXPORTS)
RUN := $(BIN)/neurolite-run
# The last offers words while one types.
MODELS := intents dialogues english nextwords
ARTIFACTS := $(foreach model,$(MODELS),$(MADE)/$(model).onnx $(MADE)/$(model).nlm)
ANSWERS := $(foreach model,intents dialogues english dialogues-next,$(MADE)/$(model).jsonl)

.PHONY: made
made: $(ARTIFACTS) $(ANSWERS)

HOW_intents := --rules ../../examples/rules.toml
HOW_nextwords := --form stream
NAMED_nextwords := -stream

$(MADE)/%.onnx $(MADE)/%.nlm &: ../../neurolite_core/models/%/*
	$(EXPORT) --model $* $(HOW_$*) > target/export-$*.log || { cat target/export-$*.log; exit 1; }
	cp $(EXPORTS)/neurolite-$*$(NAMED_$*)-int8.onnx $(MADE)/$*.onnx
	cp $(EXPORTS)/neurolite-$*$(NAMED_$*)-int8.nlm $(MADE)/$*.nlm

$(ARTIFACTS): ../../examples/rules.toml | $(MADE)/

$(MADE)/:
	mkdir -p $@

$(MADE)/intents.jsonl: $(MADE)/intents.onnx texts/intents.txt
	$(RUN) $< --explain < texts/intents.txt > $@.part
	mv $@.part $@

$(MADE)/english.jsonl: $(MADE)/english.onnx texts/english.txt
	$(RUN) $< --embed < texts/english.txt > $@.part
	mv $@.part $@

# A conversation, its state, and what is answered in the light of that.
$(MADE)/dialogues.jsonl: $(MADE)/dialogues.onnx texts/dialogues.txt
	rm -f $(MADE)/dialogues.nlstate
	$(RUN) $< --follow --state $(MADE)/dialogues.nlstate < texts/dialogues.txt > $@.part
	mv $@.part $@

$(MADE)/dialogues-next.jsonl: $(MADE)/dialogues.jsonl texts/dialogues-next.txt
	cp $(MADE)/dialogues.nlstate $(MADE)/next.nlstate
	$(RUN) $(MADE)/dialogues.onnx --follow --state $(MADE)/next.nlstate < texts/dialogues-next.txt > $@.part
	mv $@.part $@
