import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear, bytesOf, golden, module } from "./vectors.mjs";

const vectors = await golden("generation");
const { Generator } = await module("generation");
const { draw, penalised, sampling, shares } = await module("sampling");
const { toBytes, wordsOf } = await module("texts");

const hexOf = (byte) => byte.toString(16).toUpperCase().padStart(2, "0");
const NO_WORDS = ["<unk>", "</s>", ...Array.from({ length: 256 }, (_, byte) => `<0x${hexOf(byte)}>`)];
const labels = [...NO_WORDS, ...vectors.words];
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const read = (bytes) => hex(bytes.map((byte) => (byte === 10 ? 124 : byte)));
const howOf = (how) => ({
  temperature: how.temperature,
  topK: how.top_k,
  topP: how.top_p,
  repetitionPenalty: how.repetition_penalty,
});

/* A model that answers as a case has it, and nothing else. */
function table({ answers, limits: [mostWords, mostBytes], unknown = vectors.others }, metadata = {}) {
  const known = new Map(answers.map(({ read: text, logits }) => [text, logits]));
  const asked = [];
  const run = (bytes) => {
    asked.push(hex(bytes));
    const own = known.get(hex(bytes)), logits = new Float32Array(labels.length).fill(vectors.others);
    assert.ok(own, `asked about ${hex(bytes)}`);
    logits[0] = unknown;
    logits[1] = own[0];
    logits.set(own.slice(1), NO_WORDS.length);
    return { logits };
  };
  const told = { task: "generation", labels, max_words: mostWords, max_bytes: mostBytes, state: [], ...metadata };
  return { metadata: told, run, asked };
}

test("words are offered as Python offers them", async () => {
  for (const wanted of vectors.offered) {
    const text = bytesOf(wanted.text), model = table(wanted);
    for (const what of ["suggest", "complete", "offer"]) {
      const found = await new Generator(model)[what](text, 3), name = `${wanted.name}, ${what}`;
      assert.deepEqual(found.map((own) => hex(toBytes(own.text))), wanted[what].map(([piece]) => piece), name);
      const [scores, known] = [found.map(({ score }) => score), wanted[what].map(([, score]) => score)];
      assertNear(assert, scores, known, vectors.tolerance, name);
      const shown = found.map(({ word }) => labels.includes(word) || labels.includes(` ${word}`));
      assert.ok(shown.every(Boolean) && found.every((own) => ` ${own.word}`.endsWith(own.text)), name);
    }
  }
});

test("a text goes on by the same numbers to the same words", async () => {
  for (const wanted of vectors.written) {
    const numbers = wanted.numbers.values(), random = () => numbers.next().value, found = [];
    const how = { words: wanted.words, random, spell: wanted.spell, ...howOf(wanted.how) };
    for await (const piece of new Generator(table(wanted)).write(bytesOf(wanted.prompt), how)) found.push(piece);
    assert.deepEqual(found.map((piece) => hex(toBytes(piece))), wanted.pieces, wanted.name);
  }
});

test("entries are drawn from shares", () => {
  for (const wanted of vectors.shared) {
    const how = howOf(wanted.how), logits = penalised(wanted.logits, wanted.written, how.repetitionPenalty);
    const found = shares(logits, how), all = wanted.shares.map((_, entry) => new Map(found).get(entry) ?? 0);
    assertNear(assert, all, wanted.shares, vectors.tolerance, wanted.name);
    for (const [number, entry] of wanted.draws) assert.equal(draw(found, number), entry, `${wanted.name}, ${number}`);
  }
});

test("what cannot be is refused", () => {
  for (const how of [{ temperature: -1 }, { topK: 1.5 }, { topP: 0 }, { topP: NaN }, { repetitionPenalty: 101 }]) {
    assert.throws(() => sampling(how), /which cannot be/);
  }
  assert.throws(() => new Generator({ metadata: { task: "classification", labels: ["a"] } }), /Open a generator/);
});

test("words end where a generator's do", () => {
  for (const { name, text, words, rest } of vectors.split) {
    const bytes = bytesOf(text), ends = wordsOf(bytesOf(read(bytes))).map(([, end]) => end);
    const found = ends.map((end, place) => hex(bytes.subarray(place > 0 ? ends[place - 1] : 0, end)));
    assert.deepEqual([...found, hex(bytes.subarray(ends.at(-1) ?? 0))], [...words, rest], name);
  }
});

/* Its state is a sum of what it read, its logits show the sum: whatever is read twice, or left out, differs. */
function streaming() {
  const asked = [];
  const run = (bytes, { state } = {}) => {
    asked.push(bytes.length);
    const sum = bytes.reduce((total, byte, place) => (total * 31 + byte * (place + 1)) % 9973, state?.sum[0] ?? 1);
    const words = wordsOf(bytes).reduce((total, [start, end]) => (total * 7 + end - start) % 997, state?.sum[1] ?? 0);
    const logits = Float32Array.from(labels, (_, place) => ((words + 1) * (place + 3)) % 101 / 8);
    return { logits, state: { sum: Float32Array.of(sum, words) } };
  };
  const state = [{ name: "sum", shape: [2], dtype: "float32", initial: 0 }];
  return { metadata: { task: "generation", labels, max_words: 4, max_bytes: 24, state }, run, asked };
}

test("a model with a state reads each word once, and answers as one that begins anew", async () => {
  const text = `How are you? I am fine.\nAnd the others, are they ${" ".repeat(40)}well`, model = streaming();
  const typing = new Generator(model);
  for (let size = 0; size <= text.length; size += 1) {
    const anew = new Generator(streaming());
    const typed = text.slice(0, size);
    assert.deepEqual(await typing.offer(typed), await anew.offer(typed), typed);
  }
  const before = model.asked.length;
  await typing.suggest(`${text}.`);
  assert.deepEqual(model.asked.slice(before), [1]);
});
