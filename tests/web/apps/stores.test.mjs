import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear, bytesOf, floatsOf, golden, goldenBytes, module, stringOf } from "./vectors.mjs";

const { tolerance, halves, cases, torn, refused } = await golden("stores");
const { Learner } = await module("learner");
const { halfBits, halfValue } = await module("halves");
const { NeuroLiteError } = await module("errors");

const OPERATIONS = {
  add: (learner, { label, utf16 }, answer) => ({ id: learner.add(label, stringOf(utf16), answer) }),
  correct: (learner, { label, utf16 }, answer) => ({ id: learner.correct(label, stringOf(utf16), answer) }),
  remove: (learner, { id }) => learner.remove(id),
  merge: (learner, { label, into }) => learner.merge(label, into),
  forget: (learner, { label }) => learner.forget(label),
  compact: (learner) => learner.compact(),
  import: async (learner, { file }) => ({ ids: learner.importStore(await goldenBytes(file)) }),
};

const metadataOf = ({ labels, ...artifact }) => ({
  ...artifact,
  labels,
  task: labels.length ? "classification" : "embedding",
  outputs: labels.length ? ["logits", "embedding"] : ["embedding"],
});
const answerOf = ({ vector, logits }) => ({ embedding: floatsOf(vector), logits: logits && Float32Array.from(logits) });
const headerSize = (content) => 20 + new DataView(content.buffer, content.byteOffset).getUint32(12, true);
const headerOf = (content) => JSON.parse(new TextDecoder().decode(content.subarray(16, headerSize(content) - 4)));
const recordsOf = (content) => content.subarray(headerSize(content));

async function operated(learner, operation, what) {
  const done = async () => OPERATIONS[operation.do](learner, operation, operation.vector && answerOf(operation));
  if (operation.refused) {
    await assert.rejects(done, NeuroLiteError, what);
  } else {
    const found = await done();
    for (const name of ["id", "ids"]) if (name in (found ?? {})) assert.deepEqual(found[name], operation[name], what);
  }
  assert.equal(recordsOf(learner.save()).length, operation.record_bytes, what);
}

function ask(learner, query, what) {
  if (query.refused) return assert.throws(() => learner.classify(answerOf(query)), NeuroLiteError, what);
  const found = learner.classify(answerOf(query));
  assert.deepEqual([found.label, found.source, found.abstained], [query.label, query.source, query.abstained], what);
  assertNear(assert, [found.score, found.inScope], [query.score, query.in_scope], tolerance, what);
  for (const side of ["learned", "trained"]) {
    const one = found[side], wanted = query[side];
    assert.equal(one?.label, wanted?.label, what);
    if (wanted) assertNear(assert, [one.score, one.inScope], [wanted.score, wanted.in_scope], tolerance, `${what}, ${side}`);
  }
  assert.deepEqual(found.evidence.map(({ id, label }) => [id, label]), query.evidence.map(([id, label]) => [id, label]), what);
  assertNear(assert, found.evidence.map(({ cosine }) => cosine), query.evidence.map(([, , cosine]) => cosine), tolerance, what);
}

function told(learner, { labels, examples, queries }, name) {
  assert.deepEqual(learner.labels().map((one) => [one.name, one.examples, one.prototypes]), labels, name);
  assert.deepEqual(learner.examples().map(({ id, label }) => [id, label]), examples, name);
  for (const query of queries) ask(learner, query, `${name}: ${query.query}`);
}

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
  test(`a store is taught, asked and read again: ${one.name}`, async () => {
    const metadata = metadataOf(one.artifact), learner = Learner.begin(metadata, one.begin);
    for (const [place, operation] of one.operations.entries()) {
      await operated(learner, operation, `${one.name}, operation ${place}: ${operation.do}`);
    }
    const wanted = await goldenBytes(one.file), found = learner.save();
    assert.deepEqual(headerOf(found), headerOf(wanted));
    assert.deepEqual(recordsOf(found), recordsOf(wanted));
    told(learner, one, one.name);
    told(Learner.open(wanted, metadata), one, `${one.name}, read`);
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
    assert.throws(() => Learner.open(content, metadata), isRight, row.name);
    if (row.end !== undefined) assert.throws(() => Learner.open(content, metadata), new RegExp(`byte ${row.end},`), row.name);
  }
});
