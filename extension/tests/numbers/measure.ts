/** Puts a case of the corpus into a document, lets the extension's own walk and finder loose on it, and compares. */

import { JSDOM } from "jsdom";
import { createFinder } from "../../src/numbers/index.ts";
import { walk, type Met } from "../../src/page/blocks.ts";
import { itemsIn, type Item } from "../../src/page/items.ts";
import type { Case, Expected } from "./corpus.ts";

const { window } = new JSDOM("<!doctype html>");
Object.assign(globalThis, { Node: window.Node, Element: window.Element, ShadowRoot: window.ShadowRoot });

export interface Outcome {
  right: number;
  missed: string[];
  wrong: string[];
}

interface Mark {
  start: number;
  end: number;
  expected: Expected;
}

/** Takes the marks out of the document; places are counted in code units of its text. */
function unmarked(root: Node, test: Case): Mark[] {
  const marks: Mark[] = [];
  let length = 0;
  const texts = document(root);
  const walker = texts.createTreeWalker(root, window.NodeFilter.SHOW_TEXT);
  const open: Mark[] = [];
  for (let node = walker.nextNode() as Text | null; node !== null; node = walker.nextNode() as Text | null) {
    let kept = "";
    for (const unit of node.data) {
      if (unit === "\ue000") {
        const expected = test.numbers[marks.length];
        if (!expected) throw new Error(`${test.where}: a mark too many`);
        const mark = { start: length + kept.length, end: -1, expected };
        marks.push(mark);
        open.push(mark);
      } else if (unit === "\ue001") (open.pop() as Mark).end = length + kept.length;
      else if (unit !== "\ue002" && unit !== "\ue003") kept += unit;
    }
    node.data = kept;
    length += kept.length;
  }
  return marks;
}

const document = (root: Node): Document => root.ownerDocument as Document;

function placeIn(root: Node, wanted: Text, offset: number): number {
  let length = 0;
  const walker = document(root).createTreeWalker(root, window.NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode() as Text | null; node !== null && node !== wanted; node = walker.nextNode() as Text | null)
    length += node.length;
  return length + offset;
}

export function itemsOf(root: Node, country: string, extensions: string[]): Item[] {
  const rules = { country, extensions };
  const finder = createFinder(rules);
  const items: Item[] = [];
  const roots: Node[] = [root];
  for (let at = roots.pop(); at !== undefined; at = roots.pop()) {
    for (const met of walk(at, () => undefined) as Generator<Met>) {
      if (met.kind === "block") items.push(...itemsIn(met, finder, rules, new Set()));
      if (met.kind === "root") roots.push(met.root);
    }
  }
  return items;
}

export function measure(test: Case): Outcome {
  const root = window.document.createElement(test.html ? "div" : "p");
  if (test.html) root.innerHTML = test.source;
  else root.textContent = test.source;
  const marks = unmarked(root, test);
  const outcome: Outcome = { right: 0, missed: [], wrong: [] };
  const found = itemsOf(root, test.country, test.extensions).map((item) => ({
    item,
    start: placeIn(root, item.place.start, item.place.startOffset),
    end: placeIn(root, item.place.end, item.place.endOffset),
  }));
  for (const mark of marks) {
    const { dial, extension } = mark.expected;
    const hit = found.findIndex(
      ({ item, start, end }) => start === mark.start && end === mark.end && item.dial === dial && item.extension === extension,
    );
    if (hit < 0) outcome.missed.push(`${test.where} (${test.country || "no country"}): missed ${mark.expected.text} => ${dial}`);
    else {
      outcome.right += 1;
      found.splice(hit, 1);
    }
  }
  for (const { item } of found)
    outcome.wrong.push(
      `${test.where} (${test.country || "no country"}): took ${item.text} for ${item.dial}${item.extension ? ` ext ${item.extension}` : ""}`,
    );
  return outcome;
}
