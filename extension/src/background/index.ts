/** The background: the only part that knows the accounts and talks to the service. */
import { Client } from "../client/index.js";
import { type BackgroundMessage, ignoredKey, type CallAnswer, type PageRequest, type Problem, type ReadNumber } from "../messages.ts";
import { accounts, changeSettings, keepPagesOut, settings } from "../store/index.ts";
import { siteSettings, withSite } from "../store/settings.ts";
import { Awake } from "./awake.ts";
import { showBadge } from "./badge.ts";
import { problemOf } from "./call.ts";
import { Keeper, type Wanted } from "./keeper.ts";
import { chosen, chosenInMenu, chosenInTab, makeMenus } from "./menu.ts";
import { keeperNeeds, permitted } from "./needs.ts";
import { Ports } from "./ports.ts";
import { settingsFor, siteOfSender, tellPages } from "./sites.ts";

/** The popup's: content scripts cannot ask these. */
export type OwnRequest =
  | { kind: "dial"; number: string; display: string; tabId?: number }
  | { kind: "read"; text: string; site: string }
  /** Does a click2call service answer at this address? The answer is what is wrong, or nothing. */
  | { kind: "check"; server: string };

const awake = new Awake();
const keeper = new Keeper(
  keeperNeeds(() => {
    ports.tellAll();
    awake.set(keeper.live().length > 0);
    void showBadge(keeper.views());
  }),
);
const ports = new Ports(
  keeper,
  (url) => void chrome.tabs.create({ url }),
  () => void chrome.runtime.openOptionsPage(),
  () => void openWindow(),
);

/** Some browsers want a click for that, or cannot. */
async function openWindow(): Promise<void> {
  await chrome.action.openPopup?.().catch(() => undefined);
}

/** Makes the call and sees that it is shown: in the tab, else in the extension's window. */
async function place(wanted: Wanted): Promise<CallAnswer> {
  const answer = await keeper.place(wanted);
  if (wanted.tabId === undefined) return answer;
  if (!(await ports.show(wanted.tabId))) await openWindow();
  return answer;
}

async function checkServer(server: string): Promise<Problem | undefined> {
  const account = await accounts.current();
  const answer = await new Client({ server }).challenge(typeof account === "string" ? "check@click2call.invalid" : account.aor);
  if (answer.ok) return undefined;
  const problem = problemOf(answer.failure, await permitted(server));
  // A service that finds fault with what it was asked is one.
  return problem === "badNumber" ? undefined : problem;
}

async function ignore(text: string, site: string): Promise<void> {
  const key = ignoredKey(text).slice(0, 64);
  if (!key || !site) return;
  const known = siteSettings(await settings(), site)?.ignored ?? [];
  await changeSettings((own) => withSite(own, site, { ignored: [...known, key] }));
}

async function answerPage(request: PageRequest, sender: chrome.runtime.MessageSender): Promise<unknown> {
  if (request.kind === "call") {
    const display = typeof request.display === "string" ? request.display : undefined;
    return place({ number: String(request.number), display, tabId: sender.tab?.id, unseen: request.unseen, unproven: request.unproven });
  }
  const site = await siteOfSender(sender);
  if (request.kind === "notANumber") await ignore(String(request.text), site);
  return settingsFor(site);
}

async function answerOwn(request: OwnRequest): Promise<CallAnswer | ReadNumber | Problem | undefined> {
  if (request.kind === "check") return checkServer(request.server);
  if (request.kind === "dial") return place({ number: request.number, display: request.display, tabId: request.tabId });
  const read = await chosen(request.text, request.site);
  return read.number ? { dial: read.number, display: read.display } : undefined;
}

chrome.runtime.onMessage.addListener((message: PageRequest | OwnRequest, sender, reply) => {
  if (sender.id !== chrome.runtime.id) return false;
  const ownPage = sender.url?.startsWith(chrome.runtime.getURL("")) ?? false;
  if (message.kind === "dial" || message.kind === "read" || message.kind === "check") {
    if (!ownPage) return false;
    answerOwn(message).then(reply, () => reply(undefined));
    return true;
  }
  if (message.kind !== "call" && message.kind !== "settings" && message.kind !== "notANumber") return false;
  answerPage(message, sender).then(reply, () => reply(undefined));
  return true;
});

chrome.runtime.onConnect.addListener((port) => ports.take(port));

chrome.contextMenus.onClicked.addListener((info, tab) => {
  void chosenInMenu(info).then((number) => place({ ...number, tabId: tab?.id }));
});

chrome.commands.onCommand.addListener((command, tab) => {
  if (tab?.id === undefined) return;
  const tabId = tab.id;
  if (command === "next-number") {
    // No page of ours listens in a tab of the browser's own.
    void chrome.tabs.sendMessage(tabId, { kind: "nextNumber" } satisfies BackgroundMessage).catch(() => undefined);
  }
  if (command !== "call-selection") return;
  void chosenInTab(tabId).then(async (number) => {
    if (number) await place({ ...number, tabId });
    else await openWindow();
  });
});

/** An administrator may have said since where keys are to be kept. */
async function keepKeysInPlace(): Promise<void> {
  await accounts.keepIn((await settings()).keepKeys);
}

chrome.storage.onChanged.addListener((changes, area) => {
  if ((area !== "local" || !changes["settings"]) && area !== "managed") return;
  void keepKeysInPlace();
  void tellPages();
  void makeMenus();
});

chrome.runtime.onInstalled.addListener(({ reason }) => {
  void makeMenus();
  if (reason === "install") {
    void accounts.list().then(({ list }) => (list.length === 0 ? chrome.runtime.openOptionsPage() : undefined));
  }
});

chrome.alarms.onAlarm.addListener(() => void keeper.restore());

void keepPagesOut();
void keepKeysInPlace();
/** A background that was stopped under a call takes it up again, and so does the page that shows it. */
void keeper.restore().then(() => {
  const live = keeper.live();
  awake.set(live.length > 0);
  for (const { tabId } of live) if (tabId !== undefined) ports.showAgain(tabId);
});
