/** The options page. Everything is kept at once as it is changed. */
import { changeSettings, languageIn, ownSettings, policy, settings } from "../store/index.ts";
import { h, say } from "../ui/dom.ts";
import { words as wordsOf } from "../words/index.ts";
import type { Context } from "./context.ts";
import { numbersSection } from "./numbers.ts";
import { phonesSection } from "./phones.ts";
import { serviceSection } from "./service.ts";
import { sitesSection } from "./sites.ts";
import { transferSection } from "./transfer.ts";

const SAVED_SHOWN = 2000;
const saved = h("p", { class: "saved", role: "status" });
let hiding: ReturnType<typeof setTimeout> | undefined;

async function context(): Promise<Context> {
  const now = await settings();
  const language = languageIn(now);
  const words = wordsOf(language);
  return {
    words,
    language,
    settings: now,
    own: await ownSettings(),
    policy: await policy(),
    set: async (name, value) => {
      now[name] = value;
      await changeSettings((own) => ({ ...own, [name]: value }));
      sayHow(words.options.saved);
    },
    saved: () => sayHow(words.options.saved),
    redraw: draw,
  };
}

function sayHow(text: string): void {
  clearTimeout(hiding);
  say(saved, text);
  hiding = setTimeout(() => say(saved, ""), SAVED_SHOWN);
}

async function draw(): Promise<void> {
  const root = document.getElementById("root");
  if (!root) return;
  const now = await context();
  const { words } = now;
  document.documentElement.lang = now.language;
  document.title = words.options.title;
  const main = h(
    "main",
    {},
    h("h1", {}, words.options.title),
    h("p", { class: "quiet" }, words.options.intro),
    serviceSection(now),
    await phonesSection(now),
    numbersSection(now),
    sitesSection(now),
    transferSection(now),
    h("p", { class: "foot" }, h("a", { href: "privacy.html" }, words.options.privacy)),
  );
  root.replaceChildren(main, saved);
}

void draw();
