/* Times both builds of the module on a job's texts, side by side, in rounds; for node and for pages. Clocks of pages
 * tick in steps of 0.1 ms: a round has so many calls that this does not matter. */
const AT_LEAST = 4; // ms a round of one class of length

export async function measure({ classes, rounds }, { open }, content, start = performance.now()) {
  const models = [await open(content, { simd: true }), await open(content, { simd: false })];
  models[0].run("warm up");
  const first = performance.now() - start;
  const found = Object.fromEntries(models.map(({ runtime }) => [runtime, {}]));
  for (const [words, texts] of Object.entries(classes)) {
    const calls = models.map((model) => callsOf(model, texts));
    const times = models.map(() => []);
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 ? [0, 1] : [1, 0];
      for (const number of order) times[number].push(timed(models[number], texts, calls[number], round));
    }
    models.forEach(({ runtime }, number) => {
      const sorted = times[number].sort((one, other) => one - other);
      found[runtime][words] = { minimum_us: sorted[0], median_us: sorted[rounds >> 1], calls: calls[number] };
    });
  }
  return { open_and_first_answer_ms: first, times: found };
}

/* Microseconds a call; each round begins with another text. */
function timed(model, texts, calls, first = 0) {
  const start = performance.now();
  for (let call = 0; call < calls; call++) model.run(texts[(first + call) % texts.length]);
  return ((performance.now() - start) * 1000) / calls;
}

/* Calls a round, after the engine has compiled what runs often. */
function callsOf(model, texts) {
  for (let round = 0; round < 20; round++) timed(model, texts, texts.length);
  return Math.max(2, Math.ceil((AT_LEAST * 1000) / timed(model, texts, texts.length)));
}
