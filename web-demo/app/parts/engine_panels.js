/* The same model in each of the engines that the site has: bytes, time, and whether they agree. */
import { by, make } from "./dom.js";
import { bytes, percent, time } from "./numbers.js";
import { call, newest } from "../client.js";
import { ENGINES } from "../engines/table.js";
import { telling } from "../trouble.js";

/** {show(text, answer)}: shows an answer of the first engine, and asks those that were loaded since. */
export function enginePanels(site, model, first, typed) {
  const names = Object.keys(site.engines).filter((name) => model.files[name] !== undefined),
    loaded = new Set([first]);
  const asked = (name, text) => call("answer", { engine: name, file: model.files[name], text });
  const show = newest(
    telling(async (text, answer) => {
      const found = new Map([[first, answer]]);
      for (const name of loaded) if (name !== first) found.set(name, await asked(name, text));
      for (const [name, own] of found) filled(panels.get(name), text, own);
      by("answer-agreement").textContent = agreement(found);
    }),
  );
  const load = telling(async (name) => {
    const { button } = panels.get(name);
    button.disabled = true;
    button.textContent = "Loading …";
    try {
      await call("open", { engine: name, file: model.files[name] });
      loaded.add(name);
      const text = typed();
      await show(text, await asked(first, text));
      button.remove();
    } finally {
      button.disabled = false;
      button.textContent = "Try again";
    }
  });
  const made = (name) => panel(site.engines[name], model.files[name], name, name !== first && (() => load(name)));
  const panels = new Map(names.map((name) => [name, made(name)]));
  by("engines-title").textContent = names.length > 1 ? "The same model in two engines" : "What computes it";
  by("engines-missing").textContent = site.missing ?? "";
  by("answer-engines").replaceChildren(...Array.from(panels.values(), ({ card }) => card));
  return { show };
}

function panel(engine, file, name, load) {
  const own =
    engine.bytes > 0 ? `Engine ${bytes(engine.bytes)}, model ${bytes(file.bytes)}` : `Model ${bytes(file.bytes)}`;
  const wording = `Load ${bytes(engine.bytes + file.bytes)} and compare`;
  const button = load ? make("button", { type: "button", onclick: load }, wording) : undefined;
  const took = make("p", { class: "time", hidden: load !== false }, "…"),
    said = make("p", {});
  const title = make("h3", {}, ENGINES[name].title),
    sizes = make("p", { class: "hint" }, own);
  return {
    card: make("article", { class: "card engine", "data-engine": name }, title, took, said, sizes, button),
    took,
    said,
    button,
  };
}

function filled(panel, text, answer) {
  panel.took.hidden = false;
  panel.took.textContent = time(answer.ms);
  panel.card.dataset.text = text;
  panel.card.dataset.answer = JSON.stringify([answer.label ?? null, answer.abstained ?? null]);
  panel.said.textContent = saidOf(answer);
}

function saidOf({ label, score, abstained, labels, spans }) {
  const given = labels?.map((row) => `${row.label} ${percent(row.score)}`).join(", ");
  if (given !== undefined) return given === "" ? "none of its labels" : given;
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
  const most = apart < 1e-6 ? "0.000001" : apart.toFixed(6);
  return `${same ? "The same answer" : "Another answer"}; no probability differs by more than ${most}.`;
}
