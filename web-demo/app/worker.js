/* The page's worker: models are opened and texts answered here, one call after another, and the page never waits. */
import { answerTo } from "./calls.js";

let before = Promise.resolve();

addEventListener("message", ({ data: { id, what, asked } }) => {
  before = before.then(async () => {
    try {
      postMessage({ id, found: await answerTo(what, asked) });
    } catch (error) {
      postMessage({ id, failed: error.message });
    }
  });
});
