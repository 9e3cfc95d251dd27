/** Text in, numbers out. Pure: no page, no clock. */

import type { NumberRules, ReadNumber } from "../messages.ts";
import { plain } from "./alphabet.ts";
import { evidence, type Around, type Evidence } from "./context.ts";
import { internalMatcher, type InternalMatcher } from "./internal.ts";
import { blot, mask } from "./masks.ts";
import { plan, type Planned } from "./plan.ts";
import { promising, runsIn, type Group } from "./runs.ts";
import { divides, enough, marksOf, piece, type Piece } from "./shape.ts";
import { extensionIn } from "./tail.ts";
import { vanityIn } from "./vanity.ts";
import { classOf } from "./words.ts";

export interface FoundNumber extends ReadNumber {
  /** Code units into the text: [start, end). */
  start: number;
  end: number;
  /** Behind the number, for the person to dial by hand: no part of `dial`. */
  extension?: string;
}

export interface FindOptions {
  /** Where in the text one node of the page ends and the next begins, in order. */
  breaks?: readonly number[];
  /** What stands outside of the text, asked for only where the text alone does not decide. */
  outside?: Around["outside"];
}

export interface Finder {
  /** In order and without overlaps. A generator, so that whoever has little time can stop in between. */
  each(text: string, options?: FindOptions): Generator<FoundNumber>;
  find(text: string, options?: FindOptions): FoundNumber[];
}

const fewestDigits = 7;
const mostDigits = 18;

/** What stands between the numbers of a list. */
const listed = /^[\s,;/|&+-]*(?:y|o|e|or|and|ou|et|und|oder|u|of|en|oppure|bzw\.?|eller|og|och|lub|i|или|и)?[\s,;/|&+-]*$/i;

class Search {
  private last: { end: number; label: Evidence["label"] } | undefined;

  constructor(
    private readonly text: string,
    private readonly country: string,
    private readonly options: FindOptions,
  ) {}

  *numbers(): Generator<FoundNumber> {
    for (const groups of runsIn(this.text, this.options.breaks ?? [])) yield* this.inGroups(groups);
  }

  private *inGroups(groups: Group[]): Generator<FoundNumber> {
    const digits = groups.reduce((sum, group) => sum + group.digits.length, 0);
    if (digits < fewestDigits) return;
    const whole = groups.some((_, i) => i > 0 && divides(groups, i)) ? undefined : this.number(groups);
    if (whole) {
      yield whole;
      return;
    }
    const at = this.division(groups);
    if (at > 0) {
      yield* this.inGroups(groups.slice(0, at));
      yield* this.inGroups(groups.slice(at));
      return;
    }
    const first = this.leading(groups);
    if (first) yield first;
  }

  /** Where to cut what is no number as a whole; 0 for nowhere. */
  private division(groups: Group[]): number {
    const strong = groups.findIndex((_, i) => i > 0 && divides(groups, i));
    if (strong > 0) return strong;
    return groups.findIndex((group, i) => i > 0 && group.broken) > 0 ? groups.findIndex((group, i) => i > 0 && group.broken) : 0;
  }

  /** "944 10 01 01 9-14 h": a number with the hours behind it. */
  private leading(groups: Group[]): FoundNumber | undefined {
    for (let count = groups.length - 1; count >= 2; count -= 1) {
      const rest = groups.slice(count);
      if (rest.length > 2 || rest.some((group) => group.digits.length > 2) || !/^ +$/.test(rest[0]?.before ?? "")) break;
      const hours = /^ ?(?:h\b|hs\b|hrs\b|a\b|to\b|uhr\b|:\d)/i.test(this.text.slice(rest[rest.length - 1]?.end)) || rest.length === 2;
      const found = hours ? this.number(groups.slice(0, count), true) : undefined;
      if (found) return found;
    }
    return undefined;
  }

  private number(groups: Group[], part = false): FoundNumber | undefined {
    const found = piece(groups);
    if (found.digits.length < fewestDigits || found.digits.length > mostDigits) return undefined;
    const planned = plan(found.digits, found.plus, this.country);
    if (!planned) return undefined;
    const start = this.startOf(groups);
    const end = groups[groups.length - 1]?.end ?? start;
    if (!this.standsFree(start, end, part)) return undefined;
    const tail = part ? undefined : extensionIn(this.text.slice(end, end + 40));
    const label = this.accepted(found, planned, start, end + (tail?.length ?? 0));
    if (!label) return undefined;
    this.last = { end, label };
    const { dial, display } = planned;
    return tail ? { start, end: end + tail.length, dial, display, extension: tail.extension } : { start, end, dial, display };
  }

