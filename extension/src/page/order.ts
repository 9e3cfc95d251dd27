/** The numbers of a page in the order in which one reads them, for whoever goes from one to the next by keyboard. */

import type { Match, Numbers } from "./numbers.ts";

/** A node's ancestor in the document itself: for what is in shadow roots, the outermost host. */
function inDocument(node: Node): Node {
  let at = node;
  for (let root = at.getRootNode(); root instanceof ShadowRoot; root = at.getRootNode()) at = root.host;
  return at;
}

function compare(a: Match, b: Match): number {
  const [first, second] =
    a.place.start.getRootNode() === b.place.start.getRootNode()
      ? [a.place.start, b.place.start]
      : [inDocument(a.place.start), inDocument(b.place.start)];
  if (first === second) return a.place.startOffset - b.place.startOffset;
  return first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}

export function inOrder(numbers: Numbers): Match[] {
  return [...numbers].sort(compare);
}

interface Visible {
  checkVisibility?(options: { visibilityProperty: boolean; contentVisibilityAuto: boolean }): boolean;
}

function canBeSeen(numbers: Numbers, match: Match): boolean {
  const holder = match.place.start.parentElement as (HTMLElement & Visible) | null;
  if (holder?.checkVisibility?.({ visibilityProperty: true, contentVisibilityAuto: false }) === false) return false;
  return numbers.rectanglesOf(match).length > 0;
}

/**
 * The number after `current`, round and round. Without one: the first that is on the screen, after what has the focus if anything has; else
 * the first of all.
 */
export function nextNumber(numbers: Numbers, current: Match | undefined, direction: -1 | 1): Match | undefined {
  const all = inOrder(numbers);
  const from = current ? all.indexOf(current) : -1;
  if (from < 0) return firstOf(numbers, all);
  for (let i = 1; i <= all.length; i += 1) {
    const match = all[(from + direction * i + all.length * i) % all.length];
    if (match && canBeSeen(numbers, match)) return match;
  }
  return undefined;
}

function firstOf(numbers: Numbers, all: Match[]): Match | undefined {
  const focused = document.activeElement;
  const after =
    focused && focused !== document.body
      ? all.filter(
          ({ place }) =>
            focused.contains(place.start) || focused.compareDocumentPosition(inDocument(place.start)) & Node.DOCUMENT_POSITION_FOLLOWING,
        )
      : all;
  const seen = (after.length > 0 ? after : all).filter((match) => canBeSeen(numbers, match));
  const onScreen = seen.find((match) => numbers.rectanglesOf(match).some((box) => box.bottom > 0 && box.top < innerHeight));
  return onScreen ?? seen[0] ?? all.find((match) => canBeSeen(numbers, match));
}
