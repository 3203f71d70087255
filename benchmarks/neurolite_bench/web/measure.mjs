/* node measure.mjs FOLDER: times of the job there, and sizes of the module's files, as JSON. */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { measure } from "./measure.js";

const [folder] = process.argv.slice(2);
const read = (name) => readFile(`${folder}/${name}`);
const sizes = {};
for (const name of ["neurolite-simd.wasm", "neurolite.wasm"]) sizes[name] = sizesOf([await read(name)]);
for (const name of ["neurolite.js", "conversation.js", "learner.js"]) {
  sizes[`${name} with what it imports`] = sizesOf(await Promise.all([...(await imported(name))].map(read)));
}

/* A module and all that it imports, and these import. */
async function imported(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const names = (await read(name)).toString().matchAll(/from "\.\/([^"]+)"/g);
  for (const [, other] of names) await imported(other, found);
  return found;
}

function sizesOf(files) {
  const sum = (size) => files.reduce((total, content) => total + size(content), 0);
  const gzip = (content) => gzipSync(content, { level: 9 }).length;
  return { bytes: sum(({ length }) => length), gzip: sum(gzip), brotli: sum((one) => brotliCompressSync(one).length) };
}

const content = await read("model.nlm"), job = JSON.parse(await read("job.json"));
const start = performance.now();
const module = await import(pathToFileURL(`${folder}/neurolite.js`));
process.stdout.write(JSON.stringify({ sizes, ...(await measure(job, module, content, start)) }));
