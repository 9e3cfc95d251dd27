/** The numbers that were found in this frame, by their places. */

import type { Item } from "./items.ts";
import type { Paint } from "./paint.ts";

export interface Match extends Item {
  range: StaticRange;
}

/** So many numbers in one element are asked one by one for where they are; with more, the browser is asked what is under the pointer. */
const fewHere = 24;

export class Numbers {
  private readonly all = new Set<Match>();
  private readonly byNode = new Map<Text, Set<Match>>();
  private readonly byParent = new WeakMap<Node, Set<Match>>();
  private readonly ruler = document.createRange();

  constructor(private readonly paint: Paint) {}

  get size(): number {
    return this.all.size;
  }

  [Symbol.iterator](): Iterator<Match> {
    return this.all.values();
  }

  add(item: Item): void {
    const { start, startOffset, end, endOffset } = item.place;
    const range = new StaticRange({ startContainer: start, startOffset, endContainer: end, endOffset });
    const match: Match = { ...item, range };
    this.all.add(match);
    // A link is painted by the page.
    if (!item.link) this.paint.add(range);
    for (const node of new Set([start, end])) {
      put(this.byNode, node, match);
      if (node.parentNode) put(this.byParent, node.parentNode, match);
    }
  }

  private remove(match: Match): void {
    this.all.delete(match);
    this.paint.remove(match.range);
    for (const node of [match.place.start, match.place.end]) {
      take(this.byNode, node, match);
      if (node.parentNode) take(this.byParent, node.parentNode, match);
    }
  }

  /** This text changed, or is about to be read anew. */
  drop(node: Text): void {
    for (const match of this.byNode.get(node) ?? []) this.remove(match);
  }

  dropUnder(root: Node): void {
    for (const match of this.all) if (root.contains(match.place.start)) this.remove(match);
  }

  /** Texts went from the page. */
  sweep(): void {
    for (const match of this.all) if (!match.place.start.isConnected || !match.place.end.isConnected) this.remove(match);
  }

  dropKey(text: string, keyOf: (text: string) => string): void {
    for (const match of this.all) if (keyOf(match.link ? match.dial : match.text) === keyOf(text)) this.remove(match);
  }

  clear(): void {
    for (const match of this.all) this.remove(match);
  }

  /** Where it is on the screen; empty where it cannot be seen, or is no longer what it was. */
  rectanglesOf(match: Match): DOMRect[] {
    const { start, startOffset, end, endOffset } = match.place;
    if (!start.isConnected || !end.isConnected || startOffset > start.length || endOffset > end.length) return [];
    this.ruler.setStart(start, startOffset);
    this.ruler.setEnd(end, endOffset);
    const rectangles = [...this.ruler.getClientRects()].filter(({ width, height }) => width > 0 && height > 0);
    // A range that lies about makes every change of the page a little dearer.
    this.ruler.setStart(document, 0);
    this.ruler.collapse(true);
    return rectangles;
  }

  /** The number under a point, given the innermost element there. Costs nothing where that element has no number in it. */
  at(element: Node, x: number, y: number): Match | undefined {
    let here = [...(this.byParent.get(element) ?? [])];
    if (here.length > fewHere) {
      const node = textAt(element, x, y);
      here = node ? here.filter(({ place }) => place.start === node || place.end === node) : here.slice(0, fewHere);
    }
    return here.find((match) => this.rectanglesOf(match).some((box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom));
  }
}

function put<K extends object>(
  map: { get(key: K): Set<Match> | undefined; set(key: K, value: Set<Match>): unknown },
  key: K,
  match: Match,
): void {
  const set = map.get(key);
  if (set) set.add(match);
  else map.set(key, new Set([match]));
}

function take<K extends object>(map: { get(key: K): Set<Match> | undefined; delete(key: K): unknown }, key: K, match: Match): void {
  const set = map.get(key);
  set?.delete(match);
  if (set?.size === 0) map.delete(key);
}

interface Pointing {
  caretPositionFromPoint?(x: number, y: number, options?: { shadowRoots: ShadowRoot[] }): { offsetNode: Node } | null;
  caretRangeFromPoint?(x: number, y: number): Range | null;
}

function textAt(element: Node, x: number, y: number): Node | undefined {
  const root = element.getRootNode();
  const pointing = document as unknown as Pointing;
  const shadowRoots = root instanceof ShadowRoot ? [root] : [];
  return pointing.caretPositionFromPoint?.(x, y, { shadowRoots })?.offsetNode ?? pointing.caretRangeFromPoint?.(x, y)?.startContainer;
}
