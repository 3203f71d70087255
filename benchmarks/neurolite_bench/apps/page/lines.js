/* Beside the page's own files: answers of its engines to the texts of job.json, in the form of neurolite_bench.apps. */
import { model } from "./app/models.js";
import { Conversation } from "./neurolite/conversation.js";
import { Generator } from "./neurolite/generation.js";

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bits = (floats) => hex(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength));
const textOf = (utf16) => String.fromCharCode(...(utf16.match(/.{4}/g)?.map((unit) => parseInt(unit, 16)) ?? []));

/* Rules in the order of the metadata. */
const fired = (answer, { rules }) =>
  rules.map(({ name }) => name).filter((name) => answer.rules.some((rule) => rule.name === name));

/* Of a model with a memory, every so many texts are the turns of a conversation. */
function asking(reader, turns) {
  if (reader.metadata.state.length === 0) return (text) => reader.run(text);
  const talk = new Conversation(reader);
  return (text, index) => {
    if (index % turns === 0) talk.forget();
    return talk.remember(text);
  };
}

async function line(reader, ask, { index, utf16 }) {
  const answer = await ask(textOf(utf16), index),
    { label, score, inScope, abstained, labels, logits, embedding } = answer;
  const { words, truncated } = answer,
    found = { index, label, score, in_scope: inScope, abstained, labels, words, truncated };
  if (answer.rules !== undefined) found.rules = fired(answer, reader.metadata);
  return { ...found, ...(logits === undefined ? { embedding: bits(embedding) } : { logits: bits(logits) }) };
}

/* What a generator offers behind a text, best first. */
async function offered(generator, count, { index, utf16 }) {
  const text = textOf(utf16), found = { index };
  for (const name of ["suggest", "complete", "offer"]) {
    found[name] = (await generator[name](text, count)).map(({ text: piece, score }) => [piece, score]);
  }
  return found;
}

/* What is said of a text of the job, by a model. */
function saying(reader, { turns, offered: count }) {
  if (reader.metadata.task === "generation") {
    const generator = new Generator(reader);
    return (text) => offered(generator, count, text);
  }
  const ask = asking(reader, turns);
  return (text) => line(reader, ask, text);
}

async function answered(job) {
  const found = [];
  for (const { model: name, engine, file } of job.asked) {
    const reader = await model(engine, file);
    const say = saying(reader, job);
    const lines = [];
    for (const text of reader.metadata.task === "generation" ? job.beginnings : job.texts) {
      lines.push(await say(text).catch((error) => ({ index: text.index, error: error.message })));
    }
    found.push({ model: name, engine, runtime: reader.runtime, lines });
  }
  return { found, failed: null };
}

const job = await (await fetch("job.json")).json();
const told = await answered(job).catch((error) => ({ failed: error.stack }));
const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
await fetch("found", { method: "POST", body: JSON.stringify({ ...told, loaded, origin: location.origin }) });
