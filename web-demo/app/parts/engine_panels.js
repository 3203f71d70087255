/* The same model in each of the engines that the site has: bytes, time, and whether they agree. */
import { by, make } from "./dom.js";
import { bytes, percent, time } from "./numbers.js";
import { call, newest } from "../client.js";
import { ENGINES } from "../engines/table.js";
import { telling } from "../trouble.js";

/** {show(engine, text, answer)}: shows an answer of the first engine, and asks those that were loaded. */
export function enginePanels(site, model, first, typed) {
  const names = Object.keys(site.engines).filter((name) => model.files[name] !== undefined), panels = new Map();
  const loaded = new Set([first]);
  const ask = newest(
    telling(async (text, answer) => {
      const found = new Map([[first, answer]]);
      for (const name of loaded) {
        if (name !== first) found.set(name, await call("answer", { engine: name, file: model.files[name], text }));
      }
      for (const [name, own] of found) filled(panels.get(name), text, own);
      by("answer-agreement").textContent = agreement(found);
    }),
  );
  const load = telling(async (name) => {
    panels.get(name).button.disabled = true;
    panels.get(name).button.textContent = "Loading …";
    try {
      await call("open", { engine: name, file: model.files[name] });
      loaded.add(name);
      panels.get(name).button.remove();
      const text = typed();
      await ask(text, await call("answer", { engine: first, file: model.files[first], text }));
    } finally {
      panels.get(name).button.disabled = false;
      panels.get(name).button.textContent = "Try again";
    }
  });
  for (const name of names) panels.set(name, panel(site.engines[name], model.files[name], name, name !== first && (() => load(name))));
  if (site.missing !== undefined) by("answer-engines").after(make("p", { class: "hint" }, site.missing));
  by("answer-engines").replaceChildren(...Array.from(panels.values(), ({ card }) => card));
  return { show: (_, text, answer) => ask(text, answer) };
}

function panel(engine, file, name, load) {
  const time_ = make("p", { class: "time" }, "–"), said = make("p", {});
  const button = load ? make("button", { type: "button", onclick: load }, `Load ${bytes(engine.bytes + file.bytes)} and compare`) : undefined;
  const sizes = make("p", { class: "hint" }, engine.bytes > 0 ? `Engine ${bytes(engine.bytes)}, model ${bytes(file.bytes)}` : `Model ${bytes(file.bytes)}, on this machine`);
  const card = make("article", { class: "card engine", "data-engine": name }, make("h3", {}, ENGINES[name].title), time_, said, sizes, button);
  if (button) time_.hidden = true;
  return { card, time: time_, said, button };
}

function filled(panel, text, answer) {
  panel.time.hidden = false;
  panel.time.textContent = time(answer.ms);
  panel.card.dataset.text = text;
  panel.card.dataset.answer = JSON.stringify([answer.label ?? null, answer.abstained ?? null]);
  panel.said.textContent = saidOf(answer);
}

function saidOf({ label, score, abstained, labels, spans }) {
  if (labels !== undefined) return labels.length === 0 ? "none" : labels.map((row) => `${row.label} ${percent(row.score)}`).join(", ");
  if (label === undefined) return `${spans?.length ?? 0} spans`;
  return abstained ? `would not act on ${label}, ${percent(score)}` : `${label}, ${percent(score)}`;
}

/* Probabilities are compared label by label. */
function agreement(found) {
  if (found.size < 2) return "";
  const [one, other] = found.values();
  if (one.probabilities === undefined) return "";
  const apart = Math.max(...one.probabilities.map((value, place) => Math.abs(value - other.probabilities[place])));
  const same = one.label === other.label && one.abstained === other.abstained;
  return `${same ? "The same answer" : "Another answer"}; no probability differs by more than ${apart < 1e-6 ? "0.000001" : apart.toPrecision(1)}.`;
}
