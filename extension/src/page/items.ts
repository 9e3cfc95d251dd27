/** From blocks to numbers with a place in the page. */

import { readTelUrl, type Finder } from "../numbers/index.ts";
import { ignoredKey, type NumberRules } from "../messages.ts";
import type { Block } from "./blocks.ts";
import { outside } from "./outside.ts";

export interface Place {
  start: Text;
  startOffset: number;
  end: Text;
  endOffset: number;
}

export interface Item {
  place: Place;
  dial: string;
  display: string;
  extension?: string;
  /** As it stands in the page, for "not a number". */
  text: string;
  /** The tel: link that it is. */
  link?: Element;
}

function placeOf(block: Block, start: number, end: number): Place | undefined {
  const first = indexAt(block, start);
  const last = indexAt(block, end - 1);
  const from = block.nodes[first];
  const to = block.nodes[last];
  if (!from || !to) return undefined;
  return { start: from, startOffset: start - (block.starts[first] ?? 0), end: to, endOffset: end - (block.starts[last] ?? 0) };
}

function indexAt(block: Block, offset: number): number {
  let low = 0;
  let high = block.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((block.starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

interface Span {
  start: number;
  end: number;
}

function* linkItems(block: Block, rules: NumberRules, ignored: ReadonlySet<string>, taken: Span[]): Generator<Item> {
  for (const { link, from, to } of block.links) {
    const start = block.starts[from] ?? 0;
    const last = block.nodes[to - 1];
    if (to <= from || !last) continue;
    const end = (block.starts[to - 1] ?? 0) + last.length;
    const number = readTelUrl(link.getAttribute("href") ?? "", rules);
    taken.push({ start, end });
    const inner = trimmed(block.text, start, end);
    const place = inner && placeOf(block, inner.start, inner.end);
    if (number && place && !ignored.has(ignoredKey(number.dial)))
      yield { ...number, place, text: block.text.slice(inner.start, inner.end), link };
  }
}

function trimmed(text: string, from: number, to: number): Span | undefined {
  let start = from;
  let end = to;
  while (start < end && /\s/.test(text[start] ?? "")) start += 1;
  while (end > start && /\s/.test(text[end - 1] ?? "")) end -= 1;
  return end > start ? { start, end } : undefined;
}

/** In order of their kind: links first, then what stands in the text. */
export function* itemsIn(block: Block, finder: Finder, rules: NumberRules, ignored: ReadonlySet<string>): Generator<Item> {
  const taken: Span[] = [];
  yield* linkItems(block, rules, ignored, taken);
  let near: ReturnType<typeof outside> | undefined;
  const options = { breaks: block.starts.slice(1), outside: () => (near ??= outside(block)) };
  for (const { start, end, ...number } of finder.each(block.text, options)) {
    if (taken.some((span) => span.start < end && start < span.end)) continue;
    const text = block.text.slice(start, end);
    const place = placeOf(block, start, end);
    if (place && !(ignored.size > 0 && ignored.has(ignoredKey(text)))) yield { ...number, place, text };
  }
}
