import type { Language } from "../messages.ts";
import { en, type Words } from "./en.ts";
import { es } from "./es.ts";

export type { Verdict, Words } from "./en.ts";

/** One more language: a file beside en.ts, an entry here, its name below, its two letters in Language, a folder in _locales. */
const all: Record<Language, Words> = { en, es };

/** Each in its own words, for the list from which one is chosen. */
export const languageNames: Record<Language, string> = { en: "English", es: "Español" };

export function isLanguage(value: unknown): value is Language {
  return typeof value === "string" && Object.hasOwn(all, value);
}

export function words(language: Language): Words {
  return all[language];
}

/** The first of the browser's language ("es-419") that is spoken here, else English. */
export function languageOf(tag: string): Language {
  const short = tag.toLowerCase().split("-")[0];
  return isLanguage(short) ? short : "en";
}
