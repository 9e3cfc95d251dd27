/**
 * A place in the extension's own origin. A content script has its page's origin and cannot open it, in any browser; the browser's extension
 * storage, in Firefox, it could read.
 */
import type { Area } from "./accounts.ts";

const STORE = "kept";

export class Vault implements Area {
  constructor(private readonly name: string) {}

  async get(keys: string[]): Promise<Record<string, unknown>> {
    const found = await this.#with("readonly", (store) => keys.map((key) => store.get(key)));
    return Object.fromEntries(keys.map((key, at) => [key, found[at]?.result as unknown]).filter(([, value]) => value !== undefined));
  }

  async set(items: Record<string, unknown>): Promise<void> {
    await this.#with("readwrite", (store) => Object.entries(items).map(([key, value]) => store.put(value, key)));
  }

  async remove(keys: string[]): Promise<void> {
    await this.#with("readwrite", (store) => keys.map((key) => store.delete(key)));
  }

  /** Done once it is on the disk, or not at all. */
  async #with<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>[]): Promise<IDBRequest<T>[]> {
    const database = await this.#open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(STORE, mode);
        const asked = ask(transaction.objectStore(STORE));
        transaction.oncomplete = () => resolve(asked);
        transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
      });
    } finally {
      database.close();
    }
  }

  #open(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open(this.name, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error ?? new Error("not opened"));
    });
  }
}
