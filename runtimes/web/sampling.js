/* One entry of a vocabulary by its logits, as neurolite_core/answer/sampling.py has it. */
import { NeuroLiteError, shown } from "./errors.js";

const DEFAULTS = { temperature: 0.8, topK: 40, topP: 0.95, repetitionPenalty: 1.1 };
const RANGES = {
  temperature: (value) => value >= 0 && value <= 100,
  topK: (value) => Number.isInteger(value) && value >= 0,
  topP: (value) => value > 0 && value <= 1,
  repetitionPenalty: (value) => value > 0 && value <= 100,
};

/** How an entry is chosen, with what nobody gave; refused where a value cannot be. */
export function sampling(given) {
  const found = { ...DEFAULTS, ...given };
  const wrong = Object.keys(RANGES).find((name) => !RANGES[name](found[name]));
  if (wrong !== undefined) throw new NeuroLiteError(`${wrong} is ${shown(found[wrong])}, which cannot be.`);
  return found;
}

/** Logits in which entries that were written are less probable. */
export function penalised(logits, written, penalty) {
  const found = new Float64Array(logits);
  for (const entry of new Set(written)) {
    found[entry] = found[entry] > 0 ? found[entry] / penalty : found[entry] * penalty;
  }
  return found;
}

/** [[entry, probability]] of those that are drawn from, the most probable first; of no temperature that one alone. */
export function shares(logits, { temperature, topK, topP }) {
  const kept = best(logits, temperature === 0 ? 1 : topK || logits.length);
  if (temperature === 0) return [[kept[0], 1]];
  const powers = kept.map((entry) => Math.exp((logits[entry] - logits[kept[0]]) / temperature)), total = sum(powers);
  let before = 0;
  const drawn = powers.map((power) => {
    const share = power / total, own = before < topP ? share : 0;
    before += share;
    return own;
  });
  const most = sum(drawn);
  return kept.map((entry, place) => [entry, drawn[place] / most]).filter(([, share]) => share > 0);
}

/** The entry that a number from 0 up to 1 draws: shares count in the order of the entries' numbers. */
export function draw(found, number) {
  const ordered = [...found].sort(([one], [other]) => one - other);
  const aim = number * sum(ordered.map(([, share]) => share));
  let bound = 0;
  return (ordered.find(([, share]) => (bound += share) > aim) ?? ordered.at(-1))[0];
}

/** The places of the highest logits that are numbers, best first, of equals the first: at most so many. */
export function best(logits, count) {
  if (count > SORTED) return sorted(logits).slice(0, count);
  const found = [];
  for (let place = 0; place < logits.length; place++) {
    if (logits[place] === -Infinity || (found.length === count && logits[place] <= logits[found.at(-1)])) continue;
    let at = found.length;
    while (at > 0 && logits[found[at - 1]] < logits[place]) at -= 1;
    found.splice(at, 0, place);
    if (found.length > count) found.pop();
  }
  return found;
}

/* Of equals the first. */
function sorted(logits) {
  const places = Array.from(logits, (_, place) => place).filter((place) => logits[place] > -Infinity);
  return places.sort((one, other) => logits[other] - logits[one]);
}

const SORTED = 64; // so many are quicker found by sorting all
const sum = (values) => values.reduce((total, value) => total + value, 0);
