/* The benchmark: what loading and answering takes here, to be shared as the JSON that neurolite-bench compares. */
import { by, make } from "../parts/dom.js";
import { bytes, time } from "../parts/numbers.js";
import { call } from "../client.js";
import { ENGINES } from "../engines/table.js";
import { firstEngine, modelsFor } from "../site.js";
import { allRight, telling } from "../trouble.js";

export async function start(site) {
  const models = modelsFor(site, "benchmark"),
    chosen = by("benchmark-model"),
    engine = by("benchmark-engine");
  if (models.length === 0) {
    by("benchmark-form").hidden = true;
    by("benchmark-said").textContent = "No model of this page answers texts, which is what is measured here.";
    return;
  }
  chosen.replaceChildren(...models.map(({ name, title }) => make("option", { value: name }, title)));
  const model = () => models.find(({ name }) => name === chosen.value);
  const engines = () => {
    const names = Object.keys(site.engines).filter((name) => model().files[name] !== undefined);
    const size = (name) => bytes(site.engines[name].bytes + model().files[name].bytes);
    engine.replaceChildren(
      ...names.map((name) => make("option", { value: name }, `${ENGINES[name].title}, ${size(name)}`)),
    );
    engine.value = firstEngine(site, model());
  };
  chosen.addEventListener("change", engines);
  engines();
  by("benchmark-form").addEventListener("submit", (event) => {
    event.preventDefault();
    run(site, model(), engine.value);
  });
}

const run = telling(async (site, model, engine) => {
  by("benchmark-run").disabled = true;
  by("benchmark-said").textContent = "Measuring …";
  by("benchmark-result").replaceChildren();
  try {
    const screen = await measured(site, model, engine),
      judged = await call("judged", { screen });
    show(screen, judged);
    by("benchmark-said").textContent = judged.why === null ? "Done." : `This run does not count: ${judged.why}.`;
    allRight();
  } finally {
    by("benchmark-run").disabled = false;
  }
});

async function measured({ version }, model, engine) {
  let left = document.hidden;
  const seen = () => (left ||= document.hidden);
  document.addEventListener("visibilitychange", seen);
  try {
    const app = ["NeuroLite", "in", "a", "page", version];
    const screen = await call("measure", {
      engine,
      file: model.files[engine],
      name: model.name,
      device: device(),
      app,
    });
    return { ...screen, left };
  } finally {
    document.removeEventListener("visibilitychange", seen);
  }
}

function device() {
  const { userAgent, hardwareConcurrency, deviceMemory } = navigator;
  return {
    system: userAgent,
    cores: hardwareConcurrency,
    memory_gb: deviceMemory ?? null,
    isolated: crossOriginIsolated,
  };
}

function show(screen, { why, figures, report }) {
  const rows = [
    ["First load", time(screen.first_load_ms ?? 0)],
    ["Later load", time(screen.later_load_ms ?? 0)],
    ["First answer", time(screen.first_answer_ms ?? 0)],
    ...Object.entries(figures).flatMap(([words, { p50_ms, p90_ms, max_ms }]) => [
      [`${words} words, half of the calls within`, time(p50_ms)],
      [`${words} words, nine of ten within`, time(p90_ms)],
      [`${words} words, the longest`, time(max_ms)],
    ]),
  ];
  const facts = [
    ["Counts as a result", why === null ? "yes" : `no: ${why}`],
    ["Engine", `${screen.runtime}, ${screen.threads} thread`],
    ["Model", `${screen.file}, ${bytes(screen.size_bytes)}`],
    ["SHA-256", screen.sha256],
    ["Step of this page's clock", time(screen.device.timer_ms)],
  ];
  by("benchmark-result").replaceChildren(
    make(
      "div",
      { class: "card" },
      table("Times", why === null ? rows : []),
      table("What was measured", facts),
      make(
        "div",
        { class: "row" },
        make("button", { type: "button", id: "benchmark-save", onclick: () => save(report) }, "Save as JSON"),
        navigator.canShare?.({ files: [fileOf(report)] })
          ? make("button", { type: "button", onclick: () => share(report) }, "Share")
          : undefined,
      ),
      make("p", { class: "hint" }, "neurolite-bench compare reads it, beside a run on another phone or browser."),
    ),
  );
}

function table(title, rows) {
  if (rows.length === 0) return undefined;
  const row = ([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value));
  return make("table", {}, make("caption", {}, title), make("tbody", {}, ...rows.map(row)));
}

const fileOf = (report) => new File([report], "report.json", { type: "application/json" });
const share = telling(async (report) => navigator.share({ files: [fileOf(report)] }));

function save(report) {
  const address = URL.createObjectURL(fileOf(report));
  make("a", { href: address, download: "report.json" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
