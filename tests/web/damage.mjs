/* node damage.mjs FOLDER FILE ROUNDS SEED: opens changed files, sealed anew or not, and counts what happened. Whatever
 * is not a NeuroLiteError ends it. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [folder, file, rounds, seed] = process.argv.slice(2);
const { open, NeuroLiteError } = await import(pathToFileURL(`${folder}/neurolite.js`));
const whole = await readFile(file);
const counts = { opened: 0 };
let state = Number(seed);
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};

function sealed(bytes) {
  bytes.fill(0, 32, 64);
  bytes.set(createHash("sha256").update(bytes).digest(), 32);
  return bytes;
}

for (let round = 0; round < Number(rounds); round++) {
  let bytes = Uint8Array.from(whole);
  const most = round % 2 ? 3000 : bytes.length;
  for (let change = 0; change < 3; change++) bytes[8 + random(Math.min(most, bytes.length) - 8)] = random(256);
  if (round % 7 === 0) bytes = bytes.slice(0, random(bytes.length));
  if (round % 3 && bytes.length >= 64) sealed(bytes);
  const text = Uint8Array.from({ length: 300 }, () => random(256));
  try {
    const model = await open(bytes, { simd: round % 4 < 2 });
    model.run(text);
    model.run("");
    model.close();
    counts.opened += 1;
  } catch (error) {
    if (!(error instanceof NeuroLiteError)) throw error;
    counts[error.message] = (counts[error.message] ?? 0) + 1;
  }
}
process.stdout.write(JSON.stringify(counts));
