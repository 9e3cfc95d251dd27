/** Who shows calls, and what each of them may see and do. */
import { CALL_PORT, isOver, type PortRequest, type PortUpdate } from "../messages.ts";
import { languageIn, settings } from "../store/index.ts";
import type { Keeper } from "./keeper.ts";

/** Pauses after which a tab whose page went away is asked to show its call again, in milliseconds. */
const SHOW_AGAIN_AFTER = [300, 1000, 3000, 8000];

export class Ports {
  /** undefined: the extension's own pages, which see every call. */
  readonly #open = new Map<chrome.runtime.Port, number | undefined>();
  /** Tabs that are about to be asked again, and how to leave that. */
  readonly #again = new Map<number, () => void>();

  constructor(
    private readonly keeper: Keeper,
    private readonly openServer: (url: string) => void,
    private readonly openOptions: () => void,
    private readonly openWindow: () => void,
  ) {}

  take(port: chrome.runtime.Port): void {
    const who = watcher(port);
    if (port.name !== CALL_PORT || !who) return port.disconnect();
    this.#open.set(port, who.tabId);
    port.onMessage.addListener((message: PortRequest) => void this.#asked(port, message));
    port.onDisconnect.addListener(() => {
      this.#open.delete(port);
      if (who.tabId !== undefined) this.showAgain(who.tabId);
    });
    void this.keeper.restore().then(() => this.#tell(port));
  }

  tellAll(): void {
    for (const port of this.#open.keys()) this.#tell(port);
  }

  isShown(tabId: number): boolean {
    return [...this.#open.values()].includes(tabId);
  }

  /** Asks the tab's top frame to show its newest call. False where there is nobody to ask: a page that extensions cannot read. */
  async show(tabId: number): Promise<boolean> {
    if (this.isShown(tabId)) return true;
    const [call] = this.keeper.views(tabId);
    if (!call) return true;
    try {
      await chrome.tabs.sendMessage(tabId, { kind: "showCall", call, language: languageIn(await settings()) }, { frameId: 0 });
      return true;
    } catch {
      return false;
    }
  }

  /** The page was left or reloaded under a call: the next one in the tab shows it. */
  showAgain(tabId: number): void {
    this.#again.get(tabId)?.();
    const timers = SHOW_AGAIN_AFTER.map((delay) =>
      setTimeout(() => {
        if (this.keeper.live().some((call) => call.tabId === tabId)) void this.show(tabId);
        if (delay === SHOW_AGAIN_AFTER.at(-1)) this.#again.delete(tabId);
      }, delay),
    );
    this.#again.set(tabId, () => timers.forEach(clearTimeout));
  }

  #tell(port: chrome.runtime.Port): void {
    const update: PortUpdate = { kind: "calls", calls: this.keeper.views(this.#open.get(port)) };
    try {
      port.postMessage(update);
    } catch {
      this.#open.delete(port);
    }
  }

  async #asked(port: chrome.runtime.Port, message: PortRequest): Promise<void> {
    await this.keeper.restore();
    if (message.kind === "openOptions") return this.openOptions();
    const tabId = this.#open.get(port);
    if (message.kind === "hidden" && tabId !== undefined && this.keeper.hide(tabId)) this.openWindow();
    if (!("id" in message)) return;
    const call = this.keeper.find(message.id);
    if (!call || (tabId !== undefined && call.tabId !== tabId)) return;
    if (message.kind === "end") await this.keeper.end(call.id);
    else if (message.kind === "again") await this.keeper.again(call.id);
    else if (message.kind === "unseen") await this.keeper.place({ number: call.number, display: call.display, tabId: call.tabId, unseen: true });
    else if (message.kind === "dismiss") await this.keeper.dismiss(call.id);
    else if (message.kind === "openServer" && isOver(call.phase) && call.server) this.openServer(call.server);
  }
}

/** The extension's own page, or the top frame of a tab; anything else is nobody. */
function watcher({ sender }: chrome.runtime.Port): { tabId: number | undefined } | undefined {
  if (!sender || sender.id !== chrome.runtime.id) return undefined;
  if (sender.url?.startsWith(chrome.runtime.getURL(""))) return { tabId: undefined };
  return sender.tab?.id !== undefined && sender.frameId === 0 ? { tabId: sender.tab.id } : undefined;
}
