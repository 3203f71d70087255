import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, golden, module, stringOf } from "./vectors.mjs";

const vectors = await golden("texts");
const { bucketsOf, cut, firstBucket, nextBucket, toBytes } = await module("texts");
const { classOf } = await module("characters");

test("strings are the bytes that they are everywhere", () => {
  for (const { name, utf16, bytes } of vectors.texts) assert.deepEqual(toBytes(stringOf(utf16)), bytesOf(bytes), name);
});

test("characters have their classes", () => {
  vectors.classes.forEach(([start, own], place) => {
    assert.equal(classOf(start), own);
    const next = vectors.classes[place + 1]?.[0] ?? 0x200000;
    assert.equal(classOf(next - 1), own);
  });
});

test("texts are cut at word borders", () => {
  for (const { name, bytes, max_bytes: most, cut: size, truncated } of vectors.cuts) {
    const found = cut(bytesOf(bytes), most);
    assert.deepEqual([found.bytes.length, found.truncated], [size, truncated], `${name}, ${most}`);
  }
});

test("a run has the bucket that its text needs", () => {
  const limits = { package: [4096, 256], small: [96, 20], short: [1000, 1000] };
  for (const [name, most] of Object.entries(limits)) assert.deepEqual(bucketsOf(...most), vectors.buckets[name]);
  for (const { model, bytes, words, first, last } of vectors.runs) {
    const buckets = vectors.buckets[model];
    assert.equal(firstBucket(buckets, bytes), first);
    assert.equal(nextBucket(buckets, first, words), last);
  }
});
