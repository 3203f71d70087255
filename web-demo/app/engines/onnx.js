/* The .onnx file in onnxruntime-web, whose files lie beside the page; one thread, as pages without own headers have. */
import { answerOf } from "../../neurolite/decisions.js";
import { readMetadata } from "../../neurolite/metadata.js";
import { cut, toBytes } from "../../neurolite/texts.js";
import { metadataText } from "./onnx_metadata.js";

const FOLDER = new URL("../../onnxruntime-web/", import.meta.url);
const STEP = 16; // bytes: few lengths, as the runtime keeps a plan for each

let loading;

async function library() {
  const ort = await import(new URL("ort.wasm.min.mjs", FOLDER));
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = String(FOLDER);
  return ort;
}

export async function open(content) {
  loading ??= library();
  loading.catch(() => (loading = undefined)); // the next call tries again
  const ort = await loading,
    bytes = new Uint8Array(content),
    metadata = readMetadata(metadataText(bytes));
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  return {
    metadata,
    runtime: `onnxruntime-web ${ort.env.versions.web}`,
    run: async (text, { state } = {}) => answerOf(await outputs(ort, session, metadata, text, state), metadata, text),
    close: () => session.release(),
  };
}

async function outputs(ort, session, metadata, text, state = {}) {
  const { bytes, truncated } = cut(toBytes(text), metadata.max_bytes);
  const packed = new Uint8Array(Math.max(STEP, Math.ceil(bytes.length / STEP) * STEP));
  packed.set(bytes);
  const feeds = { [metadata.input_name]: new ort.Tensor("uint8", packed, [1, packed.length]) };
  for (const { name, shape, dtype, initial } of metadata.state) {
    feeds[name] = new ort.Tensor(dtype, state[name] ?? started(shape, dtype, initial), [1, ...shape]);
  }
  const values = await session.run(feeds),
    words = values.words.data[0],
    found = {};
  for (const name of metadata.outputs) found[name] = values[name].data;
  if (metadata.state.length > 0) {
    found.state = Object.fromEntries(metadata.state.map(({ name }) => [name, values[`next_${name}`].data]));
  }
  return { ...found, words, truncated: truncated || words > metadata.max_words };
}

function started(shape, dtype, initial) {
  const size = shape.reduce((product, side) => product * side, 1);
  return (dtype === "int32" ? new Int32Array(size) : new Float32Array(size)).fill(initial);
}
