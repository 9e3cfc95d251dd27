/** Digits with what may stand between the digits of one number, as groups. */

export interface Group {
  start: number;
  end: number;
  digits: string;
  /** What stands between this group and the one before it; for the first, the plus and the brackets in front. */
  before: string;
  /** A node of the page ends between this group and the one before it. */
  broken: boolean;
}

// A plus begins a number and therefore ends the run before it. A separator is at most three marks with spaces anywhere.
const runs = /(?:[(\[]? *\+ *[(\[]? *|[(\[] *)?\d(?:(?: *[()\[\]./-]){0,3} *\d)*/g;
const digits = /\d+/g;

/** Whether it can pay to look more closely: enough digits with little between them. */
const worthwhile = /\d(?:[^\p{L}\p{N}\n]{0,8}\p{N}){6}/u;
export function promising(text: string): boolean {
  return worthwhile.test(text);
}

/** `breaks` are the places in the text, in order, at which one of the page's nodes ends and the next begins. */
export function* runsIn(text: string, breaks: readonly number[]): Generator<Group[]> {
  let next = 0;
  for (const match of text.matchAll(runs)) {
    const groups: Group[] = [];
    let last = match.index;
    for (const part of match[0].matchAll(digits)) {
      let start = match.index + part.index;
      const end = start + part[0].length;
      while ((breaks[next] ?? Infinity) < last) next += 1;
      let broken = (breaks[next] ?? Infinity) <= start && groups.length > 0;
      // Two nodes may meet inside what looks like one group.
      for (let i = next; (breaks[i] ?? Infinity) < end; i += 1) {
        const place = breaks[i] ?? end;
        if (place <= start) continue;
        groups.push({ start, end: place, digits: text.slice(start, place), before: text.slice(last, start), broken });
        start = last = place;
        broken = true;
      }
      groups.push({ start, end, digits: text.slice(start, end), before: text.slice(last, start), broken });
      last = end;
    }
    yield groups;
  }
}
