import assert from "node:assert/strict";
import { test } from "node:test";
import { readFile } from "node:fs/promises";
import { assertNear, golden, module, stringOf } from "./vectors.mjs";

const { tolerance, types, thresholds, cases } = await golden("spans");
const { foundSpans, spansOf } = await module("spans");
const { toBytes } = await module("texts");

test("spans stand where they stand in a string, and in its bytes", () => {
  for (const { name, utf16, tags, offsets, spans } of cases) {
    const text = stringOf(utf16), given = [Float32Array.from(tags.flat()), Int32Array.from(offsets.flat())];
    const found = spansOf(...given, { types, thresholds }, text);
    assert.equal(found.length, spans.length, name);
    found.forEach((span, place) => {
      const wanted = spans[place];
      const units = [wanted.start_utf16, wanted.end_utf16], own = [wanted.start_byte, wanted.end_byte];
      assert.deepEqual([span.type, span.text], [wanted.type, stringOf(wanted.text_utf16)], name);
      assert.deepEqual([span.start, span.end, span.startByte, span.endByte], [...units, ...own], name);
      assert.equal(text.slice(span.start, span.end), span.text);
      assertNear(assert, span.score, wanted.score, tolerance, name);
    });
    if (/\p{Cs}/u.test(text)) continue; // of bytes it is three U+FFFD
    assert.deepEqual(spansOf(...given, { types, thresholds }, toBytes(text)), found, name);
  }
});

test("spans of bytes that are no UTF-8 have every character that any of their bytes is of", () => {
  const facts = { types: ["x"], thresholds: [0] }, tags = Float32Array.of(0, 9, 0);
  // Three bytes that could go on, one that cannot, and one letter: U+FFFD twice, then "a".
  const text = Uint8Array.of(0xf0, 0x9f, 0x91, 0x80 | 0x40, 0x61);
  const places = [[0, 3, 0, 1], [1, 2, 0, 1], [3, 4, 1, 2], [3, 5, 1, 3], [4, 5, 2, 3]];
  for (const [from, to, start, end] of places) {
    const [span] = spansOf(tags, Int32Array.of(from, to), facts, text);
    assert.deepEqual([span.start, span.end], [start, end], `${from} to ${to}`);
  }
});

test("tags are decoded as everywhere", async () => {
  const { decoding } = JSON.parse(await readFile(new URL("../../golden/spans.json", import.meta.url), "utf-8"));
  const logit = (value) => (typeof value === "string" ? Number(value.replace(/inf$/i, "Infinity")) : value);
  for (const { name, words, tags, thresholds: given, spans } of decoding) {
    const limits = given ?? Array(2).fill(-1), width = 1 + 2 * limits.length;
    const found = foundSpans(Float32Array.from(tags.flat(), logit).subarray(0, words * width), limits);
    assert.deepEqual(found.map(({ score, ...span }) => span), spans.map(({ score, ...span }) => span), name);
    assertNear(assert, found.map(({ score }) => score), spans.map(({ score }) => score), 1e-9, name);
  }
});
