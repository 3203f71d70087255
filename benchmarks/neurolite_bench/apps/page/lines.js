/* Beside the page's own files: the answers of its engines to the texts of job.json, in the form of neurolite_bench.apps. */
import { model } from "./app/models.js";

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bits = (floats) => hex(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength));
const textOf = (utf16) => String.fromCharCode(...utf16.match(/.{4}/g)?.map((unit) => parseInt(unit, 16)) ?? []);

/* Rules in the order of the metadata. */
const fired = (answer, { rules }) => rules.map(({ name }) => name).filter((name) => answer.rules.some((rule) => rule.name === name));

async function line(reader, { index, utf16 }) {
  const answer = await reader.run(textOf(utf16)), { label, score, inScope, abstained, labels, logits, embedding } = answer;
  const { words, truncated } = answer, found = { index, label, score, in_scope: inScope, abstained, labels, words, truncated };
  if (answer.rules !== undefined) found.rules = fired(answer, reader.metadata);
  return { ...found, ...(logits === undefined ? { embedding: bits(embedding) } : { logits: bits(logits) }) };
}

async function answered({ texts, asked }) {
  const found = {};
  for (const { name, engine, file } of asked) {
    const reader = await model(engine, file);
    found[name] = { runtime: reader.runtime, lines: [] };
    for (const text of texts) {
      found[name].lines.push(await line(reader, text).catch((error) => ({ index: text.index, error: error.message })));
    }
  }
  return found;
}

const found = await fetch("job.json").then((response) => response.json()).then(answered).catch((error) => ({ failed: error.stack }));
const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
await fetch("found", { method: "POST", body: JSON.stringify({ found, loaded, origin: location.origin }) });
