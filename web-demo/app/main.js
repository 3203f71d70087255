/* The page: screens by the address behind #, each started when it is first seen. */
import { by } from "./parts/dom.js";
import { modelsFor, site } from "./site.js";
import { offline } from "./offline.js";
import { tell, telling } from "./trouble.js";

const SCREENS = {
  answer: () => import("./screens/answer.js"),
  conversation: () => import("./screens/conversation.js"),
  teach: () => import("./screens/teach.js"),
  write: () => import("./screens/write.js"),
  benchmark: () => import("./screens/benchmark.js"),
};
const started = new Map();

async function show(first = false) {
  const asked = location.hash.slice(2),
    name = asked in SCREENS ? asked : await firstScreen();
  for (const other of Object.keys(SCREENS)) by(other).hidden = other !== name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${by(`${name}-title`).textContent} · NeuroLite`;
  if (!first) {
    scrollTo(0, 0);
    by("main").focus({ preventScroll: true });
  }
  if (!started.has(name)) {
    const starting = SCREENS[name]().then(async (screen) => screen.start(await site()));
    started.set(name, starting);
    starting.catch(() => started.delete(name)); // tried again when the screen is shown again
  }
  await started.get(name);
  by(name).dataset.ready = "";
}

/* A page whose models only write begins there. */
async function firstScreen() {
  const found = await site().catch(() => undefined); // which the screen says
  const writes = found !== undefined && modelsFor(found, "write").length > 0;
  return writes && modelsFor(found, "answer").length === 0 ? "write" : "answer";
}

addEventListener("submit", (event) => event.preventDefault()); // also of a screen that is still starting

const skip = document.querySelector(".skip");
skip.addEventListener("click", (event) => {
  event.preventDefault(); // the address behind # is the screen's
  by("main").focus();
});
addEventListener("hashchange", () => telling(show)());
show(true)
  .then(async () => {
    const found = await site();
    document.querySelector('nav a[href="#/write"]').hidden = modelsFor(found, "write").length === 0;
    await offline(found);
  })
  .catch(tell);
