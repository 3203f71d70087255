/* From a text to what a model is given: bytes, cut at a word border, and the length of file that takes them. */
import {
  ACCENT, APOSTROPHE, classOf, IGNORABLE, ISOLATED, LETTER, MARK, PUNCTUATION, SEPARATOR,
} from "./characters.js";

export { toBytes } from "./bytes.js";

const STRAY = 0xdc00; // a byte outside of any sequence is this plus the byte
const MOST_CLUSTER = 16; // bytes of a character with what follows it
const AHEAD = MOST_CLUSTER + 8; // bytes behind a cut that may decide it
const BLANK = [0, 9, 10, 13, 32];
const SIZES = [64, 192, 512, 1536];
const BYTES_PER_WORD = 4, BLOCK = 64;

/** At most so many bytes of a text, cut at a word border, and whether more than blanks was cut off. */
export function cut(bytes, maxBytes) {
  if (bytes.length <= maxBytes) return { bytes, truncated: false };
  const borders = bordersOf(bytes.subarray(0, maxBytes + AHEAD)).filter((place) => place <= maxBytes);
  const end = borders.at(-1) || maxBytes;
  return { bytes: bytes.subarray(0, end), truncated: bytes.subarray(end).some((byte) => !BLANK.includes(byte)) };
}

/** [first byte, byte behind its last] of each word. */
export function wordsOf(bytes) {
  const found = [];
  for (const { at, end, isWord, isBorder } of partsOf(bytes)) {
    if (isWord && isBorder) found.push([at, end]);
    else if (isWord) found.at(-1)[1] = end;
  }
  return found;
}

/* Where words begin, and separators. */
const bordersOf = (bytes) => partsOf(bytes).filter(({ isBorder }) => isBorder).map(({ at }) => at);

/* Characters with what follows them, each a part of a word or a separator, and whether it goes on what is before it. */
function partsOf(bytes) {
  let before = SEPARATOR;
  return clustersOf(charactersOf(bytes), bytes.length + 1).map(({ at, end, own }) => {
    const kept = end - at > MOST_CLUSTER ? SEPARATOR : own;
    const joins = own === before || own === MARK;
    const continues = joins && own !== ISOLATED && own !== SEPARATOR && before !== SEPARATOR;
    before = kept;
    return { at, end, isWord: kept !== SEPARATOR, isBorder: kept === SEPARATOR || !continues };
  });
}

/* Characters with the accents and the like behind them, and where the next one begins. */
function clustersOf(characters, size) {
  const first = characters.filter(({ own }) => own < ACCENT);
  return first.map(({ at, own }, place) => ({ at, own, end: first[place + 1]?.at ?? size }));
}

/* Codes with their classes, and a NUL behind them, as in a text that goes on. */
function charactersOf(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const size = sequenceAt(bytes, at);
    found.push({ at, own: classOf(codeOf(bytes, at, size)) });
    at += size;
  }
  found.push({ at: bytes.length, own: SEPARATOR });
  const classes = found.map(({ own }) => own);
  const isWordly = (own) => own === LETTER || own === ACCENT || own === IGNORABLE;
  found.forEach((character, place) => {
    if (character.own !== APOSTROPHE) return;
    const between = isWordly(classes[place - 1]) && isWordly(classes[place + 1]);
    character.own = between ? LETTER : PUNCTUATION;
  });
  return found;
}

/* Bytes of the sequence at a place; 1 where there is none that is whole. */
function sequenceAt(bytes, at) {
  const lead = bytes[at], size = lead < 0xc0 || lead > 0xf7 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (let next = 1; next < size; next++) if ((bytes[at + next] & 0xc0) !== 0x80) return 1;
  return size;
}

function codeOf(bytes, at, size) {
  if (size === 1) return bytes[at] < 0x80 ? bytes[at] : STRAY + bytes[at];
  let code = bytes[at] & (0x7f >> size);
  for (let next = 1; next < size; next++) code = (code << 6) | (bytes[at + next] & 0x3f);
  return code;
}

/** Lengths that a file of fixed shapes has, smallest first: [bytes, words] of each. */
export function bucketsOf(maxBytes, maxWords) {
  const largest = Math.ceil(Math.max(maxBytes, BYTES_PER_WORD * maxWords) / BLOCK) * BLOCK;
  const sizes = [...SIZES.filter((size) => size < largest), largest];
  return sizes.map((size) => [size, Math.min(Math.floor(size / BYTES_PER_WORD), maxWords)]);
}

/** The place of the smallest bucket that takes so many bytes; the last where none does. */
export function firstBucket(buckets, bytes) {
  const found = buckets.findIndex(([size]) => bytes <= size);
  return found < 0 ? buckets.length - 1 : found;
}

/** Where to run a text again that turned out to have so many words; the same place where they fitted. */
export function nextBucket(buckets, place, words) {
  const wanted = Math.min(words, buckets.at(-1)[1]);
  while (buckets[place][1] < wanted) place += 1;
  return place;
}
