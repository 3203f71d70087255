/* node calls.mjs FOLDER FILE: what one model says of itself and of calls that are wrong, as JSON. */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const { hasSimd, NeuroLiteError, open } = await import(pathToFileURL(`${folder}/neurolite.js`));
const content = await readFile(file);

async function refused(call) {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof NeuroLiteError)) throw error;
    return error.message;
  }
  return "nothing";
}

const model = await open(content), other = await open(content.buffer.slice(content.byteOffset), { simd: false });
const long = "book a table ".repeat(100_000);
const short = model.run("book a table").logits;
const grown = model.run(long);
const module = await WebAssembly.compile(await readFile(`${folder}/neurolite.wasm`));
const given = await open(content, { simd: false, wasm: module });
const placed = await open(content, { simd: false, wasm: "./neurolite.wasm" });
const found = {
  simd: hasSimd(),
  runtimes: [model.runtime, other.runtime],
  labels: model.labels,
  metadata: model.metadata,
  frozen: Object.isFrozen(model.labels) && Object.isFrozen(model.metadata) && Object.isFrozen(model.metadata.labels),
  same: [other, given, placed].every((one) => String(one.run("book a table").logits) === String(short)),
  again: String(model.run("book a table").logits) === String(short), // in a memory that was grown
  truncated: grown.truncated,
  text: await refused(() => model.run(7)),
  nothing: await refused(() => model.run(null)),
  content: await refused(() => open("model.nlm")),
  missing: await refused(() => open(undefined)),
  absent: await open(content, { wasm: "file:///nowhere/neurolite.wasm" }).then(
    () => "opened",
    (error) => error.code,
  ),
};
model.close();
found.closed = await refused(() => model.run("book"));
process.stdout.write(JSON.stringify(found));
