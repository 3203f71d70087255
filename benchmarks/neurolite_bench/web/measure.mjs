/* node measure.mjs FOLDER: times of the job there, and sizes of the module's files, as JSON. */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { measure } from "./measure.js";

const [folder] = process.argv.slice(2);
const read = (name) => readFile(`${folder}/${name}`);
const sizes = {};
for (const name of ["neurolite-simd.wasm", "neurolite.wasm", "neurolite.js"]) {
  const content = await read(name);
  const gzip = gzipSync(content, { level: 9 }).length;
  sizes[name] = { bytes: content.length, gzip, brotli: brotliCompressSync(content).length };
}
const content = await read("model.nlm"), job = JSON.parse(await read("job.json"));
const start = performance.now();
const module = await import(pathToFileURL(`${folder}/neurolite.js`));
process.stdout.write(JSON.stringify({ sizes, ...(await measure(job, module, content, start)) }));
