// Debian's Chromium, driven with Playwright. Closed shadow roots are looked into over the DevTools protocol.
import { chromium } from "playwright-core";
import { Person } from "./common.mjs";
import { until } from "./looking.mjs";

const ARGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const MORE = ["--disable-component-update", "--disable-sync", "--force-color-profile=srgb", "--hide-scrollbars"];

export async function start({ profile, folder, options }) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    headless: false,
    args: [...ARGS, ...MORE, `--disable-extensions-except=${folder}`, `--load-extension=${folder}`, `--lang=${options.lang ?? "en-GB"}`],
    locale: options.lang ?? "en-GB",
    colorScheme: options.scheme ?? "light",
    viewport: { width: 960, height: 640 },
    env: { ...process.env, LANGUAGE: (options.lang ?? "en-GB").replace("-", "_") },
  });
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
  const driver = new Chromium(context, new URL(worker.url()).host);
  await driver.begin();
  return driver;
}

class Chromium extends Person {
  constructor(context, id) {
    super();
    this.context = context;
    this.id = id;
  }

  async begin() {
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
    this.devtools = await this.context.newCDPSession(this.page);
    // A new installation opens its settings: a tab that is in the way here.
    const opened = await until("the settings", () => this.context.pages().find((page) => page.url().includes("options.html")));
    if (opened !== this.page) await opened.close();
    await this.page.bringToFront();
  }

  async open(url) {
    await this.page.goto(url, { waitUntil: "load" });
  }

  evaluate(what, ...given) {
    return typeof what === "string" ? this.page.evaluate(what) : this.page.evaluate(what, ...given);
  }

  move(x, y) {
    return this.page.mouse.move(x, y);
  }

  click(x, y, clickCount = 1) {
    return this.page.mouse.click(x, y, { clickCount });
  }

  key(name) {
    return this.page.keyboard.press(name);
  }

  async roots(look) {
    const { root } = await this.devtools.send("DOM.getDocument", { depth: -1, pierce: true });
    const found = [];
    const visit = (node) => {
      for (const shadow of node.shadowRoots ?? []) {
        if (shadow.shadowRootType === "closed") found.push(shadow.backendNodeId);
        visit(shadow);
      }
      for (const child of node.children ?? []) visit(child);
    };
    visit(root);
    const seen = [];
    for (const backendNodeId of found) {
      try {
        const { object } = await this.devtools.send("DOM.resolveNode", { backendNodeId });
        const { result } = await this.devtools.send("Runtime.callFunctionOn", {
          objectId: object.objectId,
          functionDeclaration: `function () { return (${look.toString().replace(/^function \w*/, "function ")}).call(this); }`,
          returnByValue: true,
        });
        if (result.value) seen.push(result.value);
      } catch {
        // It went between being found and being looked at.
      }
    }
    return seen;
  }

  /** What a screen reader is given of the page, as "role: name" lines. */
  async accessibility() {
    const { nodes } = await this.devtools.send("Accessibility.getFullAXTree");
    return nodes
      .filter((node) => !node.ignored)
      .map((node) => ({ role: node.role?.value ?? "", name: node.name?.value ?? "", ...properties(node) }));
  }

  async scheme(colorScheme) {
    await this.page.emulateMedia({ colorScheme });
  }

  async size(width, height) {
    await this.page.setViewportSize({ width, height });
  }

  /** Of the page, or of the toast alone. */
  async screenshot(path, only) {
    const box = only === "toast" ? (await this.looks()).cards[0].box : undefined;
    const margin = 14;
    const clip = box && {
      x: box.x - box.width / 2 - margin,
      y: box.y - box.height / 2 - margin,
      width: box.width + 2 * margin,
      height: box.height + 2 * margin,
    };
    await this.page.screenshot({ path, ...(clip ? { clip } : {}) });
  }

  /** A picture of one of the extension's own pages. */
  async picture(name, path, { scheme = "light", width = 960, height = 640, full = false } = {}) {
    const page = await this.context.newPage();
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme });
    // The extension's window asks which page it stands over; in a tab of its own it would be itself.
    await page.addInitScript(() => (chrome.tabs.query = async () => [{ url: "https://www.harbourbooks.example/contact" }]));
    await page.goto(`chrome-extension://${this.id}/${name}`);
    await page.waitForSelector("#root > *");
    await page.waitForTimeout(400);
    await page.screenshot({ path, fullPage: full });
    await page.close();
    await this.page.bringToFront();
  }

  async own(name) {
    const page = await this.context.newPage();
    await page.goto(`chrome-extension://${this.id}/${name}`);
    await page.waitForSelector("#root > *");
    return new OwnPage(page);
  }

  async inOwn(name, steps) {
    const page = await this.own(name);
    let last = null;
    try {
      for (const [verb, ...given] of steps) last = await page[verb](...given);
    } finally {
      await page.close();
    }
    return last;
  }

  /** Counts who connects to the background from now on. */
  async countConnects() {
    await this.context.serviceWorkers()[0].evaluate(() => {
      globalThis.connects = 0;
      chrome.runtime.onConnect.addListener(() => void globalThis.connects++);
    });
  }

  connects() {
    return this.context.serviceWorkers()[0].evaluate(() => globalThis.connects);
  }

  /** As the browser does to an idle extension. */
  async stopWorker() {
    const browser = await this.context.newCDPSession(await this.context.newPage());
    await browser.send("ServiceWorker.enable");
    await browser.send("ServiceWorker.stopAllWorkers").catch(() => undefined);
    await browser.detach();
  }

  close() {
    return this.context.close();
  }
}

function properties(node) {
  const wanted = (node.properties ?? []).filter(({ name }) => ["focused", "live", "focusable"].includes(name));
  return Object.fromEntries(wanted.map(({ name, value }) => [name, value.value]));
}

class OwnPage {
  constructor(page) {
    this.page = page;
  }

  fill(selector, text) {
    return this.page.fill(selector, text);
  }

  click(selector) {
    return this.page.click(selector);
  }

  choose(selector, value) {
    return this.page.selectOption(selector, value);
  }

  key(name) {
    return this.page.keyboard.press(name);
  }

  waitFor(selector) {
    return this.page.waitForSelector(selector).then(() => null);
  }

  text(selector) {
    return this.page.textContent(selector);
  }

  settled() {
    return until("an answer of the service", () => this.page.evaluate(() => document.querySelector("section .good, section .bad:not(:empty)")?.textContent));
  }

  async reload() {
    await this.page.reload();
    await this.page.waitForSelector("#root > *");
  }

  store(items) {
    return this.page.evaluate((all) => chrome.storage.local.set(all), items);
  }

  stored() {
    return this.page.evaluate(async () => ({ local: await chrome.storage.local.get(null), session: await chrome.storage.session.get(null) }));
  }

  evaluate(text) {
    return this.page.evaluate(text);
  }

  close() {
    return this.page.close();
  }
}
