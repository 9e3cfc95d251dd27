/** Reads the page in slices of idle time, a little at a time and only what is new. */

import { walk, type Met } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import { Budget } from "./budget.ts";
import type { Item } from "./items.ts";
import { insideSkipped } from "./skip.ts";

/** A slice ends after so many milliseconds; the longest step in it is added to that. */
const slice = 8;
/** With more places than this to look at, the whole page is one. */
const mostPlaces = 300;
/** Where a page is never idle, or the browser does not say so. */
const latest = 300;

export interface Reader {
  /** Numbers of a block; nothing where it is not known yet what to look for. */
  items(block: Block): Generator<Item>;
  found(item: Item): void;
  /** This text is being read anew. */
  reread(node: Text): void;
  root(root: ShadowRoot): void;
  later(element: Element): void;
  /** Settings are there, so that `items` knows what to look for. Asked for with the first block that has digits in it. */
  ready(): Promise<boolean>;
}

interface Deadline {
  didTimeout: boolean;
  timeRemaining(): number;
}

const idle: (call: (deadline: Deadline) => void) => void =
  typeof requestIdleCallback === "function"
    ? (call) => void requestIdleCallback(call, { timeout: latest })
    : (call) => void setTimeout(() => call({ didTimeout: true, timeRemaining: () => 0 }), 50);

export class Scanner {
  private readonly places = new Set<Node>();
  private work: Generator<undefined> | undefined;
  private waiting = false;
  private stopped = false;
  private readonly budget = new Budget(performance.now());
  private prepared: "no" | "asked" | "yes" = "no";

  constructor(private readonly reader: Reader) {}

  /** Look at `place` and what is in it, soon. */
  add(place: Node): void {
    if (this.stopped) return;
    if (this.places.size >= mostPlaces) {
      this.places.clear();
      this.places.add(document.documentElement);
    }
    this.places.add(place);
    this.schedule();
  }

  stop(): void {
    this.stopped = true;
    this.places.clear();
    this.work = undefined;
  }

  private get asking(): boolean {
    return this.prepared === "asked";
  }

  private schedule(): void {
    if (this.waiting || this.stopped || this.asking) return;
    this.waiting = true;
    const wait = this.budget.wait(performance.now());
    const next = (): void => idle((deadline) => this.run(deadline));
    if (wait > 0) setTimeout(next, wait);
    else next();
  }

  private run(deadline: Deadline): void {
    this.waiting = false;
    const began = performance.now();
    const length = deadline.didTimeout ? slice : Math.min(slice, Math.max(deadline.timeRemaining() - 1, 2));
    let more = true;
    while (more && !this.stopped && performance.now() - began < length) more = this.step();
    const ended = performance.now();
    this.budget.spend(ended - began, ended);
    if (more) this.schedule();
  }

  /** False where there is nothing to do, or not yet. */
  private step(): boolean {
    if (this.asking) return false;
    if (!this.work) {
      const place = this.next();
      if (!place) return false;
      this.work = this.read(place);
    }
    if (this.advance(this.work)) this.work = undefined;
    if (this.asking) return false;
    return this.work !== undefined || this.places.size > 0;
  }

  /** Whether it came to its end. Pages redefine what they like: what throws is left alone, and the rest is read. */
  private advance(work: Generator<undefined>): boolean {
    try {
      return work.next().done === true;
    } catch {
      return true;
    }
  }

  private next(): Node | undefined {
    for (const place of this.places) {
      this.places.delete(place);
      if (place.isConnected && !this.covered(place) && !insideSkipped(place)) return place;
    }
    return undefined;
  }

  /** It will be read with something that it is in. */
  private covered(place: Node): boolean {
    for (const other of this.places) if (other.contains(place)) return true;
    return false;
  }

  private *read(place: Node): Generator<undefined> {
    const lost = (): void => {
      // What was read from went away in the meantime. Whatever is there now has to be read.
      if (place.isConnected) this.places.add(place);
    };
    for (const met of walk(place, lost, (node) => this.reader.reread(node))) {
      if (met.kind === "block" && this.prepared === "no") {
        this.prepare(place);
        return;
      }
      yield* this.meet(met);
    }
  }

  private *meet(met: Met): Generator<undefined> {
    if (met.kind === "root") this.reader.root(met.root);
    else if (met.kind === "later") this.reader.later(met.element);
    else if (met.kind === "block") {
      for (const item of this.reader.items(met)) {
        // Between two slices the text may have become another one: a change of it is on its way here.
        if (!item.place.start.isConnected || !item.place.end.isConnected) break;
        this.reader.found(item);
        yield undefined;
      }
    }
    yield undefined;
  }

  /** There is something to look for: now it pays to ask what. */
  private prepare(place: Node): void {
    this.places.add(place);
    this.prepared = "asked";
    void this.reader.ready().then((wanted) => {
      this.prepared = "yes";
      if (wanted) this.schedule();
      else this.stop();
    });
  }
}
