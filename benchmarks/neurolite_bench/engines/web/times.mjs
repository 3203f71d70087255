/* node times.mjs MODEL.onnx JOB: microseconds a text of each class of length, with one thread, as JSON. */
import { readFile } from "node:fs/promises";
import ort from "onnxruntime-web";

const [file, job] = process.argv.slice(2);
const { classes, rounds } = JSON.parse(await readFile(job));
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(await readFile(file), { executionProviders: ["wasm"] });

async function timed(texts, calls, first) {
  const start = performance.now();
  for (let call = 0; call < calls; call++) {
    const bytes = new TextEncoder().encode(texts[(first + call) % texts.length]);
    await session.run({ bytes: new ort.Tensor("uint8", bytes, [1, bytes.length]) }, ["logits"]);
  }
  return ((performance.now() - start) * 1000) / calls;
}

const found = {};
for (const [words, texts] of Object.entries(classes)) {
  await timed(texts, 100, 0);
  const times = [];
  for (let round = 0; round < rounds; round++) times.push(await timed(texts, 4, round));
  times.sort((one, other) => one - other);
  found[words] = { minimum_us: times[0], median_us: times[rounds >> 1], calls: 4 };
}
process.stdout.write(JSON.stringify(found));
