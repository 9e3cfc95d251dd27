/** The extension's window: dial, see the live call, call again, choose the phone, switch this site. */
import type { OwnRequest } from "../background/index.ts";
import { CALL_PORT, type CallAnswer, type CallView, type PortRequest, type PortUpdate, type ReadNumber } from "../messages.ts";
import { accounts, changeSettings, languageIn, policy, recentCalls, settings } from "../store/index.ts";
import { siteSettings, switchSite, type Policy, type Settings } from "../store/settings.ts";
import { Card } from "../ui/card.ts";
import { h, HANDSET, icon, say } from "../ui/dom.ts";
import { words as wordsOf, type Words } from "../words/index.ts";
import { recentList } from "./recent.ts";

interface Here {
  tabId: number | undefined;
  /** "" where extensions cannot read the page. */
  site: string;
}

const STILL_HERE = 15_000;
const SHOWN_CARDS = 3;

const ask = <T>(request: OwnRequest) => chrome.runtime.sendMessage(request) as Promise<T | undefined>;

async function whereWeAre(): Promise<Here> {
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  const url = tab?.url ?? "";
  return { tabId: tab?.id, site: /^https?:/.test(url) ? new URL(url).hostname : "" };
}

class Popup {
  readonly #cards = new Map<string, Card>();
  readonly #list = h("div", { class: "cards" });
  readonly #recent = h("section", { class: "recent" });
  readonly #port = chrome.runtime.connect({ name: CALL_PORT });

  constructor(
    private readonly words: Words,
    private readonly here: Here,
    private readonly settings: Settings,
    private readonly policy: Policy,
  ) {}

  async start(root: HTMLElement): Promise<void> {
    // Before anything is waited for: the background tells what it has as soon as the port is open.
    this.#port.onMessage.addListener(({ calls }: PortUpdate) => this.#show(calls));
    const { list } = await accounts.list();
    const ready = list.length > 0 && this.settings.server !== "";
    root.append(
      this.#header(),
      this.#list,
      ...(ready ? [this.#dial(), ...(list.length > 1 ? [await this.#accounts()] : [])] : [this.#setUp()]),
      this.#recent,
      this.#site(),
    );
    await this.#showRecent();
    chrome.storage.local.onChanged.addListener((changes) => changes["recent"] && void this.#showRecent());
    setInterval(() => this.#send({ kind: "stillHere" }), STILL_HERE);
    setInterval(() => this.#tick(), 500);
  }

  #send(request: PortRequest): void {
    this.#port.postMessage(request);
  }

  #header(): HTMLElement {
    const open = h("button", { type: "button", class: "plain" }, this.words.popup.settings);
    open.addEventListener("click", () => void chrome.runtime.openOptionsPage().then(() => window.close()));
    return h("header", {}, h("h1", {}, this.words.popup.title), open);
  }

  #setUp(): HTMLElement {
    const open = h("button", { type: "button", class: "main" }, this.words.popup.setUp);
    open.addEventListener("click", () => void chrome.runtime.openOptionsPage().then(() => window.close()));
    return h("div", { class: "setup" }, h("p", {}, this.words.popup.setUpHelp), open);
  }

  #dial(): HTMLElement {
    const { words, here } = this;
    const field = h("input", { id: "number", type: "tel", autocomplete: "off", placeholder: words.popup.placeholder, "aria-describedby": "preview" });
    const call = h("button", { type: "submit", class: "main" }, icon(HANDSET), words.popup.dial);
    const preview = h("p", { id: "preview", class: "preview quiet", role: "status" });
    const form = h("form", { class: "dial" }, h("label", { for: "number" }, words.popup.number), field, call, preview);
    let read: ReadNumber | undefined;
    const readNow = async () => {
      const text = field.value.trim();
      const answer = text ? await ask<ReadNumber>({ kind: "read", text, site: here.site }) : undefined;
      if (text !== field.value.trim()) return;
      read = answer;
      call.disabled = !read;
      say(preview, read ? words.popup.willDial(read.display) : text ? words.popup.notDialable : "");
    };
    call.disabled = true;
    field.addEventListener("input", () => void readNow());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void readNow().then(async () => {
        if (!event.isTrusted || !read) return;
        await this.#call(read.dial, read.display);
        field.value = "";
        await readNow();
      });
    });
    queueMicrotask(() => field.focus());
    return form;
  }

  async #call(number: string, display: string): Promise<void> {
    const { tabId } = this.here;
    await ask<CallAnswer>({ kind: "dial", number, display, ...(tabId === undefined ? {} : { tabId }) });
  }

  async #accounts(): Promise<HTMLElement> {
    const { list, current } = await accounts.list();
    const choice = h(
      "select",
      { id: "account" },
      ...list.map(({ id, aor, label }) => h("option", { value: id, selected: id === current }, label ? `${label} (${aor})` : aor)),
    );
    choice.addEventListener("change", () => void accounts.use(choice.value));
    return h("div", { class: "row" }, h("label", { for: "account" }, this.words.popup.account), choice);
  }

  async #showRecent(): Promise<void> {
    const { words } = this;
    const calls = await recentCalls.list();
    const clear = h("button", { type: "button", class: "plain" }, words.popup.clear);
    clear.addEventListener("click", () => void recentCalls.clear().then(() => this.#showRecent()));
    const language = languageIn(this.settings);
    this.#recent.replaceChildren(
      h("div", { class: "row" }, h("h2", {}, words.popup.recent), ...(calls.length > 0 ? [clear] : [])),
      calls.length > 0
        ? recentList(calls, words, language, (call) => void this.#call(call.number, call.display))
        : h("p", { class: "quiet" }, this.settings.keepRecent ? words.popup.noRecent : words.popup.recentOff),
    );
  }

  #site(): HTMLElement {
    const { site } = this.here;
    if (!site) return h("p", { class: "site quiet" }, this.words.popup.noSite);
    const on = siteSettings(this.settings, site)?.enabled ?? true;
    const fixed = siteSettings({ sites: this.policy.settings.sites ?? [] }, site)?.enabled !== undefined;
    const box = h("input", { type: "checkbox", checked: on, disabled: fixed });
    box.addEventListener("change", () => void changeSettings((own) => switchSite(own, site, box.checked)));
    const locked = fixed ? [h("span", { class: "quiet" }, this.words.options.locked)] : [];
    return h("label", { class: "site" }, box, h("span", {}, this.words.popup.onThisSite(site)), ...locked);
  }

  #show(calls: CallView[]): void {
    const shown = calls.slice(0, SHOWN_CARDS);
    for (const [id, card] of this.#cards) {
      if (shown.some((call) => call.id === id)) continue;
      card.element.remove();
      this.#cards.delete(id);
    }
    for (const call of shown.reverse()) {
      const card = this.#cards.get(call.id) ?? this.#add(call);
      card.update(call, Date.now());
    }
  }

  #add(call: CallView): Card {
    const card = new Card(
      call,
      this.words,
      (act, { id }) => this.#send(act === "openOptions" ? { kind: act } : { kind: act, id }),
      ({ id }) => this.#send({ kind: "dismiss", id }),
    );
    this.#cards.set(call.id, card);
    this.#list.prepend(card.element);
    return card;
  }

  #tick(): void {
    for (const card of this.#cards.values()) if (card.ticks()) card.update(card.call, Date.now());
  }
}

async function start(): Promise<void> {
  const now = await settings();
  const language = languageIn(now);
  document.documentElement.lang = language;
  const root = document.getElementById("root");
  if (root) await new Popup(wordsOf(language), await whereWeAre(), now, await policy()).start(root);
}

void start();
