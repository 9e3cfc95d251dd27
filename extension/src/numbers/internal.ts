/** Numbers that exist only behind one's own exchange, by patterns such as 1XX. */

import { labelOf, type Around } from "./context.ts";
import type { FoundNumber } from "./find.ts";

export interface InternalMatcher {
  /** Cheap: whether `each` can find anything. */
  possible(text: string): boolean;
  each(text: string, outside?: Around["outside"]): Generator<FoundNumber>;
  /** Whether `text` is such a number and nothing else. */
  matches(text: string): boolean;
}

const nothing: InternalMatcher = {
  possible: () => false,
  *each() {},
  matches: () => false,
};

/** Longest pattern in digits; what is longer belongs into the dialplan of the exchange. */
const longest = 12;

const classes: Record<string, string> = { X: "[0-9]", Z: "[1-9]", N: "[2-9]" };

/** One of Asterisk's patterns as a regular expression; undefined for what is none. */
export function patternSource(pattern: string): string | undefined {
  const parts =
    pattern
      .trim()
      .toUpperCase()
      .replace(/^_/, "")
      .match(/\[[0-9-]{1,20}\]|[0-9*#XZN]|./gs) ?? [];
  if (parts.length === 0 || parts.length > longest) return undefined;
  let source = "";
  for (const part of parts) {
    if (classes[part]) source += classes[part];
    else if (/^[0-9]$/.test(part)) source += part;
    else if (part === "*" || part === "#") source += `\\${part}`;
    else if (/^\[(?:\d(?:-\d)?)+\]$/.test(part) && ascending(part)) source += part;
    else return undefined;
  }
  return source;
}

function ascending(set: string): boolean {
  return [...set.matchAll(/(\d)-(\d)/g)].every(([, from = "", to = ""]) => from <= to);
}

/** No click should ever call these by mistake. */
const emergency = new Set(["112", "911", "999"]);

const names =
  "ext(?:n|ension|ensi[oó]n|ens[aã]o)?|int(?:erno|ern|ernal)?|anexo|poste|ramal|durchwahl|dw|nebenstelle|apparat|toestel|wew|klapka|lokal|anknytning";
const label = new RegExp(`(?:^|[^\\p{L}])(?:${names})\\.?\\s*[:#]?\\s*$`, "iu");

export function internalMatcher(patterns: readonly string[]): InternalMatcher {
  const sources = patterns.map(patternSource).filter((source) => source !== undefined);
  if (sources.length === 0) return nothing;
  const any = `(?:${sources.join("|")})`;
  const whole = new RegExp(`^${any}$`);
  const within = new RegExp(`(?<![\\p{L}\\p{N}_.,:/+#*@=-])${any}(?![\\p{L}\\p{N}_#*@=%€$]|[.,:/-]\\d| ?[-/]? ?\\d)`, "gu");

  function* each(text: string, outside?: Around["outside"]): Generator<FoundNumber> {
    for (const match of text.matchAll(within)) {
      const [dial] = match;
      const start = match.index;
      const end = start + dial.length;
      if (!emergency.has(dial) && named(text.slice(Math.max(0, start - 60), start), text.slice(end, end + 20), outside))
        yield { start, end, dial, display: dial };
    }
  }
  const possible = new RegExp(any);
  return { possible: (text) => possible.test(text), each, matches: (text) => whole.test(text) };
}

/** Three digits are anything at all: somebody must have said that they are an extension. */
function named(before: string, after: string, outside: Around["outside"]): boolean {
  if (label.test(before)) return true;
  if (/[\p{L}\p{N}]/u.test(before)) return labelOf(before.slice(-24)) === "phone" && !/^\s?\p{L}/u.test(after);
  if (/[\p{L}\p{N}]/u.test(after)) return false;
  const { before: near = "", header = "" } = outside?.() ?? {};
  return label.test(near) || label.test(header) || labelOf(near) === "phone" || labelOf(header) === "phone";
}
