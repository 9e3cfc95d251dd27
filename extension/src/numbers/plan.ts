/** The one place that knows libphonenumber: from digits to a number of a country's plan. */

import { parsePhoneNumberFromString, type CountryCode, type PhoneNumber } from "libphonenumber-js/core";
import metadata from "libphonenumber-js/min/metadata";

/**
 * plus: +34 …; prefixed: 0034 … or 011 34 …; national: as one dials it within the country; bare: the country's code in front, but nothing that
 * says so.
 */
export type Form = "plus" | "prefixed" | "national" | "bare";

export interface Planned {
  dial: string;
  display: string;
  form: Form;
  /** Lengths of the groups in which the country writes it at home; none unless `form` is national. */
  groups: number[];
  /** National with the country's trunk 0. */
  trunk: boolean;
}

/** Where people leave the trunk 0 (or 8) away although the plan writes it. */
const trunkOptional = new Set(["AR", "BR", "CN", "CO", "IN", "KZ", "PE", "RU", "BY"]);
/** Countries of the North American plan dial 011 and a country's code. */
const northAmerica = "1";

const longestNational = 12;

const known = new Set(Object.keys(metadata.countries));

export function isCountry(country: string): country is CountryCode {
  return known.has(country);
}

export function callingCode(country: string): string {
  return isCountry(country) ? String(metadata.countries[country]?.[0] ?? "") : "";
}

function valid(text: string, country?: CountryCode): PhoneNumber | undefined {
  const parsed = parsePhoneNumberFromString(text, country ? { defaultCountry: country, extract: false } : { extract: false }, metadata);
  return parsed?.isValid() ? parsed : undefined;
}

const onlyDigits = (text: string): string => text.replace(/\D/g, "");
const groupsOf = (text: string): number[] => (text.match(/\d+/g) ?? []).map((group) => group.length);

function planned(parsed: PhoneNumber, form: Form): Planned {
  const display = parsed.formatInternational();
  return { dial: parsed.number, display, form, groups: form === "national" ? groupsOf(parsed.formatNational()) : [], trunk: false };
}

/** `digits` begin with a country's code, and the page said so with a plus or a 00. */
export function international(digits: string, form: "plus" | "prefixed"): Planned | undefined {
  const parsed = valid(`+${digits}`);
  return parsed && planned(parsed, form);
}

function nationalForm(parsed: PhoneNumber, digits: string, country: CountryCode): Planned | undefined {
  const result = planned(parsed, "national");
  result.trunk = digits.startsWith("0");
  const significant = String(parsed.nationalNumber);
  // Some plans have no real upper end; nobody has a telephone number that long.
  if (significant.length > longestNational) return undefined;
  if (onlyDigits(parsed.formatNational()) === digits) return result;
  if (digits === significant && trunkOptional.has(country)) return result;
  if (digits === `0${significant}` || (parsed.countryCallingCode === northAmerica && digits === `1${significant}`)) return result;
  if (digits.startsWith("8") && digits === `8${significant}` && trunkOptional.has(country)) return result;
  if (digits === `${String(parsed.countryCallingCode)}${significant}`) return planned(parsed, "bare");
  return undefined;
}

/** As somebody in `country` would dial it. */
export function local(digits: string, country: string): Planned | undefined {
  if (digits.startsWith("00")) return international(digits.slice(2), "prefixed");
  if (!isCountry(country)) return undefined;
  if (callingCode(country) === northAmerica && digits.startsWith("011")) return international(digits.slice(3), "prefixed");
  const parsed = valid(digits, country);
  return parsed && nationalForm(parsed, digits, country);
}

const remembered = new Map<string, Planned | null>();
const rememberedLimit = 4000;

/** The same numbers stand on a page again and again, and on the next page of the site too. */
export function plan(digits: string, plus: boolean, country: string): Planned | undefined {
  const key = `${plus ? "+" : country}/${digits}`;
  const before = remembered.get(key);
  if (before !== undefined) return before ?? undefined;
  if (remembered.size >= rememberedLimit) remembered.clear();
  const found = plus ? international(digits, "plus") : local(digits, country);
  remembered.set(key, found ?? null);
  return found;
}
