/* What went wrong, at the top of the page, until something goes right. */
import { by } from "./parts/dom.js";

export function tell(error) {
  by("trouble").textContent = error.message;
  by("trouble").hidden = false;
}

export function allRight() {
  by("trouble").hidden = true;
}

/** A function whose failure is told. */
export function telling(work) {
  return async (...asked) => {
    try {
      return await work(...asked);
    } catch (error) {
      tell(error);
      return undefined;
    }
  };
}
