/* node answer.mjs FOLDER JOB: what answers.js finds, as JSON. */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { answers } from "./answers.js";

const [folder, job] = process.argv.slice(2);
const module = await import(pathToFileURL(`${folder}/neurolite.js`));
process.stdout.write(JSON.stringify(await answers(JSON.parse(await readFile(job)), module, readFile)));
