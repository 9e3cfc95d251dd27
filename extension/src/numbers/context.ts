/** What stands around a number and what it says of it. Works on text that is `plain` and `mask`ed. */

import { blot } from "./masks.ts";
import { classOf, isOurs, isUnit } from "./words.ts";

/**
 * near: the name of some other kind of number, a few words away. number: "No." and nothing that says of what. other: a label that says nothing
 * known.
 */
export type Label = "phone" | "place" | "fax" | "id" | "near" | "number" | "other" | "none";

export interface Evidence {
  label: Label;
  /** The number is all that there is. */
  alone: boolean;
  /** It begins a field: after a colon, a dash, a bar, a bracket, or nothing. */
  first: boolean;
  /** An amount of something: a currency or a unit stands beside it. */
  amount: boolean;
}

const reach = 90;
const token = /\p{L}[\p{L}\p{M}]*(?:[.'’]\p{L}[\p{L}\p{M}]*)*\.?|\p{N}+|№|☎|☏|📞|📱|✆|[nN]?[º°]|[^\s\p{L}\p{N}]/gu;
const handsets = new Set(["☎", "☏", "📞", "📱", "✆"]);

interface Walk {
  /** Words passed that say nothing. */
  words: number;
  commas: number;
  /** "No.", "number", "#" was passed. */
  numbered: boolean;
  /** "Permit no.": it is the number of something, and nothing to call unless it is said further on. */
  suspect: boolean;
  /** Digits were passed: labels of things other than phones are taken. */
  digits: boolean;
}

/** A word of a class that ends the search, or nothing to go on. */
function judged(tokens: string[], at: number, walk: Walk): Label | undefined {
  const word = tokens[at] ?? "";
  const kind = classOf(word);
  // "the T 944" is a letter, "T: 944" a label.
  const single = word.replace(".", "").length === 1 && /[a-z]/i.test(word);
  const labelled = /^[:.]$/.test(tokens[at + 1] ?? "") || word.endsWith(".") || at === tokens.length - 1;
  if (kind === "phone" && (!single || labelled)) return walk.words <= 6 ? "phone" : "none";
  if (kind === "fax" && (!single || labelled) && !walk.digits) {
    if (walk.words > 3) return "none";
    return pairedWithPhone(tokens, at) ? "phone" : "fax";
  }
  if (kind === "id" && !walk.digits && walk.words <= 2 && walk.commas === 0) return walk.words === 0 ? "id" : "near";
  if (walk.numbered && walk.words === 0 && isOurs(word)) return "phone";
  // "Orden de trabajo" is no place of work.
  if (kind === "place" && walk.words <= 1 && !walk.numbered) return classOf(beforeJoins(tokens, at)) === "id" ? "id" : "place";
  // "Visitas: 677.112.233"
  if (walk.words === 0 && word.length > 3 && isUnit(word)) return "id";
  // "Pat.-Nr.": whatever it is the number of.
  if (walk.numbered && walk.words === 0 && kind === "other" && tokens[at + 1] === "-") return "id";
  if (kind === "owner" && walk.numbered && !walk.digits) return "id";
  if (kind === "owner" && walk.words === 0 && /^(?:number|id)$/.test(classOf(beforeJoins(tokens, at)))) return "id";
  if (walk.numbered && walk.words === 0 && kind === "other" && /^\p{L}/u.test(word) && ofNumber(tokens[at + 1] ?? "")) walk.suspect = true;
  // "Numéro de …", "número de …": of something that is not known here.
  if (kind === "other" && walk.words === 0 && ofNumber(beforeJoins(tokens, at))) return "near";
  if (kind === "number") walk.numbered = true;
  else if (kind !== "join") walk.words += 1;
  return undefined;
}

/** "no" alone is a word of its own in half of Europe. */
function ofNumber(word: string): boolean {
  return classOf(word) === "number" && !/^no?$/.test(word);
}

function beforeJoins(tokens: string[], at: number): string {
  let i = at - 1;
  while (i >= 0 && (classOf(tokens[i] ?? "") === "join" || tokens[i] === ".")) i -= 1;
  return tokens[i] ?? "";
}

/** "Tel/Fax", "teléfono y fax": one number for both. */
function pairedWithPhone(tokens: string[], at: number): boolean {
  const joint = tokens[at - 1] ?? "";
  if (!/^[/&+-]$/.test(joint) && classOf(joint) !== "join") return false;
  return classOf(tokens[at - 2] ?? "") === "phone";
}

/** The label that the end of `before` gives to what follows it. */
export function labelOf(before: string): Label {
  // "Fax", a line break, the number: the line before is the label where this one has nothing yet.
  const tail = before.slice(-reach).trimEnd();
  const line = tail.slice(tail.lastIndexOf("\n") + 1);
  const tokens = line.match(token) ?? [];
  const walk: Walk = { words: 0, commas: 0, numbered: false, suspect: false, digits: false };
  for (let i = tokens.length - 1; i >= 0 && walk.words <= 6; i -= 1) {
    const it = tokens[i] ?? "";
    if (handsets.has(it)) return "phone";
    if (/^\p{N}/u.test(it)) {
      if (it.length > 4) break;
      walk.digits ||= it.length > 2;
    } else if (/^\p{L}|^№|[º°]$/u.test(it)) {
      const label = judged(tokens, i, walk);
      if (label !== undefined) return label;
      // A sentence ends here, unless it is an abbreviation.
      if (it.endsWith(".") && it.length > 6) break;
    } else if (it === "#") walk.numbered = true;
    else if (it === ",") walk.commas += 1;
    else if (/[;|·•.!?]/.test(it) || it === blot) {
      if (!(it === "." && i > 0 && (tokens[i - 1] ?? "").length <= 6)) break;
    }
  }
  if (walk.suspect) return "id";
  return walk.numbered && walk.words === 0 ? "number" : "none";
}

const money = /(?:[€$£¥₹₺₽₴₩]|(?<!\p{L})(?:EUR|CHF|USD|GBP|CAD|AUD|SEK|NOK|DKK|PLN|CZK|HUF|JPY|BRL|MXN|Rs))[.:]?\s?$/u;
const moneyAfter = /^\s?(?:[€$£¥₹₺₽₴₩%‰°]|º[CF]?\b)/;

/** "(fax)" after a number, where it does not name the next one. */
export function faxAfter(after: string): boolean {
  const match = /^[\s)]*[([]?\s*(\p{L}+)\.?([^\n]{0,4})/u.exec(after);
  if (!match || classOf(match[1] ?? "") !== "fax" || (match[1] ?? "").length < 2) return false;
  return /^\s?[)\]]/.test(match[2] ?? "") || !/\d|:/.test(match[2] ?? "");
}

function isAmount(before: string, after: string): boolean {
  if (money.test(before.slice(-8)) || moneyAfter.test(after)) return true;
  const unit = /^\s?(?:(?:de|di|d'|of)\s)?(\p{L}+[²³]?)/u.exec(after);
  if (unit === null || !isUnit(unit[1] ?? "")) return false;
  // "M", "T" and the like begin other things too; there must be nothing behind them.
  return (unit[1] ?? "").length > 2 || !/^\s?\p{L}+[.:]/u.test(after);
}

export interface Around {
  before: string;
  after: string;
  /** Asked for only where the text itself says nothing: what stands in front of the block, what heads the column. */
  outside?: (() => { before: string; header: string }) | undefined;
}

export function evidence({ before, after, outside }: Around): Evidence {
  const alone = !/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after);
  const first = /(?:^|[\n:|·•(\[,;–—-])\s*$/.test(before.slice(-12));
  let label = labelOf(before);
  if (label !== "fax" && faxAfter(after.slice(0, 24))) label = "fax";
  if ((label === "none" || label === "number") && !/[\p{L}\p{N}]/u.test(before) && outside) label = outsideLabel(outside()) ?? label;
  return { label, alone, first, amount: isAmount(before, after.slice(0, 24)) };
}

function outsideLabel({ before, header }: { before: string; header: string }): Label | undefined {
  const heads = labelOf(header);
  if (heads !== "none" && heads !== "number") return heads;
  const near = labelOf(before);
  if (near !== "none" && near !== "number") return near;
  if (header !== "" || near === "number" || /[:：]\s*$/.test(before) || /^[\p{Lu}.]{2,6}$/u.test(before.trim())) return "other";
  return undefined;
}
