/* What this page was served with: models, each in some files, and engines. site.json is written by its builder. */

let found;

/** {version, models: [{name, title, files: {engine: {path, bytes, sha256}}, uses: [screen]}], engines: {name: ...}}. */
export async function site() {
  found ??= load();
  return found;
}

async function load() {
  const response = await fetch("site.json", { cache: "no-cache" });
  if (!response.ok) {
    throw new Error(
      "This folder has no models yet. Build it with: make web. Or serve a model with: neurolite-demo FILE",
    );
  }
  return response.json();
}

/** The models that a screen can use. */
export const modelsFor = ({ models }, screen) => models.filter(({ uses }) => uses.includes(screen));

/** The engine that answers where nobody chose: the smallest that this model has a file for. */
export const firstEngine = ({ engines }, { files }) => Object.keys(engines).find((name) => files[name] !== undefined);
