/** The text of a page in the pieces that a person reads as one: a paragraph, a cell, with whatever is bold or a link inside of it. */

import { anyDigit, hardBreak } from "../numbers/index.ts";
import { skipped } from "./skip.ts";

export interface Block {
  kind: "block";
  text: string;
  nodes: Text[];
  /** Where in `text` each of `nodes` begins. */
  starts: number[];
  /** The tel: links in it, as [first node's index, last node's index + 1). */
  links: { link: Element; from: number; to: number }[];
}

/** What a walk meets: a block with digits in it, an open shadow root, a custom element that may get one later, or nothing for a while. */
export type Met = Block | { kind: "root"; root: ShadowRoot } | { kind: "later"; element: Element } | { kind: "breath" };

const inline = new Set(
  (
    "a abbr acronym b bdi bdo big cite data del dfn em font i ins label mark nobr q rp rt ruby s slot small span strike strong sub " +
    "sup time tt u var wbr"
  ).split(" "),
);

/** So many nodes are walked between two looks at the clock. */
const breath = 64;
/** A block longer than this is cut at a node. */
const longestBlock = 20_000;

export function isInline(element: Element): boolean {
  return inline.has(element.localName);
}

export function isTelLink(element: Element): boolean {
  return element.localName === "a" && /^\s*tel:/i.test(element.getAttribute("href") ?? "");
}

class Gathering {
  private nodes: Text[] = [];
  private links: Block["links"] = [];
  private open: { link: Element; from: number } | undefined;
  private breaksBefore = new Set<number>();
  private wanted = false;
  private length = 0;

  add(node: Text): void {
    this.nodes.push(node);
    const { data } = node;
    this.length += data.length;
    this.wanted ||= anyDigit.test(data);
  }

  lineBreak(): void {
    this.breaksBefore.add(this.nodes.length);
  }

  enterLink(link: Element): void {
    this.open = { link, from: this.nodes.length };
    this.wanted = true;
  }

  leaveLink(link: Element): void {
    if (this.open?.link === link) this.closeLink();
  }

  private closeLink(): void {
    if (this.open) this.links.push({ ...this.open, to: this.nodes.length });
    this.open = undefined;
  }

  get full(): boolean {
    return this.length > longestBlock;
  }

  /** What was gathered, where there is something to find in it; and begins anew. */
  take(): Block | undefined {
    this.closeLink();
    const block = this.wanted && this.nodes.length + this.links.length > 0 ? this.block() : undefined;
    if (this.nodes.length > 0 || this.wanted) {
      this.nodes = [];
      this.links = [];
      this.wanted = false;
      this.length = 0;
    }
    if (this.breaksBefore.size > 0) this.breaksBefore = new Set();
    return block;
  }

  private block(): Block {
    let text = "";
    const starts = this.nodes.map((node, i) => {
      if (this.breaksBefore.has(i)) text += hardBreak;
      const start = text.length;
      text += node.data;
      return start;
    });
    return { kind: "block", text, nodes: this.nodes, starts, links: this.links };
  }
}

/**
 * Walks `root` and what is in it. The page may change while the walk rests at a yield; where that pulls the ground from under it, `lost` is
 * called and the walk ends. `visit` hears of every text.
 */
export function* walk(root: Node, lost: () => void, visit: (node: Text) => void = () => undefined): Generator<Met> {
  const gathering = new Gathering();
  let node: Node | null = root;
  let count = 0;
  while (node !== null) {
    let down = false;
    if (node.nodeType === Node.TEXT_NODE) {
      visit(node as Text);
      gathering.add(node as Text);
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      down = yield* entered(node as Element, gathering);
    } else down = node === root;
    count += 1;
    if (count % breath === 0) yield { kind: "breath" };
    if (!root.contains(node)) return lost();
    const next: Node | null = down ? node.firstChild : null;
    node = next ?? (yield* onwards(node, root, gathering));
  }
  yield* flushed(gathering);
}

function* flushed(gathering: Gathering): Generator<Met> {
  const block = gathering.take();
  if (block) yield block;
}

function* entered(element: Element, gathering: Gathering): Generator<Met, boolean> {
  if (element.localName === "br") {
    gathering.lineBreak();
    return false;
  }
  if (skipped(element)) {
    // Even a skipped word stands between what is before and behind it.
    if (inline.has(element.localName) || element.localName === "code") gathering.lineBreak();
    else yield* flushed(gathering);
    return false;
  }
  if (!inline.has(element.localName) || gathering.full) yield* flushed(gathering);
  if (isTelLink(element)) gathering.enterLink(element);
  if (element.shadowRoot) yield { kind: "root", root: element.shadowRoot };
  else if (element.localName.includes("-")) yield { kind: "later", element };
  return true;
}

/** The node after `node` that is not in it, with the ends of elements on the way. */
function* onwards(node: Node, root: Node, gathering: Gathering): Generator<Met, Node | null> {
  let at: Node = node;
  for (;;) {
    if (at.nodeType === Node.ELEMENT_NODE) {
      const element = at as Element;
      if (!inline.has(element.localName) && element.localName !== "br") yield* flushed(gathering);
      else gathering.leaveLink(element);
    }
    if (at === root) return null;
    if (at.nextSibling) return at.nextSibling;
    const parent: Node | null = at.parentNode;
    if (!parent) return null;
    at = parent;
  }
}

/** The block that `node` is part of: what has to be read again when it changes. */
export function blockOf(node: Node): Node {
  let at: Node = node;
  while (at.parentNode && (at.nodeType !== Node.ELEMENT_NODE || inline.has((at as Element).localName))) at = at.parentNode;
  return at;
}
