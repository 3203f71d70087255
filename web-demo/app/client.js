/* The page's end of the worker: calls go there, answers come back. What the worker refuses is an Error here. */

let worker;
let last = 0;
const waiting = new Map();

function started() {
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data: { id, found, failed } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (failed === undefined) resolve(found);
    else reject(new Error(failed));
  });
  worker.addEventListener("error", (event) => {
    const error = new Error(event.message || "This browser cannot start the page's worker. Take a newer one.");
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
}

/** What the worker says to a call of its table; transfers move buffers there. */
export function call(what, asked = {}, transfers = []) {
  if (worker === undefined) started();
  const id = (last += 1);
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, what, asked }, transfers);
  });
}

/** A function that answers the newest of its arguments, one at a time: who types fast is not answered late. */
export function newest(work) {
  let next,
    busy = false;
  return async (...asked) => {
    next = asked;
    if (busy) return;
    busy = true;
    try {
      while (next !== undefined) {
        const now = next;
        next = undefined;
        await work(...now);
      }
    } finally {
      busy = false;
    }
  };
}
