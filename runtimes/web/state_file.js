/* The file of a state, .nlstate: docs/memory.md. */
import { asBytes, equalBytes, joined, viewOf, words } from "./bytes.js";
import { sha256 } from "./checksums.js";
import { kindOf, NeuroLiteError } from "./errors.js";
import { checkState, KINDS, sizeOf } from "./state.js";

const MAGIC = new TextEncoder().encode("NLSTATE\n");
const VERSION = 1;
const START = 16; // bytes before the header
const DIGEST = 32;
const MOST_TURNS = 2 ** 31 - 1;
const FIX = "Restore a copy of it, or begin again without it.";

/** The file of a conversation: of texts that were remembered, and of the state behind them. */
export function encodeState({ model_id: model, state: specs }, state, turns) {
  if (!model) throw new NeuroLiteError("The model's file has no model_id, by which its state would be known again.");
  const listed = specs.map((spec) => sorted(spec)).join(",");
  const text = `{"model_id":${JSON.stringify(model)},"state":[${listed}],"turns":${turns}}`;
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const parts = specs.map((spec) => littleEndian(state[spec.name]));
  const content = joined([MAGIC, words(VERSION, header.length), header, ...parts]);
  return joined([content, sha256(content)]);
}

/* As Python writes it, where a whole number that is no int has a point, so that equal states are equal bytes. */
function sorted({ dtype, initial, name, shape }) {
  const number = dtype === "float32" && Number.isInteger(initial) ? `${initial}.0` : String(initial);
  return `{"dtype":"${dtype}","initial":${number},"name":"${name}","shape":[${shape.join(",")}]}`;
}

function littleEndian(values) {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  const put = values instanceof Int32Array ? "setInt32" : "setFloat32";
  values.forEach((value, place) => view[put](4 * place, value, true));
  return new Uint8Array(view.buffer);
}

/** A file of any origin: the state, and the texts that were remembered; refused if it is not this model's. */
export function decodeState(given, { model_id: model, state: specs }) {
  const content = asBytes(given);
  if (content === undefined) throw new NeuroLiteError(`A state is opened from its bytes, not ${kindOf(given)}.`);
  const { header, first } = headerOf(content);
  const { model_id: id, state: listed, turns } = header;
  if (!/^[0-9a-f]{32}$/.test(id) || !Number.isInteger(turns) || turns < 0 || turns > MOST_TURNS) throw damaged();
  if (id !== model) {
    throw new NeuroLiteError(
      `This is the state of another model: of ${id}, and this one is ${model}. ` +
        "Give the file that belongs to it, or begin again.",
    );
  }
  if (!Array.isArray(listed) || !sameSpecs(listed, specs)) {
    throw new NeuroLiteError("This state does not fit: it keeps other tensors than the model. Begin again without it.");
  }
  const sizes = specs.map((spec) => 4 * sizeOf(spec));
  if (first + sizes.reduce((sum, size) => sum + size, 0) + DIGEST !== content.length) throw damaged();
  const view = viewOf(content), state = {};
  let at = first;
  specs.forEach((spec, place) => {
    const get = spec.dtype === "int32" ? "getInt32" : "getFloat32", start = at;
    state[spec.name] = KINDS[spec.dtype].from({ length: sizeOf(spec) }, (_, row) => view[get](start + 4 * row, true));
    at += sizes[place];
  });
  return { state: checkState(specs, state), turns };
}

function headerOf(content) {
  if (!equalBytes(content.subarray(0, MAGIC.length), MAGIC)) {
    throw new NeuroLiteError("This is no saved state of NeuroLite (.nlstate).");
  }
  if (content.length < START + DIGEST) throw damaged();
  const view = viewOf(content), version = view.getUint32(8, true), first = START + view.getUint32(12, true);
  if (version !== VERSION) {
    throw new NeuroLiteError(`This state is of version ${version}; this release reads ${VERSION}. Take a newer one.`);
  }
  const seal = content.length - DIGEST;
  if (first > seal || !equalBytes(sha256(content.subarray(0, seal)), content.subarray(seal))) throw damaged();
  let header;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content.subarray(START, first)));
  } catch {
    throw damaged();
  }
  if (typeof header !== "object" || header === null) throw damaged();
  return { header, first };
}

const damaged = () => new NeuroLiteError(`This state is damaged. ${FIX}`);

const sameSpecs = (listed, specs) =>
  listed.length === specs.length && specs.every((spec, place) => isSame(listed[place], spec));

const isSame = (one, { name, dtype, initial, shape }) =>
  one?.name === name && one.dtype === dtype && one.initial === initial && String(one.shape) === String(shape);
