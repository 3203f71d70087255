/* Prototypes of a label: running means of its examples, several where these lie in several places; docs/learning.md,
 * "The same on every platform". Vectors are given by the rows of their examples; sums are in float64. */

const ROUNDS = 10;
const SMALLEST = 1e-12;

export function dot(one, other) {
  let sum = 0;
  for (let place = 0; place < one.length; place++) sum += one[place] * other[place];
  return sum;
}

/** Of length 1; zeros stay so. */
export function unit(vector) {
  const length = Math.max(Math.sqrt(dot(vector, vector)), SMALLEST);
  return Float64Array.from(vector, (value) => value / length);
}

/** The place of the highest score that `of` gives, of equals the first. */
function bestPlace(items, of) {
  let best = 0, most = -Infinity;
  items.forEach((item, place) => {
    const score = of(item);
    if (score > most) [best, most] = [place, score];
  });
  return best;
}

function sumOf(rows, vectors) {
  const sum = new Float64Array(vectors[rows[0]].length);
  for (const row of rows) vectors[row].forEach((value, place) => (sum[place] += value));
  return sum;
}

const meanOf = (rows, vectors) => sumOf(rows, vectors).map((value) => value / rows.length);

/* n times one minus the mean cosine with the mean. */
function spreadOf(rows, vectors) {
  const total = sumOf(rows, vectors);
  return rows.length - Math.sqrt(dot(total, total));
}

/** The share of the spread of both that is gone when each has its own mean. */
export function gainOf(left, right, vectors) {
  const whole = spreadOf([...left, ...right], vectors);
  if (whole <= SMALLEST * (left.length + right.length)) return 0;
  return 1 - (spreadOf(left, vectors) + spreadOf(right, vectors)) / whole;
}

/** Two groups of examples by two means on the sphere (Dhillon and Modha 2001); undefined if one is empty. */
export function twoMeans(rows, vectors) {
  const total = sumOf(rows, vectors), own = rows.map((row) => vectors[row]);
  const first = own[bestPlace(own, (vector) => -dot(vector, total))];
  const second = own[bestPlace(own, (vector) => -dot(vector, first))];
  const sides = (one, other) => own.map((vector) => dot(vector, one) > dot(vector, other));
  const parts = (side) => [rows.filter((_, place) => side[place]), rows.filter((_, place) => !side[place])];
  let side = sides(first, second);
  for (let round = 0; round < ROUNDS; round++) {
    const [left, right] = parts(side);
    if (left.length === 0 || right.length === 0) return undefined;
    const moved = sides(unit(sumOf(left, vectors)), unit(sumOf(right, vectors)));
    if (moved.every((is, place) => is === side[place])) break;
    side = moved;
  }
  const [left, right] = parts(side);
  return left.length === 0 || right.length === 0 ? undefined : { left, right, gain: gainOf(left, right, vectors) };
}

export class Prototypes {
  #settings;
  /** Vectors, not of length 1, and of each the rows of its examples. */
  means = [];
  members = [];

  constructor(settings) {
    this.#settings = settings;
  }

  /** Of how many examples each is the mean; an average that forgets has at most 1 / rate. */
  counts() {
    return this.members.map((rows) => Math.min(rows.length, 1 / this.#settings.rate));
  }

  /** Takes one more example. */
  observe(row, vectors) {
    const vector = vectors[row];
    if (this.means.length === 0) return this.#add([row], Float64Array.from(vector));
    const near = this.#nearest(vector), count = this.members[near].push(row);
    const share = Math.max(1 / count, this.#settings.rate);
    this.means[near] = this.means[near].map((value, place) => value + share * (vector[place] - value));
    const times = count / this.#settings.split_from;
    if (Number.isInteger(times) && (times & (times - 1)) === 0) this.#look(near, vectors);
  }

  #nearest(vector) {
    return bestPlace(this.means, (mean) => dot(unit(mean), vector));
  }

  #add(rows, mean) {
    this.members.push(rows);
    this.means.push(mean);
  }

  #take(place) {
    this.means.splice(place, 1);
    return this.members.splice(place, 1)[0];
  }

  /* Splits, joins and drops, in this order, once each. */
  #look(place, vectors) {
    const parts = twoMeans(this.members[place], vectors);
    if (parts !== undefined && parts.gain >= this.#settings.split_gain) {
      this.#take(place);
      for (const rows of [parts.left, parts.right]) this.#add(rows, meanOf(rows, vectors));
    }
    if (this.means.length > 1) this.#join(vectors);
    if (this.means.length > this.#settings.most_prototypes) this.#drop(vectors);
  }

  #join(vectors) {
    const units = this.means.map(unit);
    const pairs = units.flatMap((_, first) => units.slice(first + 1).map((__, rest) => [first, first + 1 + rest]));
    const [first, second] = pairs[bestPlace(pairs, ([one, other]) => dot(units[one], units[other]))];
    if (gainOf(this.members[first], this.members[second], vectors) >= this.#settings.join_gain) return;
    const rows = [...this.#take(second), ...this.#take(first)].sort((one, other) => one - other);
    this.#add(rows, meanOf(rows, vectors));
  }

  /* The one with the fewest examples goes; they move to the nearest others. */
  #drop(vectors) {
    const rows = this.#take(bestPlace(this.members, (own) => -own.length));
    const moved = rows.map((row) => this.#nearest(vectors[row]));
    rows.forEach((row, place) => this.members[moved[place]].push(row));
    for (const near of new Set(moved)) {
      this.members[near].sort((one, other) => one - other);
      this.means[near] = meanOf(this.members[near], vectors);
    }
  }
}
