/* node conversation.mjs FOLDER FILE JOB: texts remembered one after the other, and what is asked behind them. */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [folder, file, job] = process.argv.slice(2);
const { open } = await import(pathToFileURL(`${folder}/neurolite.js`));
const { Conversation } = await import(pathToFileURL(`${folder}/conversation.js`));
const bits = (floats) => Array.from(new Uint32Array(floats.buffer, floats.byteOffset, floats.length));
const found = {};
for (const simd of [false, true]) {
  const model = await open(await readFile(file), { simd }), conversation = new Conversation(model);
  const answers = JSON.parse(await readFile(job)).map((text, place) => {
    const given = typeof text === "string" ? text : Uint8Array.from(text);
    const { logits } = place % 3 ? conversation.remember(given) : conversation.ask(given);
    return bits(logits);
  });
  const saved = conversation.save(), again = Conversation.open(saved, model);
  const asked = [conversation, again].map((one) => bits(one.ask("and then?").logits));
  conversation.forget();
  asked.push(bits(conversation.ask("and then?").logits), bits(model.run("and then?").logits));
  found[model.runtime] = { answers, saved: Buffer.from(saved).toString("hex"), asked, turns: again.turns };
}
process.stdout.write(JSON.stringify(found));
