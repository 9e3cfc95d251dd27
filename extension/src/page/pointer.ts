/** Where the pointer rests. Listens, and never stands in the way of the page's own listeners. */

/** The pointer is looked at so often at most. */
const every = 40;

export interface Pointed {
  /** The innermost element under the pointer, shadow roots included. */
  at(target: Element, x: number, y: number): void;
  /** It is nowhere in this frame. */
  away(): void;
  /** The page moved under it. */
  moved(): void;
}

export class Pointer {
  private latest: MouseEvent | undefined;
  private target: EventTarget | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly ending = new AbortController();

  constructor(private readonly pointed: Pointed) {
    const { signal } = this.ending;
    const options = { capture: true, passive: true, signal };
    window.addEventListener("mousemove", (event) => this.move(event), options);
    window.addEventListener("scroll", () => pointed.moved(), options);
    window.addEventListener("resize", () => pointed.moved(), options);
    document.documentElement.addEventListener("mouseleave", () => pointed.away(), { passive: true, signal });
  }

  private move(event: MouseEvent): void {
    if (!event.isTrusted) return;
    this.latest = event;
    // Gone once the event was handed out.
    this.target = event.composedPath()[0];
    this.timer ??= setTimeout(() => this.look(), every);
  }

  private look(): void {
    this.timer = undefined;
    const { latest, target } = this;
    if (latest && latest.buttons === 0 && target instanceof Element && target.isConnected)
      this.pointed.at(target, latest.clientX, latest.clientY);
  }

  stop(): void {
    this.ending.abort();
    clearTimeout(this.timer);
  }
}
