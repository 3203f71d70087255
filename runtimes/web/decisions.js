/* From what a model computes to what an app shows; the same of every engine that computes it. */
import { firedRules } from "./rules.js";
import { bestOf, highest, inScope, ranked, sigmoid, softmax } from "./scores.js";
import { spansOf } from "./spans.js";

export { inScope, ranked, sigmoid, softmax };

const SEVERAL_THRESHOLD = 0.5; // of a model of several labels a text that has none of its own
const NO_ANSWER = -50; // all logits are below it where rules leave a text without an answer

/** The answer to a text; neurolite.d.ts says what is in it, decisions.d.ts what `outputs` are. */
export function answerOf(outputs, metadata, text) {
  const { words, truncated, logits, embedding, rules, tags, offsets, experts, state } = outputs;
  const found = { words, truncated };
  if (embedding !== undefined) found.embedding = embedding;
  // What a generator's mean depends on the text that they follow: generation.js.
  if (metadata.task === "generation") found.logits = logits;
  else if (logits !== undefined) Object.assign(found, labelled(logits, metadata));
  if (rules !== undefined) {
    const several = metadata.task === "multi_label";
    found.rules = firedRules(metadata.rules, rules, several);
    if (!several && logits !== undefined) {
      found.refusedByRules = highest(logits) < NO_ANSWER;
      if (found.refusedByRules) found.abstained = true;
    }
  }
  if (tags !== undefined) found.spans = spansOf(tags, offsets, metadata.spans, text);
  if (experts !== undefined) found.experts = experts;
  if (state !== undefined) found.state = state;
  return found;
}

function labelled(logits, { task, threshold, labels }) {
  const several = task === "multi_label", best = bestOf(logits);
  const probabilities = several ? Float64Array.from(logits, sigmoid) : softmax(logits);
  const answer = { best, label: labels[best], score: probabilities[best], logits, probabilities };
  if (several) return { ...answer, labels: given(probabilities, labels, threshold ?? SEVERAL_THRESHOLD) };
  const scope = inScope(logits);
  return { ...answer, inScope: scope, abstained: threshold === null ? null : scope < threshold };
}

/* Of several labels a text, those that it is given, best first. */
function given(scores, labels, threshold) {
  const places = ranked(scores).filter((place) => scores[place] >= threshold);
  return places.map((place) => ({ label: labels[place], score: scores[place] }));
}
