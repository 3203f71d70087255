/* node random_stores.mjs FOLDER: checks stores.json in it, and the files beside it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkStore } from "./store_cases.mjs";

const [folder] = process.argv.slice(2);
const load = async (name) => Uint8Array.from(await readFile(join(folder, name)));
for (const one of JSON.parse(await readFile(join(folder, "stores.json"), "utf-8"))) await checkStore(one, load);
