/** The context menu and the keyboard shortcut: ways to a call for numbers that were not found in the page. */
import { readNumber } from "../numbers/index.ts";
import { languageIn, settings } from "../store/index.ts";
import { numberRules } from "../store/settings.ts";
import { words } from "../words/index.ts";
import { hostOf, siteOf } from "./sites.ts";

export interface Chosen {
  number: string;
  display: string;
}

export async function makeMenus(): Promise<void> {
  const { menu } = words(languageIn(await settings()));
  await chrome.contextMenus.removeAll();
  chrome.contextMenus.create({ id: "selection", title: menu.selection, contexts: ["selection"] });
  chrome.contextMenus.create({ id: "link", title: menu.link, contexts: ["link"], targetUrlPatterns: ["tel:*"] });
}

/** What the menu was opened on, read as a number; where it is none, the text itself, so that the toast can say so. */
export async function chosenInMenu(info: chrome.contextMenus.OnClickData): Promise<Chosen> {
  const text = info.menuItemId === "link" ? fromTelLink(info.linkUrl ?? "") : (info.selectionText ?? "");
  return chosen(text, hostOf(info.pageUrl));
}

/** What is selected in the frame of the tab that has the focus. */
export async function chosenInTab(tabId: number): Promise<Chosen | undefined> {
  try {
    const text: unknown = await chrome.tabs.sendMessage(tabId, { kind: "selection" });
    return typeof text === "string" && text.trim() ? await chosen(text, await siteOf(tabId)) : undefined;
  } catch {
    return undefined;
  }
}

export async function chosen(text: string, site: string): Promise<Chosen> {
  const shown = text.trim().slice(0, 40);
  const read = readNumber(text.slice(0, 200), numberRules(await settings(), site));
  return read ? { number: read.dial, display: read.display } : { number: "", display: shown };
}

/** RFC 3966: the number, then parameters. */
function fromTelLink(url: string): string {
  const subscriber = url.replace(/^tel:/i, "").split(";")[0] ?? "";
  try {
    return decodeURIComponent(subscriber);
  } catch {
    return subscriber;
  }
}
