/* The engines; another one is a module and a row. Each opens the bytes of a file and gives {metadata, runtime,
 * run(text, {state}): an answer or a promise of one, close()}. */
export const ENGINES = {
  c: { title: "C runtime", load: () => import("./c.js") },
  onnx: { title: "ONNX Runtime Web", load: () => import("./onnx.js") },
  local: { title: "Python session", load: () => import("./local.js") },
};
