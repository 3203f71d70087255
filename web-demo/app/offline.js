/* Without a network: a service worker keeps what was loaded. */
import { by } from "./parts/dom.js";

/** Starts it, and says so. */
export async function offline({ version }) {
  const about = `NeuroLite ${version}. This page asked nobody but its own server, and sends nothing you type.`;
  by("about").textContent = about;
  if (navigator.serviceWorker === undefined) return;
  await navigator.serviceWorker.register("sw.js");
  await navigator.serviceWorker.ready;
  by("about").textContent = `${about} What you have seen of it works offline from now on.`;
}
