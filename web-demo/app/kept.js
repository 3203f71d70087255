/* Bytes that this browser keeps, by name: one object store of IndexedDB. */

const DATABASE = "neurolite",
  STORE = "kept";

function database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error(`This browser keeps nothing for this page: ${request.error.message}`));
  });
}

async function within(mode, work) {
  const opened = await database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = opened.transaction(STORE, mode),
        request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(new Error(`What was learned cannot be kept: ${transaction.error?.message}`));
    });
  } finally {
    opened.close();
  }
}

/** Bytes of a name; undefined where there are none. */
export const read = (name) => within("readonly", (store) => store.get(name));
export const write = (name, bytes) => within("readwrite", (store) => store.put(bytes, name));
export const remove = (name) => within("readwrite", (store) => store.delete(name));
