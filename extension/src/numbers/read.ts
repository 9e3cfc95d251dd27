/** One number that a person pointed at, selected or typed. Nothing is doubted here: they know what they want to call. */

import type { NumberRules, ReadNumber } from "../messages.ts";
import { plain } from "./alphabet.ts";
import { createFinder } from "./find.ts";
import { internalMatcher } from "./internal.ts";
import { plan } from "./plan.ts";

/** More digits than any plan has: whatever it is, it is not meant to be dialled. */
const longest = 20;

function trimmedTrunk(text: string): string {
  return /^\s*\+?\s*(?:00)?\s*39\b/.test(text) ? text : text.replace(/^([^\d]*\d[\d ]{0,5})[(\[]\s*0\s*[)\]]/, "$1 ");
}

/** Undefined where there is no number in `text`, or more than one. */
export function readNumber(text: string, rules: NumberRules): ReadNumber | undefined {
  const simple = plain(text.slice(0, 400)).trim();
  const code = simple.replace(/[\s().\-/[\]]/g, "");
  if (internalMatcher(rules.extensions).matches(code)) return { dial: code, display: code };
  const plus = /^[^\d]*\+/.test(simple);
  const digits = trimmedTrunk(simple).replace(/\D/g, "");
  const only = /^[\s()[\].\-/+\d]+$/.test(simple);
  const planned = only ? plan(digits, plus, rules.country) : undefined;
  if (planned) return { dial: planned.dial, display: planned.display };
  const found = createFinder(rules).find(`tel. ${simple}`);
  const [first] = found;
  if (first && found.every((other) => other.dial === first.dial)) return { dial: first.dial, display: first.display };
  // Short codes, service codes and what no plan knows: as it is written.
  return found.length === 0 && /^\+?[*0-9]+$/.test(code) && code.length <= longest ? { dial: code, display: code } : undefined;
}

export interface TelNumber extends ReadNumber {
  extension?: string;
}

/** The address of a tel: link (RFC 3966). */
export function readTelUrl(href: string, rules: NumberRules): TelNumber | undefined {
  const match = /^\s*tel:(?:\/\/)?([^;?]*)(.*)$/is.exec(href);
  if (!match) return undefined;
  let number = match[1] ?? "";
  try {
    number = decodeURIComponent(number);
  } catch {
    return undefined;
  }
  const pause = /^(.*?)[,pw]+(\d+)#?$/i.exec(number.trim());
  const read = readNumber(pause?.[1] ?? number, rules);
  if (!read) return undefined;
  const extension = /;ext=(\d{1,10})/i.exec(match[2] ?? "")?.[1] ?? pause?.[2];
  return extension === undefined ? read : { ...read, extension };
}
