/* node pictures.mjs ADDRESS PROFILE FOLDER: the screens at a phone's and a desktop's width, light and dark. */
import { chromium } from "playwright-core";
import { TURNS } from "./scenarios.mjs";

const [address, profile, folder] = process.argv.slice(2);
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1100, height: 1060 } };
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
});
const page = await browser.newPage();
const STEPS = {
  async answer(width) {
    await page.fill("#answer-text", "my card was stolen, block it");
    if (width > 600 && (await page.locator('[data-engine="onnx"] button').count()) > 0) {
      await page.locator('[data-engine="onnx"] button').click();
      await page.locator("#answer-agreement:not(:empty)").waitFor();
      await page.fill("#answer-text", "my card was stolen, block it!");
    }
  },
  async conversation() {
    if ((await page.locator(".turns .its").count()) > 0) return;
    for (const text of TURNS) {
      await page.fill("#conversation-text", text);
      await page.press("#conversation-text", "Enter");
      await page.waitForTimeout(500);
    }
  },
  async teach() {
    if ((await page.locator("#teach-lesson").count()) === 0) return;
    await page.click("#teach-lesson");
    await page.locator("#teach-result .label").waitFor();
  },
  async write() {
    if ((await page.locator("#write-text").isDisabled()) || (await page.isVisible("#write-load"))) return;
    await page.fill("#write-text", "Hi, how are you today?\nI'm good, thanks. I would like to or");
  },
  async benchmark() {
    if ((await page.locator("#benchmark-save").count()) > 0) return;
    await page.click("#benchmark-run");
    await page.locator("#benchmark-save").waitFor({ timeout: 60_000 });
  },
};
for (const [size, viewport] of Object.entries(SIZES)) {
  await page.setViewportSize(viewport);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const [screen, step] of Object.entries(STEPS)) {
      await page.goto(`${address}#/${screen}`);
      await page.waitForTimeout(700);
      await step(viewport.width);
      await page.waitForTimeout(1200);
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: `${folder}/${screen}-${size}-${colorScheme}.png` });
    }
  }
}
await browser.close();
