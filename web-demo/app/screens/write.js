/* The next words while one types, over the text field; and a text that goes on by itself. */
import { by } from "../parts/dom.js";
import { bytes, time } from "../parts/numbers.js";
import { call, newest } from "../client.js";
import { ENGINES } from "../engines/table.js";
import { offers } from "../parts/offers.js";
import { firstEngine, modelsFor } from "../site.js";
import { allRight, telling } from "../trouble.js";

const LARGE = 6e6; // bytes that are not loaded without being asked for
const MOST = 60; // words that it goes on by

export async function start(site) {
  const [model] = modelsFor(site, "write"),
    field = by("write-text");
  if (model === undefined) {
    by("write-said").textContent = "This page was made without a model that writes.";
    field.disabled = by("write-on").disabled = true;
    return;
  }
  const engine = firstEngine(site, model),
    file = model.files[engine],
    size = site.engines[engine].bytes + file.bytes;
  const load = telling(async () => {
    by("write-load").disabled = true;
    by("write-said").textContent = "Loading …";
    try {
      await call("open", { engine, file });
    } catch (error) {
      by("write-load").disabled = false;
      by("write-said").textContent = "";
      throw error;
    }
    by("write-load").hidden = true;
    await started({ engine, file }, field);
  });
  by("write-load").textContent = `Load ${bytes(size)}`;
  by("write-load").addEventListener("click", load);
  if (size > LARGE) by("write-load").hidden = false;
  else await load();
}

async function started(asked, field) {
  const list = offers(by("write-offers"), field),
    shown = by("write-offers").dataset;
  const offered = newest(
    telling(async () => {
      const text = field.value.slice(0, field.selectionStart);
      if (text === shown.text) return;
      const { words, ms } = await call("offer", { ...asked, text });
      list.show(words);
      shown.text = text;
      by("write-said").textContent = `${time(ms)}, ${ENGINES[asked.engine].title}`;
      allRight();
    }),
  );
  for (const event of ["input", "keyup", "click"]) field.addEventListener(event, offered);
  writesOn(asked, field, offered);
  by("write-on").disabled = false;
  await offered();
}

/* Word by word, until it is over, long enough, stopped or typed into. */
function writesOn(asked, field, offered) {
  const button = by("write-on");
  let writing = false;
  const stop = () => (writing = false);
  field.addEventListener("input", stop);
  const write = telling(async () => {
    const [wording, text] = [button.textContent, field.value];
    writing = true;
    button.textContent = "Stop";
    try {
      await call("write", { ...asked, text, words: MOST });
      for (let piece; writing && (piece = await call("next")) !== undefined; ) {
        if (!writing) break; // meanwhile
        field.value += piece;
        field.scrollTop = field.scrollHeight;
      }
    } finally {
      writing = false;
      button.textContent = wording;
    }
    await offered();
  });
  button.addEventListener("click", () => (writing ? stop() : write()));
}
