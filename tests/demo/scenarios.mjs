/* What somebody does on the page, and what is to be seen then. */
import { writeFile } from "node:fs/promises";

const RESULT = "#answer-result",
  TEXTS = ["my card was stolen, block it", "call an ambulance", "why do cats purr", "ما هو رصيد حسابي"];

export const TURNS = [
  "book a table for tonight",
  "for four people at seven",
  "I also need a cab",
  "for four people at seven",
];

const SCREENS = ["answer", "conversation", "teach", "write", "benchmark"];

async function shown(page, address, screen) {
  await page.goto(`${address}#/${screen}`);
  await page.locator(`#${screen}[data-ready]:not([hidden])`).waitFor();
}

/* The answer of a text that was typed, when it is there. */
async function typed(page, text) {
  await page.fill("#answer-text", text);
  await page.waitForFunction(
    ([place, wanted]) => document.querySelector(place).dataset.text === wanted,
    [RESULT, text],
  );
  const label = page.locator(`${RESULT} .said .label`);
  return {
    text,
    label: await label.getAttribute("data-label"),
    abstained: await label.getAttribute("data-abstained"),
    notes: await page.locator(`${RESULT} .note`).allInnerTexts(),
    direction: await page.locator("#answer-text").evaluate((field) => getComputedStyle(field).direction),
  };
}

/* Answered at once, in one engine; then in both. */
export async function answer(page, { address }) {
  await shown(page, address, "answer");
  await page.locator(`${RESULT} .label`).waitFor();
  const first = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  const one = [];
  for (const text of TEXTS) one.push(await typed(page, text));
  await page.locator('[data-engine="onnx"] button').click();
  await page.locator('[data-engine="onnx"][data-answer]').waitFor();
  const both = [];
  for (const text of TEXTS) {
    await typed(page, text);
    await page.locator(`[data-engine="onnx"][data-text="${text}"]`).waitFor();
    both.push(
      await page.locator(".engine").evaluateAll((cards) => cards.map(({ dataset }) => JSON.parse(dataset.answer))),
    );
  }
  const panels = await page.locator(".engine").allInnerTexts();
  return { first, one, both, panels, agreement: await page.locator("#answer-agreement").innerText() };
}

export async function conversation(page, { address }) {
  await shown(page, address, "conversation");
  const said = [];
  for (const text of TURNS) {
    await page.fill("#conversation-text", text);
    await page.press("#conversation-text", "Enter");
    await page.locator(".turns .its").nth(said.length).waitFor();
    said.push(await page.locator(".turns .its").nth(said.length).getAttribute("data-label"));
  }
  const remembered = await page.locator("#remembered").innerText();
  const beside = await page.locator(".turns .its").last().innerText();
  await page.click("#forget");
  await page.locator(".turns .its").first().waitFor({ state: "detached" });
  return { said, remembered, beside, after: await page.locator("#remembered").innerText() };
}

async function tried(page, text) {
  await page.fill("#teach-try", text);
  await page.waitForFunction((wanted) => document.querySelector("#teach-result").dataset.text === wanted, text);
  const label = page.locator("#teach-result .label");
  return (await label.count()) > 0 ? label.innerText() : null;
}

const labels = (page) =>
  page.locator("#learned details").evaluateAll((rows) => rows.map(({ dataset }) => dataset.label));

/* Taught, kept over a reload, saved, forgotten, opened again, and one example taken away. */
export async function teach(page, { address, folder }) {
  await shown(page, address, "teach");
  await page.click("#teach-lesson");
  await page.locator("#learned details").nth(2).waitFor();
  await page.waitForFunction(() => document.querySelector("#teach-result .label") !== null);
  await page.fill("#teach-label", "water plants");
  await page.fill("#teach-text", "my roses are thirsty again");
  await page.press("#teach-text", "Enter");
  await page.locator("#teach-said", { hasText: "my roses" }).waitFor();
  await page.reload();
  await page.locator("#learned details").nth(2).waitFor();
  const kept = await labels(page),
    found = await tried(page, "the roses need water");
  const strange = await tried(page, "who was the first man on the moon");
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("#teach-export")]);
  await file.saveAs(`${folder}/taught.nls`);
  await page.click("#teach-forget");
  await page.locator("#teach-lesson").waitFor();
  const forgotten = await tried(page, "the roses need water ");
  await page.setInputFiles("#teach-file", `${folder}/taught.nls`);
  await page.locator("#learned details").nth(2).waitFor();
  const again = await tried(page, "the roses need water");
  await page.locator('#learned details[data-label="order food"] summary').click();
  await page.locator('#learned details[data-label="order food"] li button').last().click();
  await page.locator('#learned details[data-label="order food"]').waitFor({ state: "detached" });
  await writeFile(`${folder}/damaged.nls`, "not a store at all");
  await page.setInputFiles("#teach-file", `${folder}/damaged.nls`);
  await page.locator("#trouble:not([hidden])").waitFor();
  return {
    kept,
    found,
    strange,
    forgotten,
    again,
    left: await labels(page),
    refused: await page.locator("#trouble").innerText(),
  };
}

