/* Answers a job's texts by each model, with and without SIMD; floats by their bits. For node and for pages. */
const bits = (floats) => Array.from(new Uint32Array(floats.buffer, floats.byteOffset, floats.length));

export async function answers({ models, texts }, { open }, load) {
  const found = {};
  for (const [name, address] of Object.entries(models)) {
    const content = await load(address);
    for (const simd of [false, true]) {
      const model = await open(content, { simd });
      found[`${name} ${model.runtime}`] = texts.map((text) => {
        const answer = model.run(typeof text === "string" ? text : Uint8Array.from(text));
        for (const part of ["logits", "embedding"]) if (answer[part]) answer[part] = bits(answer[part]);
        for (const [name, values] of Object.entries(answer.state ?? {})) answer.state[name] = bits(values);
        return { ...answer, probabilities: answer.probabilities && Array.from(answer.probabilities) };
      });
      model.close();
    }
  }
  return found;
}
