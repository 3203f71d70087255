import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ask, checkStore, metadataOf } from "./store_cases.mjs";
import { bytesOf, floatsOf, golden, goldenBytes, module } from "./vectors.mjs";

const { halves, cases, torn, refused } = await golden("stores");
const { Learner } = await module("learner");
const { joined, words } = await module("bytes");
const { crc32 } = await module("checksums");
const { halfBits, halfValue } = await module("halves");
const { NeuroLiteError } = await module("errors");

test("numbers of 16 bits are the nearest, and the even one of two", () => {
  for (const [single, half] of halves) {
    const wanted = new DataView(bytesOf(half).buffer).getUint16(0, true);
    assert.equal(halfBits(floatsOf(single)[0]), wanted, single);
  }
  for (let bits = 0; bits < 65536; bits++) {
    const value = halfValue(bits);
    if (!Number.isNaN(value)) assert.equal(halfBits(value), bits);
  }
});

for (const one of cases) {
  test(`a store is taught, asked and read again: ${one.name}`, () => checkStore(one, goldenBytes));
}

// The learners' own vectors, of stores that answer by prototypes.
for (const name of ["plain", "split", "classifier", "measured", "unmeasured"]) {
  test(`a store of Python's tests answers as there: ${name}`, async () => {
    const load = (ending) => readFile(new URL(`../../golden/learning/${name}.${ending}`, import.meta.url));
    const { trained, labels, answers } = JSON.parse(await load("json")), content = await load("nls");
    const size = new DataView(content.buffer, content.byteOffset).getUint32(12, true);
    const header = JSON.parse(content.subarray(16, 16 + size));
    const artifact = { ...header, name: "toy", embedding_size: header.encoder_dimension, similarities: [] };
    const learner = Learner.open(content, metadataOf({ ...artifact, ...trained, max_bytes: 256 }));
    assert.deepEqual(learner.labels().map((one) => [one.name, one.examples, one.prototypes]), labels);
    for (const { vector, logits, evidence, ...wanted } of answers.prototypes) {
      const named = evidence.map(([id, cosine]) => [id, learner.examples().find((one) => one.id === id).label, cosine]);
      ask(learner, { vector, logits: logits ?? undefined, evidence: named, ...wanted }, name);
    }
  });
}

async function changed({ of, change }) {
  const content = Array.from(await goldenBytes(of));
  for (const [place, gone, come] of change) content.splice(place, gone, ...bytesOf(come));
  return Uint8Array.from(content);
}

test("what was never finished is left out", async () => {
  const metadata = metadataOf(cases.find(({ name }) => name === "plain").artifact);
  for (const row of torn) {
    const content = await changed(row), learner = Learner.open(content, metadata);
    assert.equal(content.length, row.size, row.name);
    assert.deepEqual(learner.save(), content.slice(0, row.end), row.name);
    assert.deepEqual([learner.examples().length, learner.torn], [row.examples, row.size - row.end], row.name);
  }
});

test("what is no store of this model is refused", async () => {
  const metadata = metadataOf(cases.find(({ name }) => name === "plain").artifact);
  const reasons = { "not a store": /no store/, damaged: /damaged/, "newer version": /version 2/, fitted: /a fit/ };
  Object.assign(reasons, { "not this version": /header has/, "another encoder": /another encoder/ });
  for (const row of refused) {
    const content = await changed(row);
    const isRight = (error) => error instanceof NeuroLiteError && reasons[row.why].test(error.message);
    const opened = () => Learner.open(content, metadata);
    assert.throws(opened, isRight, row.name);
    if (row.end !== undefined) assert.throws(opened, new RegExp(`byte ${row.end},`), row.name);
  }
});

test("records of any bytes are refused, or harmless", async () => {
  const plain = await goldenBytes("plain.nls"), one = cases.find(({ name }) => name === "plain");
  let state = 1;
  const random = (below) => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 * below) | 0;
  const counts = { opened: 0, refused: 0 };
  for (let round = 0; round < 3000; round++) {
    // Most bytes are small, so that ids and labels are often those of something.
    const payload = Uint8Array.from({ length: 4 * random(12) }, (_, place) => (place % 4 ? 0 : random(5)));
    if (round % 5 === 0 && payload.length > 0) payload.set([random(256)], random(payload.length));
    const head = words(payload.length, random(11));
    const content = joined([plain, head, words(crc32(head)), payload, words(crc32(payload))]);
    try {
      Learner.open(content, metadataOf(one.artifact)).classify({ embedding: floatsOf(one.queries[0].vector) });
      counts.opened += 1;
    } catch (error) {
      if (!(error instanceof NeuroLiteError)) throw error;
      counts.refused += 1;
    }
  }
  assert.ok(counts.opened > 100 && counts.refused > 1000, JSON.stringify(counts));
});
