/* Words that are no entries, byte by byte, as neurolite_core/answer/spelling.py has it. */
import { toBytes } from "./bytes.js";

export const BORDER = 256; // before a word's first byte and behind its last
const SYMBOLS = 257;
const ORDER = 5, NOVELTY = 8, BY_PLACE = 0.8, FLATTER = 0.4;
const SECOND = { 0xe0: [0xa0, 0xbf], 0xed: [0x80, 0x9f], 0xf0: [0x90, 0xbf], 0xf4: [0x80, 0x8f] };

/** Spells what is none of some words: all of them behind each other, a border before, between and behind. */
export class Speller {
  #symbols = [BORDER];
  #owners = [0];
  #words;

  constructor(words) {
    this.#words = new Set(words);
    words.forEach((word, place) => {
      for (const symbol of [...toBytes(word), BORDER]) {
        this.#symbols.push(symbol);
        this.#owners.push(place);
      }
    });
  }

  /** What may stand next: 257 probabilities, of each byte and of the word's end.
   *  `weights` of weightsOf; `word` its bytes so far, of which so many were `given`. */
  shares(weights, word, given) {
    const found = this.#next(weights, word), follows = mayFollow(word);
    for (let byte = 0; byte < BORDER; byte += 1) if (!follows(byte)) found[byte] = 0;
    if (word.length <= given || open(word).length > 0 || this.#words.has(decoder.decode(Uint8Array.from(word)))) {
      found[BORDER] = 0;
    }
    const total = found.reduce((sum, share) => sum + share, 0);
    return found.map((share) => share / total);
  }

  #next(weights, word) {
    const before = [BORDER, ...word], symbols = this.#symbols;
    let found = new Float64Array(SYMBOLS).fill(1 / SYMBOLS), places = symbols.map((_, place) => place).slice(1);
    for (let back = 0; back < Math.min(ORDER, before.length + 1); back += 1) {
      if (back > 0) places = places.filter((place) => symbols[place - back] === before.at(-back));
      const counts = new Float64Array(SYMBOLS);
      for (const place of places) counts[symbols[place]] += weights[this.#owners[place]];
      const unseen = NOVELTY * counts.filter((count) => count > 0).length;
      if (unseen === 0) break;
      const total = counts.reduce((sum, count) => sum + count, 0) + unseen, lower = found;
      found = counts.map((count, symbol) => (count + unseen * lower[symbol]) / total);
    }
    return found;
  }
}

/** How often each word counts where its logit is this; -Infinity for one that may not stand there. */
export function weightsOf(logits) {
  const most = logits.reduce((one, other) => Math.max(one, other), -Infinity);
  if (most === -Infinity) return new Float64Array(logits.length).fill(1);
  const powers = logits.map((logit) => Math.exp(FLATTER * (logit - most)));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => 1 - BY_PLACE + (BY_PLACE * logits.length * power) / total);
}

/** Whether UTF-8 does not end within a character. */
export const isWhole = (text) => open(text).length === 0;

/* Which byte UTF-8 goes on with (The Unicode Standard 15.0, table 3-7). */
function mayFollow(text) {
  const begun = open(text);
  if (begun.length === 0) return (byte) => byte < 0x80 || (byte >= 0xc2 && byte <= 0xf4);
  const [low, high] = (begun.length === 1 && SECOND[begun[0]]) || [0x80, 0xbf];
  return (byte) => byte >= low && byte <= high;
}

/* The bytes of a character at the end that wants more. */
function open(text) {
  for (let size = 1; size <= Math.min(3, text.length); size += 1) {
    const first = text.at(-size);
    if (first >= 0xc0) return size < (first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4) ? text.slice(-size) : [];
    if (first < 0x80) break;
  }
  return [];
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
