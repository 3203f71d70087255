type Thermal = "none" | "light" | "moderate" | "severe" | "critical" | "emergency" | "shutdown" | null;

/** What a benchmark screen measured; what the system does not tell is null or left out. */
export interface Screen {
  /** Name and version of the app, a word each. */
  readonly app: readonly string[];
  readonly device: Readonly<Record<string, unknown>>;
  /** ISO 8601, UTC, and how long it took. */
  readonly started_at: string;
  readonly seconds: number;
  /** Of the subject: model, kind and precision, such as "intents c int8". */
  readonly name: string;
  /** "c", "onnx" or another target. */
  readonly kind: string;
  readonly precision: string;
  /** The model's file. */
  readonly file: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly parameters: number;
  /** With its version. */
  readonly runtime: string;
  readonly threads: number;
  /** Opening the file, and once more, and the first answer. */
  readonly first_load_ms?: number | null;
  readonly later_load_ms?: number | null;
  readonly first_answer_ms?: number | null;
  /** Samples of each length. */
  readonly wanted: number;
  /** Nanoseconds of each call, by words: 12 and 256. */
  readonly samples_ns?: Readonly<Record<number, readonly number[]>>;
  /** Bytes before, when loaded, and after the runs, and how they were read. */
  readonly memory?: readonly [number | null, number | null, number | null];
  readonly memory_source?: string;
  /** Before, and after the runs. */
  readonly thermal?: readonly [Thermal, Thermal];
  readonly power_saving?: boolean | null;
  /** The screen was left, or the page hidden. */
  readonly left?: boolean;
  /** What ended it. */
  readonly error?: string | null;
  /** Why figures may be worth less. */
  readonly warnings?: readonly string[];
}

/** Of times: docs/bench-report.md. */
export interface Summary {
  readonly runs: number;
  readonly p50_ms: number;
  readonly p90_ms: number;
  readonly p99_ms: number;
  readonly mean_ms: number;
  readonly stdev_ms: number;
  readonly min_ms: number;
  readonly max_ms: number;
  readonly interval_ms: readonly [number, number];
  readonly repeat_medians_ms: readonly [number];
  readonly spread: number;
}

/** Of times in nanoseconds, at least one. */
export function summary(samples: ArrayLike<number> & Iterable<number>): Summary;

/** The first reason for which the figures are no result; null where they are one. */
export function whyNot(screen: Screen): string | null;

/** The report, without its seal: docs/bench-report.md. */
export function report(screen: Screen): Record<string, unknown>;

/** The text of a JSON object with the digest of the whole as its first entry. */
export function sealed(text: string): string;

/** The file that the screen shares: report.json, which `neurolite-bench compare` reads. */
export function reportFile(screen: Screen): string;
