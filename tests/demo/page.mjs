/* node page.mjs ADDRESS PROFILE FOLDER SCENARIO...: what happens on the page in Chromium, as one line of JSON. */
import { chromium } from "playwright-core";
import * as scenarios from "./scenarios.mjs";

const [address, profile, folder, ...names] = process.argv.slice(2);
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM,
  headless: true,
  args: FLAGS,
  acceptDownloads: true,
  viewport: { width: 1100, height: 860 },
});
const heard = { said: [], asked: [], failed: [], found: {} };
browser.on("request", (request) => heard.asked.push(request.url()));
browser.on("requestfailed", (request) => heard.failed.push(request.url()));
const page = await browser.newPage();
page.setDefaultTimeout(20_000);
page.on("console", (message) => heard.said.push(`${message.type()}: ${message.text()}`));
page.on("pageerror", (error) => heard.said.push(`error: ${error.message}`));
try {
  for (const name of names) heard.found[name] = await scenarios[name](page, { address, folder });
} catch (error) {
  heard.broken = error.stack;
  await page.screenshot({ path: `${folder}/broken.png` });
}
await browser.close();
process.stdout.write(JSON.stringify(heard));
