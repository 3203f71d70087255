/* Files that no page can run: neurolite-demo, which serves this page, answers by its own session on this machine. */
import { answerOf } from "../../neurolite/decisions.js";
import { readMetadata } from "../../neurolite/metadata.js";
import { toBytes } from "../../neurolite/texts.js";

const WHOLE = new Set(["rules", "offsets", "expert"]); // outputs that are whole numbers

export async function open(content, { answers }) {
  const told = JSON.parse(new TextDecoder().decode(content)),
    metadata = readMetadata(told.metadata);
  return {
    metadata,
    runtime: told.runtime,
    run: async (text, { state } = {}) =>
      answerOf(await outputs(new URL(`../../${answers}`, import.meta.url), metadata, text, state), metadata, text),
    close: () => undefined,
  };
}

async function outputs(address, metadata, text, state) {
  const kept = state === undefined ? null : changed(state, (values) => Array.from(values));
  const body = JSON.stringify({ bytes: hex(toBytes(text)), state: kept });
  const response = await fetch(address, { method: "POST", body, headers: { "Content-Type": "application/json" } });
  const found = await response.json();
  if (!response.ok) throw new Error(found.error);
  const { words, truncated, state: next, values } = found;
  const arrays = Object.entries(values).map(([name, row]) => [
    name,
    WHOLE.has(name) ? Int32Array.from(row) : Float32Array.from(row),
  ]);
  const dtypes = new Map(metadata.state.map(({ name, dtype }) => [name, dtype]));
  const following = Object.entries(next).map(([name, row]) => [name, typed(dtypes.get(name), row)]);
  return {
    ...Object.fromEntries(arrays),
    words,
    truncated,
    ...(following.length > 0 ? { state: Object.fromEntries(following) } : {}),
  };
}

const typed = (dtype, row) => (dtype === "int32" ? Int32Array.from(row) : Float32Array.from(row));
const changed = (values, change) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
