/* Probabilities of logits, and the order of scores. */

/** Places of the scores, the highest first, of equals the first. */
export function ranked(scores) {
  return Array.from(scores, (_, place) => place).sort((one, other) => scores[other] - scores[one]);
}

/** The place of the highest, of equals the first. */
export function bestOf(scores) {
  let best = 0;
  for (let place = 1; place < scores.length; place++) if (scores[place] > scores[best]) best = place;
  return best;
}

/** The probability that a text has a label, of a model of several labels a text. */
export function sigmoid(logit) {
  const power = Math.exp(-Math.abs(logit));
  return (logit >= 0 ? 1 : power) / (1 + power);
}

/** The probability of each label, of a model of one label a text. */
export function softmax(logits) {
  const found = powers(logits, highest(logits)), total = sum(found);
  return found.map((power) => power / total);
}

/** How surely a text has any of the labels: softmax with one more, "none of these", whose logit is 0. */
export function inScope(logits) {
  const most = Math.max(highest(logits), 0), known = sum(powers(logits, most));
  return known / (known + Math.exp(-most));
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
export const highest = (logits) => logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
const powers = (logits, most) => Float64Array.from(logits, (logit) => Math.exp(logit - most));
