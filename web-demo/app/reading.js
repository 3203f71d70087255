/* Texts to answers, in the worker. */
import { ranked } from "../neurolite/decisions.js";
import { model } from "./models.js";

const SHOWN = 3; // best labels
const PARTS = 4;
const LONG = 1; // millisecond of a part at least: a page's clock is coarse
const MOST = 20; // runs

export const READING = {
  async open({ engine, file }) {
    const { metadata, runtime, loadMs } = await model(engine, file);
    return { metadata, runtime, loadMs };
  },

  /** The answer, with the milliseconds that it takes: those of the quickest of some parts. */
  async answer({ engine, file, text }) {
    const reader = await model(engine, file),
      found = await reader.run(text);
    return { ...brief(found, reader.metadata), ms: await timed(() => reader.run(text)) };
  },
};

async function timed(run) {
  let least = Infinity;
  for (let part = 0; part < PARTS; part += 1) {
    const begun = performance.now();
    let runs = 0;
    let passed = 0;
    while (runs === 0 || (passed < LONG && runs < MOST)) {
      await run();
      runs += 1;
      passed = performance.now() - begun;
    }
    least = Math.min(least, passed / runs);
  }
  return least;
}

/** What of an answer is shown, by the page. */
export function brief(answer, { labels }) {
  const { label, score, inScope, abstained, refusedByRules, rules, spans, words, truncated, probabilities } = answer;
  const best = probabilities === undefined ? [] : ranked(probabilities).slice(0, SHOWN);
  return {
    label,
    score,
    inScope,
    abstained,
    refusedByRules,
    labels: answer.labels,
    top: best.map((place) => ({ label: labels[place], score: probabilities[place] })),
    rules: rules ?? [],
    spans,
    words,
    truncated,
    probabilities,
  };
}
