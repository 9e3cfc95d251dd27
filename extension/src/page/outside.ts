/** What stands around a block and names what is in it: the term of a definition, the cell to the left, the head of the column. */

import type { Block } from "./blocks.ts";
import { isInline } from "./blocks.ts";

const longestLabel = 60;
const farthest = 24;

export interface Outside {
  before: string;
  header: string;
}

function textOf(node: Node | null | undefined): string {
  const text = node?.textContent ?? "";
  return text.length > 4 * longestLabel ? "" : text.replace(/\s+/g, " ").trim();
}

function short(text: string): string {
  return text.length <= longestLabel ? text : "";
}

/** Only a row of heads names its columns: the first row of the table, or those in thead. */
function headerOf(cell: Element, row: Element): string {
  const table = row.closest("table,[role=table],[role=grid]");
  const first = table?.querySelector("thead tr:last-of-type, tr, [role=row]");
  if (!first || first === row) return "";
  const at = [...row.children].indexOf(cell);
  const head = first.children[at];
  const isHead =
    head !== undefined &&
    (head.localName === "th" || head.getAttribute("role") === "columnheader" || first.parentElement?.localName === "thead");
  return isHead ? short(textOf(head)) : "";
}

function previousText(from: Node, limit: Node | null): string {
  let at: Node = from;
  for (let steps = 0; steps < farthest; steps += 1) {
    let previous: Node | null = at.previousSibling;
    if (!previous) {
      const parent: Node | null = at.parentNode;
      if (!parent || parent === limit) return "";
      at = parent;
      continue;
    }
    const text = textOf(previous);
    if (text !== "") return short(text);
    if ((previous.textContent ?? "").length > longestLabel) return "";
    at = previous;
    previous = null;
  }
  return "";
}

/** Walks up from the block's first text to the element that is the block. */
function edge(block: Block): Node | undefined {
  let at: Node | undefined = block.nodes[0];
  while (at?.parentNode instanceof Element && isInline(at.parentNode)) at = at.parentNode;
  return at;
}

export function outside(block: Block): Outside {
  const from = edge(block);
  if (!from) return { before: "", header: "" };
  const holder = from.parentElement;
  const cell = holder?.closest("td,th,[role=cell],[role=gridcell]") ?? null;
  const row = cell?.parentElement ?? null;
  return { before: previousText(from, row), header: cell && row ? headerOf(cell, row) : "" };
}
