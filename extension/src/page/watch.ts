/** Tells what changed in the page, gathered over a short while: some pages change all the time. */

import { ours } from "../ui/cover.ts";
import { blockOf } from "./blocks.ts";

const gathering = 200;
/** More changes than this in one go, and the whole page is looked at again. */
const mostChanges = 2000;

export interface Changes {
  text(node: Text): void;
  removed(): void;
  /** Read this anew. */
  place(node: Node): void;
  /** Nothing in here may be kept: it became an editor, or stopped to be one. */
  turned(element: Element): void;
}

const options: MutationObserverInit = {
  subtree: true,
  childList: true,
  characterData: true,
  attributes: true,
  attributeFilter: ["contenteditable", "href"],
};

export class Watch {
  private records: MutationRecord[] = [];
  private overflown = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly observer = new MutationObserver((records) => this.gather(records));

  constructor(private readonly changes: Changes) {}

  observe(root: Node): void {
    this.observer.observe(root, options);
  }

  stop(): void {
    this.observer.disconnect();
    clearTimeout(this.timer);
    this.timer = undefined;
    this.records = [];
  }

  private gather(records: MutationRecord[]): void {
    if (this.records.length + records.length > mostChanges) {
      this.overflown = true;
      this.records = [];
    }
    if (!this.overflown) this.records.push(...records);
    this.timer ??= setTimeout(() => this.tell(), gathering);
  }

  private tell(): void {
    this.timer = undefined;
    const { records, overflown } = this;
    this.records = [];
    this.overflown = false;
    if (overflown) {
      this.changes.removed();
      this.changes.place(document.documentElement);
      return;
    }
    const places = new Set<Node>();
    let removed = false;
    for (const record of records) {
      if (record.removedNodes.length > 0) removed = true;
      this.one(record, places);
    }
    if (removed) this.changes.removed();
    for (const place of places) if (place.isConnected) this.changes.place(place);
  }

  private one(record: MutationRecord, places: Set<Node>): void {
    const { target } = record;
    if (record.type === "characterData") {
      if (target.nodeType !== Node.TEXT_NODE) return;
      this.changes.text(target as Text);
      places.add(blockOf(target));
    } else if (record.type === "attributes") {
      if (record.attributeName === "contenteditable") this.changes.turned(target as Element);
      places.add(blockOf(target));
    } else {
      for (const node of record.addedNodes) if (meaningful(node)) places.add(blockOf(node));
      // Two texts that were apart may be one line now.
      if ([...record.removedNodes].some(meaningful) && target.hasChildNodes()) places.add(blockOf(target.lastChild ?? target));
    }
  }
}

function meaningful(node: Node): boolean {
  if (ours.has(node)) return false;
  return node.nodeType === Node.TEXT_NODE || node.nodeType === Node.ELEMENT_NODE;
}
