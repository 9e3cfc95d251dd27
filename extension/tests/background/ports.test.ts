import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Keeper } from "../../src/background/keeper.ts";
import { CALL_PORT } from "../../src/messages.ts";

let asked: number[];
let Ports: typeof import("../../src/background/ports.ts").Ports;

beforeEach(async () => {
  asked = [];
  const storage = { get: async () => ({}), set: async () => undefined, remove: async () => undefined };
  const chrome = {
    runtime: { id: "us", getURL: (path: string) => `chrome-extension://us/${path}` },
    i18n: { getUILanguage: () => "en" },
    storage: { local: storage, session: storage, managed: storage },
    tabs: { sendMessage: async (tabId: number) => void asked.push(tabId) },
  };
  Object.assign(globalThis, { chrome });
  ({ Ports } = await import("../../src/background/ports.ts"));
});

class Port {
  readonly name = CALL_PORT;
  readonly sender = { id: "us", url: "https://shop.example/", tab: { id: 7 }, frameId: 0 };
  readonly onMessage = { addListener: () => undefined };
  readonly onDisconnect = { addListener: (gone: () => void) => void (this.go = gone) };
  go: () => void = () => undefined;
  postMessage(): void {}
}

test("a page that comes and goes under a call is asked four times after it went last, and not four times for each", async (t) => {
  t.mock.timers.enable(["setTimeout"]);
  const live = [{ tabId: 7 }];
  const keeper = { live: () => live, views: () => live, restore: async () => undefined } as unknown as Keeper;
  const ports = new Ports(keeper, () => undefined, () => undefined, () => undefined);
  for (let times = 0; times < 20; times++) {
    const port = new Port();
    ports.take(port as unknown as chrome.runtime.Port);
    port.go();
  }
  t.mock.timers.tick(60_000);
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
  assert.deepEqual(asked, [7, 7, 7, 7]);
});
