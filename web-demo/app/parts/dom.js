/* Elements of the page. Texts are only ever set as text: nothing that was typed or read is markup. */

/** An element with attributes and children; what is undefined or false is left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** The element of an id, which the page has. */
export const by = (id) => document.getElementById(id);

const SHAPES = "http://www.w3.org/2000/svg";

/** A picture of lines, in a field of 24 by 24; for the eye alone. */
export function icon(path) {
  const picture = document.createElementNS(SHAPES, "svg"),
    line = document.createElementNS(SHAPES, "path");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  picture.append(line);
  return picture;
}

/** Buttons with texts to try. */
export function chips(list, texts, chosen) {
  list.replaceChildren(
    ...texts.map((text) =>
      make("li", {}, make("button", { type: "button", dir: "auto", onclick: () => chosen(text) }, text)),
    ),
  );
}
