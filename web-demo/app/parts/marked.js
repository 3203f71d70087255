/* A text with its spans marked. */
import { make } from "./dom.js";

/** Spans have type, start and end in UTF-16 units, in the order of the text, none over another. */
export function marked(text, spans) {
  const parts = [];
  let behind = 0;
  for (const { type, start, end } of spans) {
    parts.push(
      text.slice(behind, start),
      make("mark", { "data-type": type }, text.slice(start, end), make("small", {}, type)),
    );
    behind = end;
  }
  return make("p", { class: "marked", dir: "auto" }, ...parts, text.slice(behind));
}
