/** Which site a tab is on, without the permission to read every tab's address: its top frame says so. */
import type { PageSettings } from "../messages.ts";
import { languageIn, settings } from "../store/index.ts";
import { pageSettings } from "../store/settings.ts";

export function hostOf(url: string | undefined): string {
  try {
    return new URL(url ?? "").hostname;
  } catch {
    return "";
  }
}

export async function siteOf(tabId: number): Promise<string> {
  try {
    const answer: unknown = await chrome.tabs.sendMessage(tabId, { kind: "site" }, { frameId: 0 });
    return typeof answer === "string" ? answer : "";
  } catch {
    return "";
  }
}

export async function siteOfSender(sender: chrome.runtime.MessageSender): Promise<string> {
  const own = hostOf(sender.url);
  if (sender.frameId === 0 || sender.tab?.id === undefined) return own;
  return (await siteOf(sender.tab.id)) || own;
}

export async function settingsFor(site: string): Promise<PageSettings> {
  const all = await settings();
  return pageSettings(all, site, languageIn(all));
}

/** The settings changed: every page that listens hears what holds for it now. */
export async function tellPages(): Promise<void> {
  for (const { id } of await chrome.tabs.query({})) {
    if (id === undefined) continue;
    const site = await siteOf(id);
    if (!site) continue;
    const message = { kind: "settingsChanged", settings: await settingsFor(site) };
    await chrome.tabs.sendMessage(id, message).catch(() => undefined);
  }
}
