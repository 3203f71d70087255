/* Models that are open in the worker, each once for every engine. */
import { ENGINES } from "./engines/table.js";

const opened = new Map();

/** {reader, loadMs, bytes}: file is a row of site.json: {name, path, bytes, sha256}. */
export function model(engine, file) {
  const key = `${engine} ${file.path}`;
  if (!opened.has(key)) {
    const found = open(engine, file);
    opened.set(key, found);
    found.catch(() => opened.delete(key)); // the next call tries again
  }
  return opened.get(key);
}

/** Opens it anew, whether it is open or not. */
export async function open(engine, file) {
  const content = await contentOf(file),
    module = await ENGINES[engine].load();
  const begun = performance.now(),
    reader = await module.open(content, file);
  return { ...reader, loadMs: performance.now() - begun };
}

/** The file's bytes, which have to be those that site.json names. */
export async function contentOf({ path, sha256 }) {
  const address = new URL(`../${path}`, import.meta.url); // site.json's are those of the page
  if (sha256 !== undefined) address.search = sha256.slice(0, 16);
  const response = await fetch(address).catch(() => {
    throw new Error(`${path} is not here yet, and its server cannot be reached. Open this screen once with a network.`);
  });
  if (!response.ok) throw new Error(`${path} cannot be loaded: the server says ${response.status}.`);
  const content = await response.arrayBuffer();
  if (sha256 !== undefined && crypto.subtle !== undefined && (await digest(content)) !== sha256) {
    throw new Error(`${path} is damaged: it is not the file that this page was built with. Load the page again.`);
  }
  return content;
}

export async function digest(content) {
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
