/* A store that Python has taught and asked, taught and asked again. */
import assert from "node:assert/strict";
import { assertNear, floatsOf, module, stringOf } from "./vectors.mjs";

const TOLERANCE = 2e-5;
const { Learner } = await module("learner");
const { NeuroLiteError } = await module("errors");

const operations = (load) => ({
  add: (learner, { label, utf16 }, answer) => ({ id: learner.add(label, stringOf(utf16), answer) }),
  correct: (learner, { label, utf16 }, answer) => ({ id: learner.correct(label, stringOf(utf16), answer) }),
  remove: (learner, { id }) => learner.remove(id),
  merge: (learner, { label, into }) => learner.merge(label, into),
  forget: (learner, { label }) => learner.forget(label),
  compact: (learner) => learner.compact(),
  import: async (learner, { file }) => ({ ids: learner.importStore(await load(file)) }),
});

export const metadataOf = ({ labels, ...artifact }) => ({
  ...artifact,
  labels,
  task: labels.length ? "classification" : "embedding",
  outputs: labels.length ? ["logits", "embedding"] : ["embedding"],
});
const answerOf = ({ vector, logits }) => ({ embedding: floatsOf(vector), logits: logits && Float32Array.from(logits) });
const headerSize = (content) => 20 + new DataView(content.buffer, content.byteOffset).getUint32(12, true);
const headerOf = (content) => JSON.parse(new TextDecoder().decode(content.subarray(16, headerSize(content) - 4)));
const recordsOf = (content) => content.subarray(headerSize(content));

async function operated(learner, operation, load, what) {
  const done = async () => operations(load)[operation.do](learner, operation, operation.vector && answerOf(operation));
  if (operation.refused) {
    await assert.rejects(done, NeuroLiteError, what);
  } else {
    const found = await done();
    for (const name of ["id", "ids"]) if (name in (found ?? {})) assert.deepEqual(found[name], operation[name], what);
  }
  assert.equal(recordsOf(learner.save()).length, operation.record_bytes, what);
}

const near = (found, wanted, what) => assertNear(assert, found, wanted, TOLERANCE, what);

export function ask(learner, query, what) {
  if (query.refused) return assert.throws(() => learner.classify(answerOf(query)), NeuroLiteError, what);
  const found = learner.classify(answerOf(query));
  assert.deepEqual([found.label, found.source, found.abstained], [query.label, query.source, query.abstained], what);
  near([found.score, found.inScope], [query.score, query.in_scope], what);
  for (const side of ["learned", "trained"]) {
    const one = found[side], wanted = query[side];
    if (wanted !== undefined) assert.equal(one?.label, wanted?.label, what);
    if (wanted) near([one.score, one.inScope], [wanted.score, wanted.in_scope], `${what}, ${side}`);
  }
  const named = query.evidence.map(([id, label]) => [id, label]);
  const cosines = query.evidence.map(([, , cosine]) => cosine);
  assert.deepEqual(found.evidence.map(({ id, label }) => [id, label]), named, what);
  near(found.evidence.map(({ cosine }) => cosine), cosines, what);
}

function told(learner, { labels, examples, queries }, name) {
  assert.deepEqual(learner.labels().map((one) => [one.name, one.examples, one.prototypes]), labels, name);
  assert.deepEqual(learner.examples().map(({ id, label }) => [id, label]), examples, name);
  for (const query of queries) ask(learner, query, `${name}: ${query.query}`);
}

/** Refuses a case of stores.json whose answers or bytes are others here; `load` gives the bytes of its files. */
export async function checkStore(one, load) {
  const metadata = metadataOf(one.artifact), learner = Learner.begin(metadata, one.begin);
  for (const [place, operation] of one.operations.entries()) {
    await operated(learner, operation, load, `${one.name}, operation ${place}: ${operation.do}`);
  }
  const wanted = await load(one.file), found = learner.save();
  assert.deepEqual(headerOf(found), headerOf(wanted), one.name);
  assert.deepEqual(recordsOf(found), recordsOf(wanted), one.name);
  told(learner, one, one.name);
  told(Learner.open(wanted, metadata), one, `${one.name}, read`);
}
