/* Answers the job beside it and sends the server what came out, with every address that was loaded. */
import { answers } from "./answers.js";
import * as module from "./neurolite.js";

const load = async (address) => (await fetch(address)).arrayBuffer();
const send = (found) => fetch("found", { method: "POST", body: JSON.stringify(found) });
const refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(event.blockedURI));
try {
  const found = await answers(await (await fetch("job.json")).json(), module, load);
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  await send({ found, loaded, refused, simd: module.hasSimd(), address: location.href });
} catch (error) {
  await send({ failed: String(error.stack) });
}
