/* What the benchmark screen of an app measured: whether it counts, and the report that it shares, which
 * `neurolite-bench compare` reads. docs/bench-report.md and docs/app-contract.md. */
import { hexOf } from "./bytes.js";
import { sha256 } from "./checksums.js";

const WORDS = [12, 256];
const THERMAL = ["none", "light", "moderate", "severe", "critical", "emergency", "shutdown"];
const WARMEST = THERMAL.indexOf("light"); // from moderate on, phones slow down
const NANOSECONDS = 1e6; // in a millisecond
const BLANK = "0".repeat(64);
// What a screen may leave out.
const UNKNOWN = {
  first_load_ms: null,
  later_load_ms: null,
  first_answer_ms: null,
  samples_ns: {},
  memory: [null, null, null],
  memory_source: "",
  thermal: [null, null],
  power_saving: null,
  left: false,
  error: null,
  warnings: [],
};

/** Of times in nanoseconds, at least one. */
export function summary(samples) {
  const sorted = Array.from(samples, (sample) => sample / NANOSECONDS).sort((one, other) => one - other);
  const count = sorted.length, mean = sum(sorted) / count, median = percentile(sorted, 50);
  const squares = sum(sorted.map((sample) => (sample - mean) ** 2));
  const [least, most] = [sorted[0], sorted[count - 1]];
  return {
    runs: count,
    p50_ms: median,
    p90_ms: percentile(sorted, 90),
    p99_ms: percentile(sorted, 99),
    mean_ms: mean,
    stdev_ms: count > 1 ? Math.sqrt(squares / (count - 1)) : 0,
    min_ms: least,
    max_ms: most,
    interval_ms: [least, most],
    repeat_medians_ms: [median],
    spread: 0,
  };
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

function percentile(sorted, part) {
  const place = (part / 100) * (sorted.length - 1), low = Math.floor(place);
  return sorted[low] + (place - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
}

/** The first reason for which a screen's figures are no result; null where they are one. */
export function whyNot(screen) {
  return reasons({ ...UNKNOWN, ...screen }).next().value ?? null;
}

function* reasons({ error, left, samples_ns: samples, wanted, power_saving: saving, thermal, ...screen }) {
  if (error !== null) yield `it failed: ${error}`;
  if (left) yield "the app was left while it ran";
  for (const words of WORDS) {
    const own = samples[words] ?? [];
    if (own.length < wanted) yield `texts of ${words} words were timed ${own.length} times of ${wanted}`;
    if (own.some((sample) => sample < 1)) yield `a text of ${words} words took no time: the clock is too coarse`;
  }
  const times = [screen.first_load_ms, screen.later_load_ms, screen.first_answer_ms];
  if (times.includes(null)) yield "it was not timed from the opening on";
  if (saving) yield "the system saved power";
  if (thermal.some((state) => THERMAL.indexOf(state) > WARMEST)) {
    const [before, after] = thermal.map((state) => state ?? "unknown");
    yield `the device was warm: ${before} before, ${after} after`;
  }
}

/** The report of a screen, without its seal; without figures where they are no result. */
export function report(given) {
  const screen = { ...UNKNOWN, ...given }, [before, after] = screen.thermal;
  return {
    schema_version: 2,
    format: "neurolite-bench",
    command: screen.app,
    started_at: screen.started_at,
    seconds: screen.seconds,
    interrupted: screen.left,
    device: screen.device,
    conditions: { before: { thermal: before, power_saving: screen.power_saving }, after: { thermal: after } },
    options: { runs: screen.wanted, threads: screen.threads },
    texts: {
      source: "app contract",
      classes: Object.fromEntries(WORDS.map((words) => [`${words} words`, { words }])),
    },
    subjects: [subject(screen, whyNot(screen))],
    refusals: [],
    growth: null,
    verdicts: [],
    warnings: screen.warnings,
  };
}

function subject(screen, reason) {
  const [before, loaded, after] = screen.memory, [cool, warm] = screen.thermal;
  return {
    name: screen.name,
    role: "artifact",
    kind: screen.kind,
    preset: null,
    precision: screen.precision,
    file: screen.file,
    size_bytes: screen.size_bytes,
    compressed_bytes: null,
    sha256: screen.sha256,
    parameters: screen.parameters,
    runtime: screen.runtime,
    settings: { threads: String(screen.threads) },
    delegated: null,
    nodes: null,
    parity: null,
    starts: reason === null ? [start(screen)] : [],
    memory: [],
    cases: reason === null ? WORDS.map((words) => timed(screen, words)) : [],
    hash_share: null,
    hash_share_by: null,
    accuracy: null,
    accuracy_texts: null,
    train_seconds: null,
    sealed: true,
    not_timed: null,
    failure: reason,
    in_app: {
      valid: reason === null,
      reason,
      later_load_ms: screen.later_load_ms,
      memory_before: before,
      memory_loaded: loaded,
      memory_after: after,
      memory_source: screen.memory_source,
      thermal_before: cool,
      thermal_after: warm,
    },
  };
}

/* Nothing is imported or started before the model, and its bytes may be in a cache. */
const start = ({ first_load_ms: load, first_answer_ms: first }) => ({
  import_ms: 0,
  runtime_ms: 0,
  load_ms: load,
  first_answer_ms: first,
  evicted: false,
});

function timed({ samples_ns: samples, threads }, words) {
  const own = Array.from(samples[words]);
  const found = { name: `${words} words`, group: "length", words, batch: 1, threads };
  return { case: found, samples_ns: [[own]], summary: summary(own) };
}

/** The text of a JSON object of at least one entry, with the digest of the whole as its first entry. */
export function sealed(text) {
  const [begin, line] = /^\{(\s*)/.exec(text), key = '"neurolite.sha256": "';
  const whole = (digest) => `${begin}${key}${digest}",${line || " "}${text.slice(begin.length)}`;
  return whole(hexOf(sha256(new TextEncoder().encode(whole(BLANK)))));
}

/** The file that a benchmark screen shares. */
export const reportFile = (screen) => sealed(`${JSON.stringify(report(screen), null, 1)}\n`);
