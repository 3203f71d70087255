/* Next words, in the worker: a generator for each model and engine. */
import { Generator } from "../neurolite/generation.js";
import { model } from "./models.js";

const OFFERED = 3;
const open = new Map();
let pieces; // of the text that is being written

async function generator({ engine, file }) {
  const key = `${engine} ${file.path}`,
    reader = await model(engine, file);
  if (!open.has(key)) open.set(key, new Generator(reader));
  return open.get(key);
}

export const WRITING = {
  /** {words: [{text, score}], ms}: what a keyboard would show behind a text. */
  async offer({ text, ...asked }) {
    const own = await generator(asked),
      begun = performance.now();
    return { words: await own.offer(text, OFFERED), ms: performance.now() - begun };
  },

  /** Begins to go on with a text. */
  async write({ text, words, ...asked }) {
    pieces = (await generator(asked)).write(text, { words });
  },

  /** The next word of it; undefined where it is over. */
  async next() {
    return (await pieces.next()).value;
  },
};
