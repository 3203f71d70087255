/* node run.mjs FILE TEXTS BYTES: the logits of each text, a line each; TEXTS has BYTES for each, zero-padded. */
import { readFile } from "node:fs/promises";
import ort from "onnxruntime-web";

const [file, texts, size] = process.argv.slice(2);
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(await readFile(file), { executionProviders: ["wasm"] });
const rows = new Uint8Array(await readFile(texts)), bytes = Number(size);
for (let at = 0; at < rows.length; at += bytes) {
  const feeds = { bytes: new ort.Tensor("uint8", rows.slice(at, at + bytes), [1, bytes]) };
  const { logits } = await session.run(feeds, ["logits"]);
  process.stdout.write(`${Array.from(logits.data).join(" ")}\n`);
}
