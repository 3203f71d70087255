/* The file of a store (.nls): its beginning, and then its records. */
import { asBytes, equalBytes, joined, viewOf, words } from "./bytes.js";
import { crc32 } from "./checksums.js";
import { kindOf, NeuroLiteError, shown } from "./errors.js";
import { Memory } from "./memory.js";
import { isSimilarity } from "./metadata.js";
import { MalformedError, MAX_DIMENSION, MAX_ID, MAX_LABELS, problemOfName, recordAt } from "./records.js";

const MAGIC = new TextEncoder().encode("NLSTORE\n");
const VERSION = 1;
const FIXED = 16; // bytes before the header
const MAX_HEADER = 2 ** 24;
const FILE_LIMIT = 2 ** 30;
const MOST_EVENTS = 2 ** 32 - 1;
const RESTORE = "Restore a copy of it.";

/** How a new store learns: docs/learning.md. */
export const SETTINGS = Object.freeze({
  rate: 0.01,
  most_prototypes: 8,
  split_from: 16,
  split_gain: 0.1,
  join_gain: 0.1,
  half_life: 10_000,
  learning: 0.25,
  focus: 16,
});
const RANGES = {
  rate: [0, 1],
  most_prototypes: [1, 64],
  split_from: [4, 2 ** 20],
  split_gain: [0, 1],
  join_gain: [0, 1],
  half_life: [1, 2 ** 31],
  learning: [0, 1],
  focus: [0, 1e3],
};
const WHOLE = ["most_prototypes", "split_from", "half_life"];

const isWhole = (value, low, high) => Number.isInteger(value) && value >= low && value <= high;
const sameNames = (value, names) =>
  typeof value === "object" && value !== null && String(Object.keys(value).sort()) === String([...names].sort());

/** Whether settings from anywhere can be. */
export const areSettings = (value) =>
  sameNames(value, Object.keys(RANGES)) &&
  Object.entries(RANGES).every(
    ([name, [low, high]]) => value[name] >= low && value[name] <= high && Number.isFinite(value[name]),
  ) &&
  WHOLE.every((name) => Number.isInteger(value[name]));

const areLabels = (value) =>
  Array.isArray(value) &&
  value.length <= MAX_LABELS &&
  value.every((name) => typeof name === "string" && problemOfName(name) === undefined) &&
  new Set(value).size === value.length;

const CHECKS = {
  model_id: (value) => typeof value === "string" && /^[0-9a-f]{32}$/.test(value),
  encoder: (value) => typeof value === "string",
  encoder_dimension: (value) => isWhole(value, 1, MAX_DIMENSION),
  dimension: (value, header) => isWhole(value, 1, header.encoder_dimension),
  dtype: (value) => value === "float16",
  texts: (value) => typeof value === "boolean",
  similarity: (value, header) => value === null || (isSimilarity(value) && value.dimension === header.dimension),
  own_first: (value) => typeof value === "boolean",
  settings: areSettings,
  labels: areLabels,
  clock: (value) => isWhole(value, 0, MOST_EVENTS),
  next_id: (value) => isWhole(value, 1, MAX_ID + 1),
};

/** The beginning of a file. */
export function encodeHeader(header) {
  const text = new TextEncoder().encode(JSON.stringify(sorted({ dtype: "float16", ...header })));
  const whole = joined([MAGIC, words(VERSION, text.length), text]);
  return joined([whole, words(crc32(whole))]);
}

function sorted(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}

/** A store of any origin: what its records come to, its whole bytes, and how many behind them were never finished. */
export function readStore(given) {
  const content = asBytes(given);
  if (content === undefined) throw new NeuroLiteError(`A store is opened from its bytes, not ${kindOf(given)}.`);
  if (content.length > FILE_LIMIT) throw new NeuroLiteError("This store has more than 2^30 bytes.");
  const { header, first } = readHeader(content), memory = new Memory(header);
  let place = first, count = 0;
  try {
    for (let found; (found = recordAt(content, place, header.dimension)) !== undefined; place = found.end, count++) {
      memory.apply(found.record);
    }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const where = `at byte ${place}, behind ${count} whole records`;
    throw new NeuroLiteError(`This store is damaged ${where}: ${error.message}. ${RESTORE}`);
  }
  return { memory, whole: content.slice(0, place), torn: content.length - place };
}

function readHeader(content) {
  if (!equalBytes(content.subarray(0, MAGIC.length), MAGIC)) {
    throw new NeuroLiteError("This is no store of learned examples (.nls).");
  }
  const damaged = new NeuroLiteError(`This store is damaged in its header. ${RESTORE}`);
  if (content.length < FIXED) throw damaged;
  const view = viewOf(content), version = view.getUint32(8, true), length = view.getUint32(12, true);
  if (version !== VERSION) {
    throw new NeuroLiteError(`This store is of version ${version}; this release reads ${VERSION}. Take a newer one.`);
  }
  const end = FIXED + length;
  if (length > MAX_HEADER || content.length < end + 4) throw damaged;
  if (view.getUint32(end, true) !== crc32(content.subarray(0, end))) throw damaged;
  let values;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content.subarray(FIXED, end));
    values = JSON.parse(text);
  } catch {
    throw damaged;
  }
  if (!sameNames(values, Object.keys(CHECKS))) {
    throw new NeuroLiteError(`This store's header has not the entries of version ${VERSION}.`);
  }
  const wrong = Object.keys(CHECKS).find((name) => !CHECKS[name](values[name], values));
  if (wrong) throw new NeuroLiteError(`This store's header has ${wrong} = ${shown(JSON.stringify(values[wrong]))}.`);
  const { dtype: _, ...header } = values;
  return { header, first: end + 4 };
}
