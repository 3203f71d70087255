import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear, golden, module } from "./vectors.mjs";

const { tolerance, labels, rules, cases, ruled } = await golden("decisions");
const { answerOf, ranked } = await module("decisions");
const { overruled } = await module("rules");

function answered({ task, threshold, logits, rules: fired }) {
  const metadata = { task, threshold, labels: labels.slice(0, logits.length), rules, spans: null };
  const outputs = { words: 1, truncated: false, logits: Float32Array.from(logits) };
  return answerOf(fired ? { ...outputs, rules: Int32Array.from(fired) } : outputs, metadata, "text");
}

function check(wanted) {
  const found = answered(wanted), { name } = wanted;
  assertNear(assert, found.probabilities, wanted.probabilities, tolerance, name);
  if (wanted.task === "multi_label") {
    assert.deepEqual(found.labels.map(({ label }) => label), wanted.labels.map(([label]) => label), name);
    const scores = wanted.labels.map(([, score]) => score);
    assertNear(assert, found.labels.map(({ score }) => score), scores, tolerance, name);
    return found;
  }
  assert.deepEqual([found.label, found.abstained], [wanted.label, wanted.abstained], name);
  assertNear(assert, found.score, wanted.score, tolerance, name);
  assertNear(assert, found.inScope, wanted.in_scope, tolerance, name);
  assert.deepEqual(ranked(found.probabilities).map((place) => labels[place]), wanted.ranked, name);
  return found;
}

test("logits become probabilities, a label and an abstention", () => {
  for (const wanted of cases) check(wanted);
});

test("rules that fired are told, and whether they had their way", () => {
  for (const wanted of ruled) {
    const found = check(wanted), { name } = wanted;
    if (wanted.task === "multi_label") {
      const lost = rules.filter((_, place) => overruled(rules, wanted.rules, true)[place]);
      assert.deepEqual(lost.map((rule) => rule.name), wanted.overruled, name);
      continue;
    }
    assert.equal(found.refusedByRules, wanted.refused_by_rules, name);
    assert.deepEqual(found.rules, wanted.fired, name);
  }
});
