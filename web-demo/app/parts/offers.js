/* Words that are offered over a text field: buttons that stay where they are, chosen by a touch, by Tab, or by Alt and
 * the number of one. */
import { make } from "./dom.js";

/** {show(words)}: words are [{text, word}]; what is chosen is put where the field's caret is. */
export function offers(list, field) {
  const buttons = [1, 2, 3].map((number) =>
    make("button", { type: "button", dir: "auto", hidden: true, "aria-keyshortcuts": `Alt+${number}` }),
  );
  const choose = (button) => {
    if (button.hidden) return;
    field.setRangeText(button.dataset.text, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  for (const button of buttons) button.addEventListener("click", () => choose(button));
  field.addEventListener("keydown", (event) => {
    const place = ["Digit1", "Digit2", "Digit3"].indexOf(event.code);
    if (!event.altKey || event.ctrlKey || event.metaKey || place < 0) return;
    event.preventDefault();
    choose(buttons[place]);
  });
  list.replaceChildren(...buttons.map((button) => make("li", {}, button)));
  return { show: (words) => buttons.forEach((button, place) => shown(button, words[place])) };
}

function shown(button, word) {
  button.hidden = word === undefined;
  if (word === undefined) return;
  button.dataset.text = word.text;
  const isBreak = word.word.trim() === "";
  button.textContent = isBreak ? "↵" : word.word.trim();
  if (isBreak) button.setAttribute("aria-label", "New line");
  else button.removeAttribute("aria-label");
}
