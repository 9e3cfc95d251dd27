// Debian's Firefox ESR, driven with Puppeteer over WebDriver BiDi, which also looks into closed shadow roots.
import puppeteer from "puppeteer-core";
import { Person } from "./common.mjs";
import { until } from "./looking.mjs";

const ID = "click2call@click2call.example";
const UUID = "6b2f1c1e-0c61-4a64-9d1a-0c2c4a117000";

export async function start({ profile, folder, options }) {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    headless: true,
    userDataDir: profile,
    acceptInsecureCerts: false,
    defaultViewport: { width: 960, height: 640 },
    extraPrefsFirefox: {
      "xpinstall.signatures.required": false,
      // The browser asks a person for the leave to reach the service; here nobody could answer.
      "extensions.webextOptionalPermissionPrompts": false,
      // An extension's own pages have an address that is made up at installation.
      "extensions.webextensions.uuids": JSON.stringify({ [ID]: UUID }),
      "intl.accept_languages": options.lang ?? "en-GB",
      "remote.log.level": "Error",
    },
  });
  const driver = new Firefox(browser);
  await driver.begin(folder);
  return driver;
}

class Firefox extends Person {
  constructor(browser) {
    super();
    this.browser = browser;
  }

  async begin(folder) {
    await this.browser.installExtension(folder);
    // A new installation opens its settings. That is the only way to one of its pages: WebDriver may not go to them by address.
    this.settings = (await this.browser.pages())[0];
    await until("the settings", () => this.settings.evaluate(() => location.href.endsWith("options.html") && document.querySelector("#root > *") !== null));
    this.page = await this.browser.newPage();
  }

  async open(url) {
    await this.page.goto(url, { waitUntil: "load" });
    await this.page.bringToFront();
  }

  evaluate(what, ...given) {
    return this.page.evaluate(what, ...given);
  }

  move(x, y) {
    return this.page.mouse.move(x, y);
  }

  click(x, y, count = 1) {
    return this.page.mouse.click(x, y, { count });
  }

  key(name) {
    return this.page.keyboard.press(name);
  }

  #send(method, parameters) {
    return this.browser.connection.send(method, parameters).then(({ result }) => result);
  }

  async roots(look) {
    const target = { context: this.page.mainFrame()._id };
    const { result } = await this.#send("script.callFunction", {
      functionDeclaration: "() => document.documentElement",
      target,
      awaitPromise: false,
      serializationOptions: { maxDomDepth: 4, includeShadowTree: "all" },
    });
    // Beside the page's body, or in a dialogue of the page's.
    const within = ({ value }) => [value?.shadowRoot, ...(value?.children ?? []).flatMap(within)];
    const shadows = within(result).filter((root) => root?.value?.mode === "closed");
    const seen = [];
    for (const { sharedId } of shadows) {
      const looked = await this.#send("script.callFunction", {
        functionDeclaration: `function () { return JSON.stringify((${look.toString().replace(/^function \w*/, "function ")}).call(this)); }`,
        this: { sharedId },
        target,
        awaitPromise: false,
      });
      if (looked.type === "success") seen.push(JSON.parse(looked.result.value));
    }
    return seen;
  }

  async screenshot(path) {
    await this.page.screenshot({ path });
  }

  async own(name) {
    await this.settings.bringToFront();
    if (!(await this.settings.evaluate((wanted) => location.pathname === `/${wanted}`, name))) {
      await this.settings.evaluate((wanted) => void (location.href = wanted), name);
      await this.settings.waitForSelector("#root > *");
    }
    return new OwnPage(this.settings);
  }

  close() {
    return this.browser.close();
  }
}

class OwnPage {
  constructor(page) {
    this.page = page;
  }

  async fill(selector, text) {
    await this.page.click(selector);
    await this.page.type(selector, text);
  }

  click(selector) {
    return this.page.click(selector);
  }

  waitFor(selector) {
    return this.page.waitForSelector(selector).then(() => null);
  }

  text(selector) {
    return this.page.$eval(selector, (element) => element.textContent);
  }

  settled() {
    return until("an answer of the service", () => this.page.evaluate(() => document.querySelector("section .good, section .bad:not(:empty)")?.textContent));
  }

  async reload() {
    await this.page.evaluate(() => {
      document.documentElement.dataset.old = "yes";
      setTimeout(() => location.reload());
    });
    await until("the page anew", () => this.page.evaluate(() => !document.documentElement.dataset.old && document.querySelector("#root > *") !== null).catch(() => false));
  }

  store(items) {
    return this.page.evaluate((all) => chrome.storage.local.set(all), items);
  }

  stored() {
    return this.page.evaluate(async () => ({ local: await chrome.storage.local.get(null), session: await chrome.storage.session.get(null) }));
  }

  close() {}
}
