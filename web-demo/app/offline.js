/* Without a network: a service worker keeps what was loaded. */
import { by } from "./parts/dom.js";
import { bytes } from "./parts/numbers.js";

/** Starts it, and says what the page has loaded. */
export async function offline({ version }) {
  const about = `NeuroLite ${version}. This page asked nobody but its own server, and sends nothing you type.`;
  by("about").textContent = about;
  if (navigator.serviceWorker === undefined) return;
  await navigator.serviceWorker.register("sw.js");
  await navigator.serviceWorker.ready;
  const loaded = performance.getEntriesByType("resource").reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  const size = loaded > 0 ? ` It has loaded ${bytes(loaded)}.` : "";
  by("about").textContent = `${about}${size} What you have seen of it works offline from now on.`;
}
