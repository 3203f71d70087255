/* Type and see: the answer of the smallest engine at once, that of the other beside it where it was asked for. */
import { answerCard } from "../parts/answer_card.js";
import { by, chips } from "../parts/dom.js";
import { enginePanels } from "../parts/engine_panels.js";
import { call, newest } from "../client.js";
import { examplesOf } from "../examples.js";
import { firstEngine, modelsFor } from "../site.js";
import { allRight, telling } from "../trouble.js";

export async function start(site) {
  const [model] = modelsFor(site, "answer"),
    field = by("answer-text"),
    result = by("answer-result");
  if (model === undefined) {
    by("engines-title").hidden = true;
    result.replaceChildren("No model of this page gives labels. See its other screens.");
    result.setAttribute("aria-busy", "false");
    return;
  }
  const first = firstEngine(site, model);
  const answered = newest(
    telling(async (text) => {
      const answer = await call("answer", { engine: first, file: model.files[first], text });
      result.replaceChildren(...answerCard(answer, text));
      result.setAttribute("aria-busy", "false");
      result.dataset.text = text;
      allRight();
      await panels.show(text, answer);
    }),
  );
  const panels = enginePanels(site, model, first, () => field.value);
  field.addEventListener("input", () => answered(field.value));
  const texts = examplesOf(model.name);
  chips(by("answer-examples"), texts, (text) => {
    field.value = text;
    field.focus();
    answered(text);
  });
  if (field.value === "") field.value = texts[0];
  await answered(field.value);
}
