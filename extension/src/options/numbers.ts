/** How numbers are read, how long a click can be undone, what is kept, and the language. */
import { isExtensionPattern, LONGEST_UNDO } from "../store/settings.ts";
import { h, say } from "../ui/dom.ts";
import { isLanguage, languageNames } from "../words/index.ts";
import { isLocked, type Context } from "./context.ts";
import { countries } from "./countries.ts";
import { checkbox, field, section, select } from "./parts.ts";

export function numbersSection(context: Context): HTMLElement {
  const { words } = context;
  return section(words.options.numbers, country(context), extensions(context), undo(context), recent(context), language(context));
}

const lockedNote = (context: Context, locked: boolean) => (locked ? [context.words.options.locked] : []);

function country(context: Context): HTMLElement {
  const { words, settings } = context;
  const locked = isLocked(context, "country");
  const choices: [string, string][] = [["", words.options.noCountry], ...countries(context.language)];
  const list = select(choices, settings.country, (value) => void context.set("country", value));
  list.disabled = locked;
  return field(words.options.country, list, ...lockedNote(context, locked));
}

function extensions(context: Context): HTMLElement {
  const { words, settings } = context;
  const locked = isLocked(context, "extensions");
  const input = h("input", { type: "text", autocomplete: "off", spellcheck: "false", value: settings.extensions.join(" "), disabled: locked });
  const wrong = h("p", { class: "note bad", role: "alert" });
  input.addEventListener("change", () => {
    const patterns = input.value.toUpperCase().split(/[\s,]+/).filter(Boolean);
    const bad = patterns.find((pattern) => !isExtensionPattern(pattern));
    say(wrong, bad === undefined ? "" : words.options.badExtensions(bad));
    if (bad === undefined) void context.set("extensions", patterns);
  });
  return field(words.options.extensions, input, ...(locked ? [words.options.locked] : [words.options.extensionsHelp]), wrong);
}

function undo(context: Context): HTMLElement {
  const { words, settings } = context;
  const locked = isLocked(context, "undoSeconds");
  const choices = Array.from({ length: LONGEST_UNDO + 1 }, (_, seconds): [string, string] => [String(seconds), String(seconds)]);
  const list = select(choices, String(settings.undoSeconds), (value) => void context.set("undoSeconds", Number(value)));
  list.disabled = locked;
  return field(words.options.undo, list, ...(locked ? [words.options.locked] : [words.options.undoHelp]));
}

function recent(context: Context): HTMLElement {
  const { words, settings } = context;
  const { element, box } = checkbox(words.options.recent, settings.keepRecent, (on) => void context.set("keepRecent", on));
  box.disabled = isLocked(context, "keepRecent");
  if (box.disabled) element.append(h("span", { class: "quiet" }, words.options.locked));
  return element;
}

function language(context: Context): HTMLElement {
  const { words, settings } = context;
  const locked = isLocked(context, "language");
  const choices: [string, string][] = [["auto", words.options.languageAuto], ...Object.entries(languageNames)];
  const list = select(choices, settings.language, (value) => {
    void context.set("language", isLanguage(value) ? value : "auto").then(context.redraw);
  });
  list.disabled = locked;
  return field(words.options.language, list, ...lockedNote(context, locked));
}
