/* What a file says of itself (docs/artifacts.md): JSON from anywhere, checked. */
import { NeuroLiteError } from "./errors.js";
import { KINDS, sizeOf } from "./state.js";

const SCHEMA_VERSION = 2;
const HASH_VERSION = 2;
const LABELLED = ["classification", "multi_label", "generation"];
const TASKS = [...LABELLED, "embedding", "spans"];
const EFFECTS = ["force", "forbid", "evidence", "abstain", "nothing"];
const ABSENT = { threshold: null, model_id: null, similarities: [], rules: [], spans: null, state: [] };
const SHARPEST = 1e4;

const isText = (value) => typeof value === "string";
const isCount = (value) => Number.isInteger(value) && value > 0 && value < 2 ** 31;
const isPart = (value) => Number.isFinite(value) && value >= 0 && value < 1;
const listOf = (isOne) => (value) => Array.isArray(value) && value.every(isOne);
const isTexts = listOf(isText);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** What cosines of a store's vectors mean. */
export const isSimilarity = (value) =>
  isObject(value) &&
  Object.keys(value).length === 6 &&
  isCount(value.dimension) &&
  value.agreement > 0 &&
  value.agreement <= 1 &&
  [value.scale, value.sharpness].every((one) => one > 0 && one <= SHARPEST) &&
  Math.abs(value.offset) <= SHARPEST &&
  isPart(value.threshold) &&
  Object.values(value).every(Number.isFinite);

const isRule = (value) =>
  isObject(value) &&
  isText(value.name) &&
  isText(value.reason) &&
  EFFECTS.includes(value.effect) &&
  isTexts(value.labels) &&
  (value.labels.length > 0 || ["abstain", "nothing"].includes(value.effect)) &&
  Number.isInteger(value.strength) &&
  (Number.isFinite(value.weight) || (value.weight === null && value.effect !== "evidence"));

const isSpans = (value) =>
  value === null ||
  (isObject(value) &&
    isTexts(value.types) &&
    Array.isArray(value.thresholds) &&
    value.types.length === value.thresholds.length &&
    value.thresholds.every((one) => one >= 0 && one <= 1));

const isState = (value) =>
  isObject(value) &&
  /^[a-z][a-z0-9_]{0,47}$/.test(value.name) &&
  Object.hasOwn(KINDS, value.dtype) &&
  listOf(isCount)(value.shape) &&
  sizeOf(value) < 2 ** 23 &&
  Number.isFinite(value.initial);

const CHECKS = {
  task: (value) => TASKS.includes(value),
  name: isText,
  precision: isText,
  parameters: isCount,
  labels: isTexts,
  outputs: isTexts,
  threshold: (value) => value === null || isPart(value),
  max_words: isCount,
  max_bytes: isCount,
  embedding_size: isCount,
  model_id: (value) => value === null || (isText(value) && /^[0-9a-f]{32}$/.test(value)),
  similarities: listOf(isSimilarity),
  rules: listOf(isRule),
  spans: isSpans,
  state: listOf(isState),
};

/** Metadata of its JSON, frozen; raises NeuroLiteError of what no model has. */
export function readMetadata(json) {
  let found;
  try {
    found = JSON.parse(json);
  } catch {
    found = undefined;
  }
  if (!isObject(found)) throw new NeuroLiteError("its metadata is no JSON object");
  const versions = { schema_version: SCHEMA_VERSION, hash_version: HASH_VERSION };
  for (const [name, known] of Object.entries(versions)) {
    if (found[name] !== known) {
      throw new NeuroLiteError(`its metadata has ${name} ${found[name]}, and this release reads ${known}`);
    }
  }
  const values = { ...ABSENT, ...found };
  const wrong = Object.keys(CHECKS).find((name) => !CHECKS[name](values[name]));
  if (wrong !== undefined) throw new NeuroLiteError(`its metadata has ${wrong} that cannot be`);
  const problem = together(values);
  if (problem) throw new NeuroLiteError(`its metadata ${problem}`);
  return freeze(values);
}

/* What no single entry can be wrong in. */
function together({ task, labels, outputs, rules, spans, similarities, embedding_size: size }) {
  const isLabelled = LABELLED.includes(task);
  const needed = isLabelled ? "logits" : task === "spans" ? "tags" : "embedding";
  if (!outputs.includes(needed)) return `lacks the output ${needed}`;
  if (isLabelled !== labels.length > 0) return "has labels that do not go with its task";
  if (rules.length > 0 !== outputs.includes("rules")) return "has rules without their output, or that without rules";
  if (["tags", "offsets"].some((name) => (spans !== null) !== outputs.includes(name))) {
    return "has spans without their outputs, or these without spans";
  }
  if (similarities.some(({ dimension }) => dimension > size)) return "cuts vectors to more numbers than they have";
  return rules.some((rule) => !rule.labels.every((label) => labels.includes(label)))
    ? "has rules on labels that it has not"
    : undefined;
}

function freeze(value) {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}
