/* What cosines mean: how vectors are cut, steadied and read, and how that is measured on a store's own examples where
 * its encoder does not say. docs/learning.md, "The same on every platform". */
import { dot, unit } from "./prototypes.js";
import { sigmoid } from "./scores.js";

const FEWEST_ROWS = 10; // with fewer, a threshold would be that of a text or two
const MOST_ROWS = 1_000; // that are asked
const COVERAGE = 0.9; // of the texts that have a label, answered at least
const LEAST_STEP = 1e-10;
const LEAST_DIFFERENCE = 1e-6;
const DAMPING = 1e-9;
const STEPS = 100;
const SHARPEST = 1e4;

/** The first numbers of a vector, of length 1 again, in float32. */
export const cutVector = (vector, dimension) => Float32Array.from(unit(vector.subarray(0, dimension)));

/** A cosine with the mean of some texts, as if it were that of one. */
export const steadied = (cosine, count, agreement) =>
  cosine * Math.sqrt(agreement + (1 - agreement) / Math.max(count, 1));

/** How likely a text has any of the labels, of the highest steadied cosine. */
export const scopeOf = ({ scale, offset }, steady) => sigmoid(scale * steady + offset);

/** What cosines mean in a store: as its encoder says, else measured; undefined where nobody can say. */
export function similarityOf(memory) {
  const { similarity, own_first: ownFirst } = memory.header;
  if (similarity !== null && !ownFirst) return similarity;
  return memory.remembered("similarity", () => measured(memory)) ?? similarity ?? undefined;
}

/* Each example is left out in turn: asked as one that has a label, and, without its label, as one that has none. */
function measured(memory) {
  const { dimension } = memory.header;
  const groupsOf = ({ label }) => memory.prototypes(label).members.map((rows) => ({ label, rows }));
  const groups = memory.table().flatMap(groupsOf);
  const group = new Map(groups.flatMap(({ rows }, place) => rows.map((row) => [row, place])));
  const texts = memory.living().map(({ row, vector }) => ({ own: group.get(row), unit: cutVector(vector, dimension) }));
  const labels = new Set(groups.map(({ label }) => label));
  const counted = groups.reduce((sum, { rows }) => sum + (rows.length > 1 ? rows.length : 0), 0);
  if (labels.size < 2 || counted < FEWEST_ROWS) return undefined;
  const sums = groups.map(() => new Float64Array(dimension));
  for (const text of texts) text.unit.forEach((value, place) => (sums[text.own][place] += value));
  const pairs = groups.reduce((sum, { rows }) => sum + rows.length * (rows.length - 1), 0);
  const agreement = (sums.reduce((sum, one) => sum + dot(one, one), 0) - texts.length) / pairs;
  if (!(agreement > LEAST_STEP && agreement <= 1)) return undefined;
  return fitted(leftOut(texts, groups, sums, agreement), dimension, agreement);
}

function leftOut(texts, groups, sums, agreement) {
  const means = sums.map(unit), every = Math.max(1, Math.ceil(texts.length / MOST_ROWS));
  const found = { inside: [], outside: [], own: [], rows: [] };
  for (let place = 0; place < texts.length; place += every) {
    const { own, unit: text } = texts[place], { label, rows } = groups[own];
    const cosines = means.map((mean, at) => steadied(dot(text, mean), groups[at].rows.length, agreement));
    const rest = sums[own].map((value, at) => value - text[at]);
    cosines[own] = rows.length > 1 ? steadied(dot(text, unit(rest)), rows.length - 1, agreement) : -Infinity;
    found.outside.push(Math.max(...cosines.filter((_, at) => groups[at].label !== label)));
    if (rows.length < 2) continue;
    found.inside.push(Math.max(...cosines));
    found.own.push(cosines[own]);
    found.rows.push(cosines);
  }
  return found;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rounded = (value) => Number(value.toFixed(6));

function fitted({ inside, outside, own, rows }, dimension, agreement) {
  if (mean(inside) - mean(outside) <= LEAST_DIFFERENCE) return undefined;
  const [scale, offset] = platt(inside, outside);
  if (!(scale > LEAST_STEP && scale <= SHARPEST && Math.abs(offset) <= SHARPEST)) return undefined;
  const border = Math.min(borderOf(inside, outside), quantile(inside, 1 - COVERAGE));
  return {
    dimension,
    agreement: rounded(agreement),
    scale: rounded(scale),
    offset: rounded(offset),
    sharpness: rounded(sharpnessOf(own, rows)),
    threshold: Math.min(rounded(sigmoid(scale * border + offset)), 1 - 1e-6),
  };
}

/* Scale and offset by Newton's method (Platt 1999), with his targets; both groups weigh the same. */
function platt(inside, outside) {
  const sides = [
    [inside, (inside.length + 1) / (inside.length + 2)],
    [outside, 1 / (outside.length + 2)],
  ];
  const texts = sides.flatMap(([values, target]) => values.map((x) => ({ x, target, weight: 0.5 / values.length })));
  const loss = ([a, b]) => {
    const of = (z, target) => Math.max(0, z) + Math.log1p(Math.exp(-Math.abs(z))) - target * z;
    return texts.reduce((sum, { x, target, weight }) => sum + weight * of(a * x + b, target), 0);
  };
  let found = [0, 0], last = loss(found);
  for (let round = 0; round < STEPS; round++) {
    const step = newton(texts, found), moved = (share) => found.map((value, place) => value - share * step[place]);
    let share = 1, next = loss(moved(1));
    while (next > last && share > LEAST_STEP) next = loss(moved((share /= 2)));
    [found, last] = [moved(share), next];
    if (Math.max(...step.map((value) => Math.abs(share * value))) < LEAST_STEP) break;
  }
  return found;
}

function newton(texts, [a, b]) {
  let [g, h, xx, x1, one] = [0, 0, DAMPING, 0, DAMPING];
  for (const { x, target, weight } of texts) {
    const p = sigmoid(a * x + b), slope = weight * (p - target), bend = weight * p * (1 - p);
    g += slope * x;
    h += slope;
    xx += bend * x * x;
    x1 += bend * x;
    one += bend;
  }
  const whole = xx * one - x1 * x1;
  return [(one * g - x1 * h) / whole, (xx * h - x1 * g) / whole];
}

/* The cosine between two that occur with the best mean of insiders kept and outsiders refused. */
function borderOf(inside, outside) {
  const values = [...new Set([...inside, ...outside])].sort((one, other) => one - other);
  const below = (all, value) => all.filter((one) => one < value).length / all.length;
  const worth = values.map((value) => 1 - below(inside, value) + below(outside, value));
  const best = worth.indexOf(Math.max(...worth));
  return best ? (values[best - 1] + values[best]) / 2 : values[0];
}

function quantile(values, part) {
  const sorted = [...values].sort((one, other) => one - other), place = part * (sorted.length - 1);
  const low = Math.floor(place), high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}

/* The factor whose softmax gives the true labels the highest likelihood, by golden section on its logarithm. */
function sharpnessOf(own, rows) {
  const loss = (power) => {
    const factor = Math.exp(power);
    const losses = rows.map((scores, place) => {
      const top = factor * Math.max(...scores);
      const total = scores.reduce((sum, score) => sum + Math.exp(factor * score - top), 0);
      return Math.log(total) + top - factor * own[place];
    });
    return mean(losses);
  };
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = 0, high = Math.log(1e3);
  while (high - low > 1e-4) {
    const left = high - ratio * (high - low), right = low + ratio * (high - low);
    if (loss(left) <= loss(right)) high = right;
    else low = left;
  }
  return Math.exp((low + high) / 2);
}
