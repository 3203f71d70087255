/* One answer, shown: label and probability, or that the model would rather not; rules, spans, what came next. */
import { icon, make } from "./dom.js";
import { percent } from "./numbers.js";
import { marked } from "./marked.js";

const BOLT = "M13 2 5 14h6l-1 8 8-12h-6z";
const STOP = "M12 4 2.5 20h19zM12 10v4M12 17v.5";

/** Elements for an answer of the worker. */
export function answerCard(answer, text) {
  const several = answer.labels !== undefined;
  return [
    ...(several ? given(answer.labels) : answer.label === undefined ? [] : one(answer)),
    ...(answer.spans === undefined ? [] : [marked(text, answer.spans)]),
    ...answer.rules.filter((rule) => !rule.overruled).map(ruleNote),
    ...(answer.truncated ? [note("The text is longer than the model reads: its end was left out.", STOP, "warn")] : []),
    ...(answer.top === undefined || answer.top.length < 2 ? [] : [bars(answer.top)]),
  ];
}

function one({ label, score, abstained, refusedByRules }) {
  const line = make(
    "p",
    { class: abstained ? "said unsure" : "said" },
    make("span", { class: "label", dir: "auto", "data-label": label, "data-abstained": String(abstained) }, label),
    make("span", { class: "number" }, percent(score)),
  );
  if (!abstained) return [line];
  const why = refusedByRules
    ? "A rule leaves this text without an answer."
    : "Not sure enough: an app should ask, and not act on this.";
  return [note(why, STOP, "warn"), line];
}

function given(labels) {
  if (labels.length === 0)
    return [make("p", { class: "said unsure" }, make("span", { class: "label" }, "None of its labels"))];
  return [bars(labels)];
}

/** Rows of a label and a number from 0 to 1, the greatest first. */
export function bars(rows, { name = "Best labels", wording = percent } = {}) {
  return make("ul", { class: "bars", "aria-label": name }, ...rows.map((row) => bar(row, wording)));
}

function bar({ label, score }, wording) {
  const filled = make("span");
  filled.style.inlineSize = `${100 * score}%`;
  return make(
    "li",
    {},
    make("span", { dir: "auto" }, label),
    make("span", { class: "bar", "aria-hidden": "true" }, filled),
    make("span", { class: "number" }, wording(score)),
  );
}

function ruleNote({ name, does, reason }) {
  return note(`Rule “${name}”${does ? `: ${does}` : ""}. ${reason}`, BOLT);
}

function note(text, picture, kind = "") {
  return make("p", { class: `note ${kind}`.trim() }, icon(picture), make("span", { dir: "auto" }, text));
}
