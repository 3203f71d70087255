/* From what stored examples say, and what a classifier's own labels say, to one answer; docs/learning.md, "Beside a
 * classifier". */
import { dot } from "./prototypes.js";
import { bestOf, inScope, softmax } from "./scores.js";
import { scopeOf, steadied } from "./similarity.js";

/** What the examples say of a vector: of each label that has some its steadied cosine, and how sure to be. */
export function scored(memory, vector, similarity) {
  const agreement = similarity?.agreement ?? 1, table = memory.table();
  const near = table.map(({ prototypes }) =>
    Math.max(...prototypes.map(({ unit, count }) => steadied(dot(unit, vector), count, agreement))),
  );
  const found = { labels: table.map(({ label }) => memory.names.get(label)), best: bestOf(near) };
  if (similarity === undefined) return { ...found, probabilities: undefined, inScope: null };
  const probabilities = softmax(near.map((cosine) => similarity.sharpness * cosine));
  return { ...found, probabilities, inScope: scopeOf(similarity, near[found.best]) };
}

/** One answer of one side or of two.
 *
 * learned: what `scored` gives; undefined without examples. trained: labels, logits and threshold of a classifier;
 * undefined of an encoder. threshold: of the learned side's inScope. known: the label of a stored example that is
 * exactly this text. */
export function combined(learned, trained, threshold, known) {
  const left = learned === undefined ? null : learnedSide(learned), right = trained && trainedSide(trained);
  if (right === undefined) {
    return { ...left, abstained: refuses(left.inScope, threshold), source: "learned", learned: left, trained: null };
  }
  if (left === null) {
    const abstained = refuses(right.inScope, trained.threshold);
    return { ...right, abstained, source: "trained", learned: null, trained: right };
  }
  return { ...mixed(learned, trained, right.inScope, threshold, known), learned: left, trained: right };
}

/* Where nobody knows what cosines mean, only a stored text itself is surely one that was learned. */
function gateOf({ labels, probabilities, inScope: scope }, known) {
  if (probabilities !== undefined) return [scope, labels.map((label, place) => [label, probabilities[place]])];
  return known === undefined ? [0, []] : [1, [[known, 1]]];
}

function mixed(learned, trained, scope, threshold, known) {
  const [gate, own] = gateOf(learned, known), shares = new Map(own.map(([label, p]) => [label, [gate * p, 0]]));
  softmax(trained.logits).forEach((p, place) => {
    const label = trained.labels[place];
    shares.set(label, [shares.get(label)?.[0] ?? 0, (1 - gate) * p]);
  });
  const rows = [...shares], best = bestOf(rows.map(([, [ours, theirs]]) => ours + theirs));
  const [label, [ours, theirs]] = rows[best];
  const unsure = known === undefined && threshold === undefined;
  const refusals = [refuses(unsure ? null : gate, threshold ?? 0), refuses(scope, trained.threshold)];
  const abstained = refusals.includes(false) ? false : refusals.every((refusal) => refusal === true) || null;
  const source = ours > theirs ? "learned" : "trained";
  return { label, score: ours + theirs, inScope: gate + (1 - gate) * scope, abstained, source };
}

function learnedSide({ labels, best, probabilities, inScope: scope }) {
  return { label: labels[best], score: probabilities?.[best] ?? null, inScope: scope };
}

function trainedSide({ labels, logits }) {
  const best = bestOf(logits);
  return { label: labels[best], score: softmax(logits)[best], inScope: inScope(logits) };
}

const refuses = (score, threshold) => (score === null || (threshold ?? null) === null ? null : score < threshold);
