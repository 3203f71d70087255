/* node random_parts.mjs JOB: cuts, rules and spans as Python has them. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { assertNear, bytesOf, floatsOf, module } from "./vectors.mjs";

const { cuts, rules, spans } = JSON.parse(await readFile(process.argv[2], "utf-8"));
const { cut } = await module("texts");
const { firedRules } = await module("rules");
const { foundSpans, spansOf } = await module("spans");

for (const { bytes, most, size, lost } of cuts) {
  const found = cut(bytesOf(bytes), most);
  assert.deepEqual([found.bytes.length, found.truncated], [size, lost], `${bytes}, ${most}`);
}
for (const { facts, flags, several, fired } of rules) assert.deepEqual(firedRules(facts, flags, several), fired);
for (const { tags, thresholds, bytes, offsets, found } of spans) {
  const numbers = floatsOf(tags), words = foundSpans(numbers, thresholds);
  const named = ({ first, behind, type }) => [first, behind, type];
  assert.deepEqual(words.map(named), found.map(({ place }) => place));
  assertNear(assert, words.map(({ score }) => score), found.map(({ score }) => score), 1e-12, tags);
  const facts = { types: thresholds.map(String), thresholds };
  const placed = spansOf(numbers, Int32Array.from(offsets.flat()), facts, bytesOf(bytes));
  assert.deepEqual(placed.map(({ start, end }) => [start, end]), found.map(({ units }) => units), bytes);
}
