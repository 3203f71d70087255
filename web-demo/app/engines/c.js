/* The C library of models as WebAssembly. */
import { open as openModel } from "../../neurolite/neurolite.js";

export async function open(content) {
  const model = await openModel(content);
  return {
    metadata: model.metadata,
    runtime: `neurolite, ${model.runtime}`,
    run: (text, more) => model.run(text, more),
    close: () => model.close(),
  };
}