  /** A plus belongs to the number, and so does a bracket that closes within it. */
  private startOf(groups: Group[]): number {
    const first = groups[0];
    if (!first) return 0;
    const inner = groups.slice(1).some((group) => /[)\]]/.test(group.before));
    const bracket = first.before.search(/[(\[]/);
    const plus = first.before.indexOf("+");
    const from = first.start - first.before.length;
    if (bracket >= 0 && inner && this.closesInside(groups)) return from + (plus >= 0 ? Math.min(bracket, plus) : bracket);
    return plus >= 0 ? from + plus : first.start;
  }

  private closesInside(groups: Group[]): boolean {
    const marks = groups
      .slice(1)
      .map((group) => group.before)
      .join("");
    const opened = (marks.match(/[(\[]/g) ?? []).length;
    const closed = (marks.match(/[)\]]/g) ?? []).length;
    return closed > opened;
  }

  /** Nothing is glued to it that would make it part of something longer. */
  private standsFree(start: number, end: number, part: boolean): boolean {
    const breaks = this.options.breaks ?? [];
    return (breaks.includes(start) || this.freeBefore(start)) && (part || breaks.includes(end) || freeAfter(this.text, end));
  }

  private freeBefore(start: number): boolean {
    const before = this.text.slice(Math.max(0, start - 40), start);
    if (this.last && start - this.last.end < 4 && /^[/|,;&-]*$/.test(this.text.slice(this.last.end, start))) return true;
    if (before === "" || /[\s("'«»“”‘’„<>¡¿•·|~\n]$/.test(before)) return true;
    const sticking = /(\p{L}[\p{L}.]*)?([^\p{L}\p{N}\s]*)$/u.exec(before);
    const word = sticking?.[1] ?? "";
    const marks = sticking?.[2] ?? "";
    const head = before.slice(0, before.length - (sticking?.[0].length ?? 0));
    if (/[#@=_&$€£%\\^+<>*]/.test(marks) || marks.includes(blot)) return false;
    // Languages without spaces.
    if (
      /[\p{Script=Hiragana}\p{Script=Han}\p{Script=Hangul}]$/u.test(word) &&
      (this.text[start] === "+" || /\p{Script=Hiragana}$/u.test(word))
    )
      return true;
    if (word === "") return !/[\p{L}\p{N}_]$/u.test(head) || /[,;–—]$/.test(marks);
    if (/[\p{N}_]$/u.test(head)) return false;
    const kind = classOf(word);
    if (kind === "phone" || kind === "fax" || kind === "id") return true;
    return /[:.,;–—]$/.test(marks) && !/[-/]/.test(marks);
  }

  private accepted(found: Piece, planned: Planned, start: number, end: number): Evidence["label"] | undefined {
    const around = evidence({
      before: this.text.slice(Math.max(0, start - 100), start),
      after: this.text.slice(end, end + 60),
      outside: this.options.outside,
    });
    const label = this.inherited(start) ?? around.label;
    let marks = marksOf(found, planned);
    if (around.amount || label === "fax") return undefined;
    if (label === "phone") marks += 4;
    if (label === "place") marks += 2;
    if (label === "id") marks -= planned.form === "plus" ? 3 : 4;
    if (label === "near") marks -= 2;
    if (label === "number" || label === "other") marks -= 1;
    if ((around.alone || this.ownNode(start, end)) && (label === "phone" || label === "place" || label === "none")) marks += 2;
    else if (around.first && label !== "id") marks += 1;
    return marks >= enough ? label : undefined;
  }

  /** Glued to its neighbours in the text, and in elements of its own in the page: a column that is none for HTML. */
  private ownNode(start: number, end: number): boolean {
    const breaks = this.options.breaks ?? [];
    const left = start === 0 || (breaks.includes(start) && /\S/.test(this.text[start - 1] ?? ""));
    const right = end === this.text.length || (breaks.includes(end) && /\S/.test(this.text[end] ?? ""));
    return left && right && breaks.length > 0;
  }

  /** "Fax 944 10 01 02 / 03": what is said of the first number of a list is said of all. */
  private inherited(start: number): Evidence["label"] | undefined {
    if (!this.last || this.last.label === "none") return undefined;
    const between = this.text.slice(this.last.end, start);
    return between.length < 12 && listed.test(between) ? this.last.label : undefined;
  }
}

function freeAfter(text: string, end: number): boolean {
  const after = text.slice(end, end + 12);
  if (extensionIn(text.slice(end, end + 40))) return true;
  if (/^(?:\p{Script=Hiragana}|\p{Script=Hangul})/u.test(after)) return true;
  if (/^[\p{L}\p{N}_@=%#*\\]/u.test(after) || after.startsWith(blot)) return false;
  if (/^[.,:]\d/.test(after)) return /^,\d{3,}/.test(after);
  if (/^-\p{L}\b/u.test(after)) return false;
  return !/^[-/_]\p{N}/u.test(after) || /^\/\d/.test(after);
}

export function createFinder(rules: NumberRules): Finder {
  const internal: InternalMatcher = internalMatcher(rules.extensions);
  function* each(text: string, options: FindOptions = {}): Generator<FoundNumber> {
    const simple = plain(text);
    const rich = promising(simple);
    const more = internal.possible(simple) || vanityIn.possible(simple);
    if (!rich && !more) return;
    const masked = mask(simple);
    const plainNumbers = new Search(masked, rules.country, options).numbers();
    if (!more) {
      yield* plainNumbers;
      return;
    }
    const found = rich ? [...plainNumbers] : [];
    let end = 0;
    for (const number of merged(found, [...vanityIn.each(masked, rules.country), ...internal.each(masked, options.outside)])) {
      if (number.start < end) continue;
      end = number.end;
      yield number;
    }
  }
  return { each, find: (text, options) => [...each(text, options)] };
}

function merged(found: FoundNumber[], others: FoundNumber[]): FoundNumber[] {
  if (others.length === 0) return found;
  const clear = others.filter((other) => !found.some((number) => number.start < other.end && other.start < number.end));
  return [...found, ...clear].sort((a, b) => a.start - b.start);
}
