/* Turns of a conversation, each answered in the light of those before it, and beside it what it says by itself. */
import { by, chips, make } from "../parts/dom.js";
import { count, percent } from "../parts/numbers.js";
import { call } from "../client.js";
import { examplesOf } from "../examples.js";
import { firstEngine, modelsFor } from "../site.js";
import { allRight, telling } from "../trouble.js";

export async function start(site) {
  const [model] = modelsFor(site, "conversation"),
    field = by("conversation-text"),
    turns = by("turns");
  if (model === undefined) {
    by("conversation-form").hidden = by("forget").hidden = true;
    by("conversation-examples-title").textContent = "This model keeps no memory: each of its texts stands alone.";
    return;
  }
  const engine = firstEngine(site, model),
    file = model.files[engine];
  const say = telling(async (text) => {
    if (text.trim() === "") return;
    field.value = "";
    turns.append(make("li", { class: "mine", dir: "auto" }, text));
    const found = await call("turn", { engine, file, text });
    turns.append(reply(found));
    by("conversation-form").scrollIntoView({ block: "nearest" });
    remembered(found.turns);
    allRight();
  });
  by("conversation-form").addEventListener("submit", (event) => {
    event.preventDefault();
    say(field.value);
  });
  by("forget").addEventListener(
    "click",
    telling(async () => {
      await call("forget", { engine, file });
      turns.replaceChildren();
      remembered(0);
      field.focus();
    }),
  );
  const texts = examplesOf(model.name);
  chips(by("conversation-examples"), texts, say);
  remembered(0);
  await call("open", { engine, file });
}

function remembered(turns) {
  by("remembered").textContent = turns === 0 ? "Nothing is remembered yet." : `It remembers ${count(turns, "turn")}.`;
  by("forget").disabled = turns === 0;
}

function reply({ answer, alone }) {
  const wording = ({ label, score, abstained }) =>
    abstained ? `not sure (${label}, ${percent(score)})` : `${label}, ${percent(score)}`;
  const differs = alone.label !== answer.label || alone.abstained !== answer.abstained;
  return make(
    "li",
    { class: "its", "data-label": answer.label, "data-abstained": String(answer.abstained) },
    make("strong", {}, answer.abstained ? "Not sure" : answer.label),
    ` ${answer.abstained ? `(${answer.label}) ` : ""}${percent(answer.score)}`,
    differs ? make("small", {}, `Without what came before: ${wording(alone)}`) : undefined,
  );
}
