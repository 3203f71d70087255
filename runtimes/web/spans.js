/* From the logits of words' tags to spans: docs/spans.md. */
import { characterStarts } from "./places.js";
import { softmax } from "./scores.js";

const LIMIT = 3.4028234663852886e38; // the greatest float32

/** The spans of a text, in the order of its words, those below their type's threshold left out.
 *
 * tags: T logits of each word that was read: outside, then beginning and inside of each type. offsets: of these words
 * the first byte and the one behind the last. facts: types and thresholds, of the metadata. text: a string, or bytes,
 * whose characters are those that TextDecoder finds. */
export function spansOf(tags, offsets, { types, thresholds }, text) {
  const found = foundSpans(tags, thresholds);
  const places = found.map(({ first, behind }) => [offsets[2 * first], offsets[2 * behind - 1]]);
  const { readable, at } = characterStarts(text, Math.max(0, ...places.map(([, end]) => end)));
  return found.map(({ type, score }, number) => {
    const [startByte, endByte] = places[number], start = at(startByte), end = at(endByte, true);
    return { type: types[type], start, end, startByte, endByte, text: readable.slice(start, end), score };
  });
}

/** The same as words: the first, the one behind the last, and the type's number. */
export function foundSpans(tags, thresholds) {
  const width = 1 + 2 * thresholds.length, logits = Float64Array.from(tags, finite);
  return decoded(logits, width)
    .map((span) => ({ ...span, score: scoreOf(logits, width, span) }))
    .filter(({ type, score }) => score >= thresholds[type]);
}

/* What no model gives, but a file from outside may, has an answer too. */
const finite = (logit) => (Number.isNaN(logit) ? -LIMIT : Math.min(Math.max(logit, -LIMIT), LIMIT));

/* The best tags in which I of a type follows only B or I of that type (Viterbi 1967): before O and before every B
 * stands the best of all, so that only each type's I has something to choose. Spans come back from the last word. */
function decoded(logits, width) {
  const length = logits.length / width, types = (width - 1) / 2;
  const best = [], starts = [], begun = Array(types).fill(0);
  let sums = new Float64Array(width);
  for (let word = 0; word < length; word++) {
    const before = new Float64Array(width).fill(word ? sums[best[word - 1]] : 0);
    for (let type = 0; type < types; type++) {
      const begins = sums[1 + 2 * type], goesOn = sums[2 + 2 * type];
      before[2 + 2 * type] = word ? Math.max(begins, goesOn) : -Infinity;
      if (word && !(goesOn > begins)) begun[type] = word - 1;
    }
    sums = before.map((sum, tag) => sum + logits[word * width + tag]);
    const own = sums.reduce((most, sum, tag) => (sum > sums[most] ? tag : most), 0);
    best.push(own);
    starts.push(own > 0 && own % 2 === 0 ? begun[own / 2 - 1] : word);
  }
  const found = [];
  for (let word = length - 1; word >= 0; word = starts[word] - 1) {
    if (best[word] > 0) found.push({ first: starts[word], behind: word + 1, type: (best[word] - 1) >> 1 });
  }
  return found.reverse();
}

/* The smallest probability of a span's tags. */
function scoreOf(logits, width, { first, behind, type }) {
  let least = 1;
  for (let word = first; word < behind; word++) {
    const chances = softmax(logits.subarray(word * width, (word + 1) * width));
    least = Math.min(least, chances[1 + 2 * type + (word > first ? 1 : 0)]);
  }
  return least;
}
