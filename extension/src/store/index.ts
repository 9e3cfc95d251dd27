/** The extension's storage. Only the extension's own pages and its background use it; content scripts cannot. */
import type { Language } from "../messages.ts";
import { languageOf } from "../words/index.ts";
import { Accounts, type Area } from "./accounts.ts";
import { RecentCalls } from "./recent.ts";
import { Vault } from "./vault.ts";
import { defaults, inForce, readPolicy, readSettings, type Policy, type Settings } from "./settings.ts";

const area = (storage: chrome.storage.StorageArea): Area => ({
  get: (keys) => storage.get(keys),
  set: (items) => storage.set(items),
  remove: (keys) => storage.remove(keys),
});

export const accounts = new Accounts(area(chrome.storage.local), new Vault("keys"), area(chrome.storage.session));
export const recentCalls = new RecentCalls(area(chrome.storage.local));

/** Content scripts are kept out where the browser can do that. Firefox keeps them from the session's storage only: no secret may be in the local one. */
export async function keepPagesOut(): Promise<void> {
  for (const storage of [chrome.storage.local, chrome.storage.session]) {
    await (storage as Partial<typeof chrome.storage.local>).setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" }).catch(() => undefined);
  }
}

export async function policy(): Promise<Policy> {
  try {
    return readPolicy(await chrome.storage.managed.get(null));
  } catch {
    // Firefox refuses where there is no policy.
    return { settings: {} };
  }
}

export async function ownSettings(): Promise<Partial<Settings>> {
  return readSettings((await chrome.storage.local.get(["settings"]))["settings"]);
}

export async function settings(): Promise<Settings> {
  return inForce(defaults(chrome.i18n.getUILanguage()), await ownSettings(), await policy());
}

/** Changes the user's own settings, one change at a time even where several pages want to. */
export async function changeSettings(change: (own: Partial<Settings>) => Partial<Settings>): Promise<void> {
  await navigator.locks.request("settings", async () => {
    await chrome.storage.local.set({ settings: change(await ownSettings()) });
  });
}

export function languageIn({ language }: Settings): Language {
  return language === "auto" ? languageOf(chrome.i18n.getUILanguage()) : language;
}

/** The match pattern with which the browser is asked for the service. Patterns know no ports. */
export function originPattern(server: string): string {
  const { protocol, hostname } = new URL(server);
  return `${protocol}//${hostname}/*`;
}
