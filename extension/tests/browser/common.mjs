// What a person does with the extension, in terms of what each browser's driver can do.
import { inside, until, whereIs } from "./looking.mjs";

/**
 * A driver has: evaluate(fn, …args) in the page, roots(fn) which runs fn on every closed shadow root, mouse.move, mouse.click, key(name),
 * own(page) which opens one of the extension's pages and returns {fill, click, choose, text, close}.
 */
export class Person {
  /** What the extension shows in the page: cards of the toast, all buttons, the name of the one beside a number. */
  async looks() {
    const all = await this.roots(inside);
    const offer = all.find(({ isToast }) => !isToast)?.buttons[0]?.name;
    return { cards: all.flatMap(({ cards }) => cards), buttons: all.flatMap(({ buttons }) => buttons), ...(offer ? { offer } : {}) };
  }

  /** Points at a text in the page until the extension offers to call it. */
  async pointAt(text) {
    const place = await until(`the text ${text}`, () => this.evaluate(whereIs, text));
    return until(`the button for ${text}`, async () => {
      await this.move(place.x - 3, place.y);
      await this.move(place.x, place.y);
      await new Promise((resolve) => setTimeout(resolve, 250));
      return (await this.looks()).offer;
    });
  }

  async button(name) {
    return until(`the button “${name}”`, async () => (await this.looks()).buttons.find((button) => button.name === name && button.width > 0));
  }

  /** As a person does, who has to see it first. */
  async press(name) {
    await this.button(name);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { x, y } = await this.button(name);
    await this.click(x, y);
  }

  /** A double click on the offer to call. */
  async pressTwice(name) {
    const { x, y } = await this.button(name);
    await this.click(x, y, 2);
  }

  /** The call's button is not pressed before it could be seen: a person would not either. */
  async call(text) {
    const name = await this.pointAt(text);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await this.press(name);
    return name;
  }

  /** The toast's newest card, once its state is one of these. */
  async card(...phases) {
    let last;
    try {
      return await until(phases.join(" or "), async () => {
        last = (await this.looks()).cards;
        return last.find(({ phase }) => phases.includes(phase));
      }, 30_000);
    } catch (error) {
      throw new Error(`${error.message}; shown: ${JSON.stringify(last)}`);
    }
  }

  async noCard() {
    await until("no toast", async () => (await this.looks()).cards.length === 0, 30_000);
  }

  /** Settings of a service that is not there, and a phone. */
  async addPhone(aor, password, settings = {}) {
    const page = await this.own("options.html");
    await page.store({ settings: { server: "http://127.0.0.1:9/", undoSeconds: 0, country: "ES", ...settings } });
    await page.reload();
    await page.fill("form.add input[type=text]", aor);
    await page.fill("input[type=password]", password);
    await page.click("form.add button[type=submit]");
    await page.waitFor("ul.rows li");
    await page.close();
  }

  /** Enters service and phone in the options page, as a person does, and sets what has no field of its own for tests' sake as it is stored. */
  async setUp({ server, aor, password, settings = {} }) {
    const page = await this.own("options.html");
    await page.store({ settings });
    await page.reload();
    await page.fill("input[type=url]", server);
    await page.click("button.main");
    await page.settled();
    const told = await until("the service's answer", async () => {
      const text = await page.text("section [role=status]");
      return text && !text.includes("lets the extension reach") ? text : undefined;
    }, 10_000);
    await page.fill("form.add input[type=text]", aor);
    await page.fill("input[type=password]", password);
    await page.click("form.add button[type=submit]");
    await page.waitFor("ul.rows li");
    const stored = await page.stored();
    await page.close();
    return { told, stored };
  }
}
