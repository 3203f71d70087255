/* Times the job beside it, and sends its server what came out. */
import { measure } from "./measure.js";
import * as module from "./neurolite.js";

const send = (found) => fetch("found", { method: "POST", body: JSON.stringify(found) });
try {
  const content = await (await fetch("model.nlm")).arrayBuffer();
  await send(await measure(await (await fetch("job.json")).json(), module, content));
} catch (error) {
  await send({ failed: String(error.stack) });
}