const OFFERS = "#write-offers";

/* The words over the text field, when they are those of the text that was typed. */
async function offered(page, text) {
  if (text !== undefined) await page.fill("#write-text", text);
  const wanted = await page.inputValue("#write-text");
  await page.waitForFunction(
    ([place, typed]) => document.querySelector(place).dataset.text === typed,
    [OFFERS, wanted],
  );
  return page.locator(`${OFFERS} button:visible`).evaluateAll((own) => own.map(({ dataset }) => dataset.text));
}

/* Words are offered and chosen, by a touch and by keys; then it writes on. */
export async function write(page, { address }) {
  await shown(page, address, "write");
  const load = page.locator("#write-load"),
    field = page.locator("#write-text");
  const size = await load.innerText();
  await load.click();
  await page.locator(`${OFFERS}[data-text=""]`).waitFor();
  const link = await page.isVisible('nav a[href="#/write"]'),
    begins = await offered(page),
    behind = await offered(page, "How are");
  await page.locator(`${OFFERS} button`).first().click();
  await offered(page);
  await field.press("Alt+1");
  await offered(page);
  const chosen = await field.inputValue();
  const typed = await offered(page, "Can we m");
  await page.fill("#write-text", "What is your name?\n");
  await page.click("#write-on");
  await page.waitForFunction(() => document.querySelector("#write-text").value.endsWith("Ada."));
  return { size, link, begins, behind, chosen, typed, said: await page.innerText("#write-said") };
}

export async function benchmark(page, { address, folder }) {
  await shown(page, address, "benchmark");
  await page.click("#benchmark-run");
  await page.locator("#benchmark-save").waitFor({ timeout: 60_000 });
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("#benchmark-save")]);
  await file.saveAs(`${folder}/report.json`);
  return {
    said: await page.locator("#benchmark-said").innerText(),
    rows: await page.locator("#benchmark-result tr").allInnerTexts(),
  };
}

/* What a screen reader is told, and what Tab reaches. */
export async function accessible(page, { address }) {
  const client = await page.context().newCDPSession(page),
    found = {};
  for (const screen of SCREENS) {
    await shown(page, address, screen);
    await page.waitForTimeout(300);
    const { nodes } = await client.send("Accessibility.getFullAXTree");
    const tree = nodes
      .filter(({ ignored }) => !ignored)
      .map(({ role, name, properties }) => ({
        role: role?.value,
        name: name?.value ?? "",
        level: properties?.find((own) => own.name === "level")?.value.value,
      }));
    found[screen] = { tree, reached: await reached(page) };
  }
  return found;
}

async function reached(page) {
  const names = [];
  await page.evaluate(() => document.activeElement.blur());
  for (let step = 0; step < 24; step += 1) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const own = document.activeElement;
      const seen = getComputedStyle(own).outlineStyle !== "none";
      return own === document.body ? null : { id: own.id || own.textContent.trim(), seen };
    });
    if (name !== null) names.push(name); // behind the last one
  }
  return names;
}

/* Loaded once before; the server is gone. */
export async function offline(page, { address }) {
  await page.goto(address);
  await page.locator(`${RESULT} .label`).waitFor();
  return typed(page, TEXTS[0]);
}

export async function kept(page, { address }) {
  await shown(page, address, "answer");
  await page.locator("#about", { hasText: "works offline" }).waitFor();
  return page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
}

/* Nothing is wider than the screen, at any width and with large letters. */
export async function widths(page, { address }) {
  const found = {};
  for (const width of [320, 390, 768, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    for (const screen of SCREENS) {
      await shown(page, address, screen);
      found[`${screen} at ${width}`] = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    }
  }
  await page.setViewportSize({ width: 1100, height: 860 });
  return found;
}
