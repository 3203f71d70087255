/* The benchmark, in the worker: a model loaded anew, and timed with a short and a long text. */
import { reportFile, summary, whyNot } from "../neurolite/statistics.js";
import { TEXTS } from "./bench_texts.js";
import { contentOf, digest } from "./models.js";
import { ENGINES } from "./engines/table.js";

const RUNS = 100,
  WARM = 10;
const FINE = 100; // steps of the clock in a sample

export const MEASURING = {
  /** {screen, figures, why, report}: report is the JSON to share; left tells whether the page was hidden meanwhile. */
  async measure({ engine, file, name, device, app }) {
    const begun = performance.now(),
      started_at = new Date().toISOString().replace("Z", "+00:00");
    const content = await contentOf(file),
      timer = clock();
    // What is missing here, as memory and thermal state are in browsers, the report has as unknown.
    const screen = {
      app,
      device: { ...device, timer_ms: timer },
      started_at,
      name: `${name} ${engine}`,
      kind: engine,
      file: file.path.split("/").pop(),
      size_bytes: file.bytes,
      sha256: await digest(content),
      threads: 1,
      wanted: RUNS,
      samples_ns: {},
      precision: "",
      parameters: 0,
      runtime: "",
    };
    try {
      await filled(screen, { engine, file, content, timer });
    } catch (error) {
      screen.error = error.message;
    }
    screen.seconds = (performance.now() - begun) / 1000;
    return screen;
  },

  /** Of a screen that was measured: the reason for which it does not count, or null; figures; the JSON to share. */
  judged({ screen }) {
    const why = whyNot(screen),
      rows = Object.entries(screen.samples_ns);
    const figures = why === null ? Object.fromEntries(rows.map(([words, samples]) => [words, summary(samples)])) : {};
    return { why, figures, report: reportFile(screen) };
  },
};

async function filled(screen, { engine, file, content, timer }) {
  const module = await ENGINES[engine].load();
  const opening = async () => {
    const begun = performance.now(),
      reader = await module.open(content.slice(0), file);
    return { reader, ms: performance.now() - begun };
  };
  const { reader, ms } = await opening();
  screen.first_load_ms = ms;
  const begun = performance.now();
  await reader.run(TEXTS[12]);
  screen.first_answer_ms = performance.now() - begun;
  const later = await opening();
  screen.later_load_ms = later.ms;
  await later.reader.close();
  const { name, precision, parameters } = reader.metadata;
  Object.assign(screen, { name: `${name} ${engine} ${precision}`, precision, parameters, runtime: reader.runtime });
  for (const [words, text] of Object.entries(TEXTS)) screen.samples_ns[words] = await samples(reader, text, timer);
  await reader.close();
}

/* Each sample is the mean of as many calls as the clock needs to see them. */
async function samples(reader, text, timer) {
  const begun = performance.now();
  for (let run = 0; run < WARM; run += 1) await reader.run(text);
  const one = Math.max((performance.now() - begun) / WARM, timer / WARM),
    calls = Math.max(1, Math.ceil((FINE * timer) / one));
  const found = [];
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    for (let call = 0; call < calls; call += 1) await reader.run(text);
    found.push(Math.round(((performance.now() - start) * 1e6) / calls));
  }
  return found;
}

/* The smallest step of the clock that is seen, in milliseconds. */
function clock() {
  let least = Infinity;
  for (let seen = 0; seen < 20; seen += 1) {
    const begun = performance.now();
    let now = begun;
    while (now === begun) now = performance.now();
    least = Math.min(least, now - begun);
  }
  return least;
}
