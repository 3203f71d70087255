/* Labels that somebody teaches: examples in, tried, listed, removed, saved as a file and opened from one. */
import { bars } from "../parts/answer_card.js";
import { by, make } from "../parts/dom.js";
import { count, percent } from "../parts/numbers.js";
import { call, newest } from "../client.js";
import { LESSONS } from "../examples.js";
import { firstEngine, modelsFor } from "../site.js";
import { allRight, telling } from "../trouble.js";

const KIND = "application/octet-stream";

export async function start(site) {
  const [model] = modelsFor(site, "teach");
  if (model === undefined) {
    for (const part of by("teach").querySelectorAll(".card, .row, h2, #learned")) part.hidden = true;
    by("teach").querySelector(".lead").textContent = "This model gives no vectors, so it cannot be taught here.";
    return;
  }
  const engine = firstEngine(site, model),
    asked = { engine, file: model.files[engine] };
  const learning = (what, more = {}) => call(what, { ...asked, ...more });
  const tried = newest(
    telling(async (text) => said(text, text.trim() === "" ? null : await learning("try", { text }))),
  );
  const changed = telling(async (what, more, told) => {
    show(await learning(what, more), changed);
    by("teach-said").textContent = told;
    allRight();
    await tried(by("teach-try").value);
  });
  listen(changed, learning, tried, model);
  await telling(async () => show(await learning("learned"), changed))(); // what cannot be read can still be forgotten
}

function listen(changed, learning, tried, model) {
  by("teach-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const label = by("teach-label").value.trim(),
      text = by("teach-text").value;
    if (label === "" || text.trim() === "") return;
    await changed("teach", { label, text }, `Learned: ${text} is ${label}.`);
    by("teach-text").value = "";
    by("teach-text").focus();
  });
  by("teach-try").addEventListener("input", () => tried(by("teach-try").value));
  by("teach-forget").addEventListener("click", () => changed("forgetAll", {}, "Everything is forgotten."));
  by("teach-export").addEventListener(
    "click",
    telling(async () => save(await learning("exportStore"), `${model.name}.nls`)),
  );
  by("teach-import").addEventListener("click", () => by("teach-file").click());
  by("teach-file").addEventListener("change", async () => {
    const [file] = by("teach-file").files;
    if (file === undefined) return;
    await changed("importStore", { bytes: new Uint8Array(await file.arrayBuffer()) }, `Learned what ${file.name} has.`);
    by("teach-file").value = ""; // the same file may be opened again
  });
}

function save(bytes, name) {
  const address = URL.createObjectURL(new Blob([bytes], { type: KIND }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function show(labels, changed) {
  by("teach-labels").replaceChildren(...labels.map(({ label }) => make("option", { value: label })));
  for (const id of ["teach-export", "teach-forget"]) by(id).disabled = labels.length === 0;
  if (labels.length === 0) {
    by("learned").replaceChildren(
      make("div", { class: "card" }, make("p", { class: "hint" }, "Nothing yet."), lesson(changed)),
    );
    return;
  }
  by("learned").replaceChildren(...labels.map((row) => labelOf(row, changed)));
}

function lesson(changed) {
  const teach = async () => {
    for (const [label, text] of LESSONS) await changed("teach", { label, text }, `Learned: ${text} is ${label}.`);
    if (by("teach-try").value === "") by("teach-try").value = "the roses need water";
    by("teach-try").dispatchEvent(new Event("input"));
  };
  return make(
    "button",
    { type: "button", id: "teach-lesson", onclick: teach },
    "Begin with three labels for a household",
  );
}

function labelOf({ label, texts }, changed) {
  const example = ({ id, text }) =>
    make(
      "li",
      {},
      make("span", { dir: "auto" }, text ?? "(its text was not kept)"),
      make(
        "button",
        {
          type: "button",
          "aria-label": `Remove: ${text ?? label}`,
          onclick: () => changed("unteach", { id }, `Removed: ${text ?? label}.`),
        },
        "Remove",
      ),
    );
  const forget = make(
    "button",
    { type: "button", onclick: () => changed("forgetLabel", { label }, `Forgot ${label}.`) },
    "Forget this label",
  );
  return make(
    "details",
    { "data-label": label },
    make("summary", { dir: "auto" }, label, make("span", {}, ` · ${count(texts.length, "example")}`)),
    make("ul", {}, ...texts.map(example), make("li", {}, make("span", {}), forget)),
  );
}

function said(text, answer) {
  const place = by("teach-result");
  place.dataset.text = text;
  if (answer === null) return place.replaceChildren();
  const { label, score, abstained, evidence } = answer;
  const first = make(
    "p",
    { class: abstained ? "said unsure" : "said" },
    make("span", { class: "label", dir: "auto" }, abstained ? "Nothing it has learned" : label),
    abstained || score === null ? undefined : make("span", { class: "number" }, percent(score)),
  );
  return place.replaceChildren(first, ...nearest(evidence));
}

/* The stored examples that led there, with the cosine of each. */
function nearest(evidence) {
  const rows = evidence.map(({ label, text, cosine }) => ({
    label: text === null ? label : `${label}: ${text}`,
    score: Math.max(0, cosine),
  }));
  const name = "Nearest examples, and how alike they are";
  return [make("p", { class: "hint" }, `${name}:`), bars(rows, { name, wording: (cosine) => cosine.toFixed(2) })];
}
