/* The service worker: the page works without a network once it was loaded. Small files are asked for anew where there
 * is a network, so that nobody has an old page; models and engines, named by content or version, are asked for once. */

const CACHE = "neurolite-1";
const KEPT = /\?[0-9a-f]{16}$|\/onnxruntime-web\/[^/]+$/;

addEventListener("install", (event) => event.waitUntil(installed()));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event,
    url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  event.respondWith(KEPT.test(url.pathname + url.search) ? keptFirst(request) : newestFirst(request));
});

/* All of the page, and the model that it begins with. */
async function installed() {
  const cache = await caches.open(CACHE),
    response = await fetch("site.json", { cache: "no-cache" });
  const { shell, models, engines } = await response.clone().json();
  await cache.put("site.json", response);
  const first =
    models[0] &&
    Object.keys(engines)
      .map((engine) => models[0].files[engine])
      .find(Boolean);
  const begun = first?.sha256 ? [`${first.path}?${first.sha256.slice(0, 16)}`] : [];
  await cache.addAll(["./", ...shell, ...begun]);
  await skipWaiting();
}

async function keptFirst(request) {
  return (await caches.match(request)) ?? kept(request, await fetch(request));
}

async function newestFirst(request) {
  try {
    return await kept(request, await fetch(request, { cache: "no-cache" }));
  } catch (error) {
    const found = await caches.match(request, { ignoreSearch: request.mode === "navigate" });
    if (found === undefined) throw error;
    return found;
  }
}

async function kept(request, response) {
  if (!response.ok || response.type !== "basic") return response;
  const cache = await caches.open(CACHE);
  await cache.put(request, response.clone());
  if (new URL(request.url).pathname.endsWith("/site.json")) await pruned(cache, await response.clone().json());
  return response;
}

/* Models of before are not kept beside those of now. */
async function pruned(cache, { models }) {
  const now = new Set(models.flatMap(({ files }) => Object.values(files)).map((file) => file.sha256?.slice(0, 16)));
  for (const request of await cache.keys()) {
    const { search } = new URL(request.url);
    if (search !== "" && !now.has(search.slice(1))) await cache.delete(request);
  }
}
