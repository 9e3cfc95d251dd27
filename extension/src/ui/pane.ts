/**
 * Where something of ours is shown in a page: one host element in the top layer, so that no stacking, opacity or transform of the page's is
 * over it or acts on it. No page can look into it, and what a page does to it from outside is undone and remembered.
 */
import { ours, topLayer } from "./cover.ts";
import { dress } from "./sheet.ts";
import { isWhole, Sight, zoomOf } from "./sight.ts";

const STYLE: Record<string, string> = {
  all: "initial",
  position: "fixed",
  inset: "auto",
  margin: "0",
  padding: "0",
  border: "0",
  background: "transparent",
  overflow: "visible",
  zoom: "1",
  "z-index": "2147483647",
};

const PRIVATE = ["click", "mousedown", "mouseup", "pointerdown", "pointerup", "keydown", "keyup", "keypress", "contextmenu"];

export interface PaneOptions {
  css: string;
  content: HTMLElement;
  /** Of the host, beside what every host has. */
  style?: Record<string, string>;
  /** What of the content has to be seen. */
  target(): Element | null;
  /** The content changes its size by itself. */
  grows?: boolean;
  /** So often the page is looked at while the pane is shown, in milliseconds. */
  every: number;
  looked?(): void;
}

export class Pane {
  readonly host = document.createElement("div");
  readonly root: ShadowRoot;
  readonly sight: Sight;
  /** How often the page laid hands on it since it was shown. */
  disturbances = 0;
  readonly #own: Record<string, string> = { ...STYLE };
  #style = "";
  #timer: ReturnType<typeof setInterval> | undefined;
  #under: Element[] = [];
  /** The modal dialogues of the page, in the order in which they were met. */
  #modals: Element[] = [];
  readonly #observer = new MutationObserver(() => this.#disturbed());

  constructor(private readonly options: PaneOptions) {
    ours.add(this.host);
    this.root = this.host.attachShadow({ mode: "closed" });
    dress(this.root, options.css);
    options.content.classList.add("ours");
    this.root.append(options.content);
    // What happens in here is nobody's business: no page hears of keys and clicks.
    for (const type of PRIVATE) this.root.addEventListener(type, (event) => event.stopPropagation());
    this.sight = new Sight(this.host, options.target, options.grows ?? false);
    this.setStyle(options.style ?? {});
  }

  get isShown(): boolean {
    return this.#timer !== undefined;
  }

  get hasFocus(): boolean {
    return this.root.activeElement !== null;
  }

  setStyle(style: Record<string, string>): void {
    Object.assign(this.#own, style);
    this.host.style.cssText = "";
    for (const [name, value] of Object.entries(this.#own)) this.host.style.setProperty(name, value, "important");
    this.#style = this.host.style.cssText;
    this.#observer.takeRecords();
  }

  /** @param beside what it belongs to: within a modal dialogue, as all outside of that is inert */
  show(beside: Node = this.host): void {
    const parent = this.#parent(beside);
    if (!this.isShown || !this.#isRight(parent)) this.#place(parent);
    if (this.isShown) return;
    this.disturbances = 0;
    this.sight.begin();
    this.#timer = setInterval(() => this.#look(), this.options.every);
  }

  hide(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.sight.end();
    this.#observer.disconnect();
    this.host.remove();
  }

  #place(parent: Element): void {
    this.#observer.disconnect();
    if (this.host.parentNode !== parent) {
      this.host.remove();
      parent.append(this.host);
    }
    for (const { name } of [...this.host.attributes]) if (name !== "style") this.host.removeAttribute(name);
    this.#rise();
    // The page's own zoom is not for us.
    this.setStyle({ zoom: "1" });
    const zoom = zoomOf(this.host);
    if (zoom !== 1) this.setStyle({ zoom: String(1 / zoom) });
    this.#observer.observe(this.host, { attributes: true });
  }

  /** To the top of the top layer. */
  #rise(): void {
    this.#under = topLayer();
    try {
      this.host.setAttribute("popover", "manual");
      if (this.host.matches(":popover-open")) this.host.hidePopover();
      this.host.showPopover();
    } catch {
      // Then it is not in the top layer, and counts as not seen.
    }
  }

  /** The topmost modal dialogue, else the document. What a person points at is never outside of it. */
  #parent(beside: Node): Element {
    const open = topLayer().filter((element) => element.matches("dialog:modal"));
    const opened = open.filter((one) => !this.#modals.includes(one));
    this.#modals = [...this.#modals.filter((one) => open.includes(one)), ...opened];
    const around = beside === this.host && opened.length > 0 ? undefined : modalAround(beside);
    return around ?? this.#modals.at(-1) ?? document.documentElement;
  }

  #isRight(parent: Node | null): boolean {
    const { host } = this;
    const same = host.style.cssText === this.#style && host.attributes.length === 2;
    return same && parent !== null && host.parentNode === parent && host.isConnected && host.matches(":popover-open");
  }

  #disturbed(): void {
    this.disturbances += 1;
    this.sight.disturb();
  }

  #look(): void {
    const parent = this.#parent(this.host);
    const overtaken = topLayer().some((element) => !this.#under.includes(element));
    if (!this.#isRight(this.host.parentNode)) {
      this.#disturbed();
      this.#place(parent);
    } else if (parent !== this.host.parentNode || (overtaken && !this.hasFocus) || !isWhole(this.host)) {
      this.sight.anew();
      this.#place(parent);
    }
    this.sight.look();
    this.options.looked?.();
  }
}

function modalAround(node: Node): Element | undefined {
  for (let at: Node | null = node; at; at = at.parentNode ?? (at instanceof ShadowRoot ? at.host : null)) {
    if (at instanceof HTMLDialogElement && at.matches(":modal")) return at;
  }
  return undefined;
}
