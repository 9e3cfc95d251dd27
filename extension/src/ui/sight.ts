/**
 * Whether a person can have seen something of ours in a page: there all the time, whole, in its own place and looks, with nothing over it.
 * Chromium says itself what lies over an element (IntersectionObserver's trackVisibility), frames around this one included; elsewhere it is
 * looked for.
 */
import { liesUnhittableOver } from "./cover.ts";

/** A page could bring something under a pointer that is just about to click: who has not seen it for so long cannot have meant it. */
export const SEEN = 250;
/** After this time something that still cannot be seen is hidden, and not only new. */
const SETTLED = 600;
/** The browser looks for what lies over an element no more often than this. */
const EVERY = 100;

/** What an element has that is shown as it is. */
const plain: Record<string, string> = {
  opacity: "1",
  visibility: "visible",
  "content-visibility": "visible",
  transform: "none",
  translate: "none",
  scale: "none",
  rotate: "none",
  perspective: "none",
  "offset-path": "none",
  filter: "none",
  "clip-path": "none",
  "mask-image": "none",
  "mix-blend-mode": "normal",
};

const browserKnows = typeof IntersectionObserverEntry === "function" && "isVisible" in IntersectionObserverEntry.prototype;

/** In a frame only the browser could say what its surroundings do to it. */
export const unproven = !browserKnows && window !== window.top;

export class Sight {
  #began = 0;
  #since: number | undefined;
  #box: DOMRect | undefined;
  #troubled = false;
  /** The browser's word, where it gives one. */
  #clear = !browserKnows;
  #observer: IntersectionObserver | undefined;

  /**
   * @param target what is to be seen of the host, now
   * @param grows its size is its own affair, and its place is held by the host
   */
  constructor(
    private readonly host: HTMLElement,
    private readonly target: () => Element | null,
    private readonly grows: boolean,
  ) {}

  begin(): void {
    this.end();
    this.#began = performance.now();
    this.#troubled = false;
    this.#box = this.target()?.getBoundingClientRect();
    if (!browserKnows) return this.look();
    const options: IntersectionObserverInit & { trackVisibility: boolean; delay: number } = { trackVisibility: true, delay: EVERY, threshold: [0, 0.5, 1] };
    this.#observer = new IntersectionObserver((entries) => {
      this.#clear = (entries.at(-1) as { isVisible?: boolean } | undefined)?.isVisible === true;
      this.look();
    }, options);
    this.#observer.observe(this.host);
  }

  end(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
    this.#clear = !browserKnows;
    this.#since = undefined;
    this.#box = undefined;
  }

  /** What was seen until now is not what is there now. */
  anew(): void {
    this.#since = undefined;
  }

  /** The page did something to it. */
  disturb(): void {
    this.#troubled = true;
    this.anew();
  }

  /** Called again and again while it is shown. */
  look(): void {
    const box = this.target()?.getBoundingClientRect();
    const moved = !this.grows && box !== undefined && (!this.#box || apart(box, this.#box));
    this.#box = box;
    if (!box || moved || !this.#clear || !this.#isPlain() || !this.#isOver(box)) this.#since = undefined;
    else this.#since ??= performance.now();
  }

  get now(): boolean {
    this.look();
    return this.#since !== undefined;
  }

  /** It was seen for long enough, and is. */
  get lasting(): boolean {
    return this.now && performance.now() - (this.#since ?? Infinity) >= SEEN;
  }

  /** It is not only new: something keeps it from being seen. */
  get hidden(): boolean {
    return !this.lasting && (this.#troubled || performance.now() - this.#began > SETTLED);
  }

  #isPlain(): boolean {
    if (!is(this.host, ":popover-open") || is(document.documentElement, ":active-view-transition")) return false;
    const style = getComputedStyle(this.host);
    // What a browser does not know is "".
    const changed = Object.entries(plain).some(([name, value]) => ![value, ""].includes(style.getPropertyValue(name)));
    return !changed && isWhole(this.host);
  }

  /** On the screen, and over everything there. */
  #isOver(box: DOMRect): boolean {
    const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
    const [right, bottom] = [Math.min(box.right, innerWidth), Math.min(box.bottom, innerHeight)];
    const [width, height] = [right - left, bottom - top];
    if (width < 16 || height < 16 || width * height < 0.75 * box.width * box.height) return false;
    const root = this.host.getRootNode() as Document | ShadowRoot;
    const inset = 4;
    const points: [number, number][] = [
      [left + width / 2, top + height / 2],
      [left + inset, top + inset],
      [right - inset, top + inset],
      [left + inset, bottom - inset],
      [right - inset, bottom - inset],
    ];
    if (points.some(([x, y]) => root.elementFromPoint(x, y) !== this.host)) return false;
    return browserKnows || !liesUnhittableOver(this.host, box);
  }
}

export function zoomOf(element: HTMLElement): number {
  return (element as { currentCSSZoom?: number }).currentCSSZoom ?? 1;
}

/** Neither enlarged nor made smaller by the page. */
export function isWhole(element: HTMLElement): boolean {
  return Math.abs(zoomOf(element) - 1) < 0.05;
}

function apart(a: DOMRect, b: DOMRect): boolean {
  return Math.max(Math.abs(a.left - b.left), Math.abs(a.top - b.top), Math.abs(a.width - b.width), Math.abs(a.height - b.height)) > 1;
}

/** Selectors that a browser does not know match nothing. */
function is(element: Element, selector: string): boolean {
  try {
    return element.matches(selector);
  } catch {
    return false;
  }
}
