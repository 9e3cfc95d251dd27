/** The corner of the page in which calls are shown: one host element over everything else, whose inside no page can see. */
import { isOver, type CallView } from "../messages.ts";
import { Card } from "../ui/card.ts";
import cardCss from "../ui/card.css";
import type { Act } from "../ui/describe.ts";
import { h } from "../ui/dom.ts";
import { dress } from "../ui/sheet.ts";
import themeCss from "../ui/theme.css";
import type { Words } from "../words/index.ts";
import toastCss from "./toast.css";

/** What ended as it should goes by itself after this time; what needs to be read stays. Both wait while pointed at, or gone to by keyboard. */
const SHOWN_AFTER_END = 8000;
const MOST_CARDS = 3;

const HOST_STYLE: Record<string, string> = {
  all: "initial",
  position: "fixed",
  inset: "auto 16px 16px auto",
  width: "340px",
  "max-width": "calc(100vw - 32px)",
  margin: "0",
  padding: "0",
  border: "0",
  background: "transparent",
  overflow: "visible",
  "z-index": "2147483647",
};

export class Toasts {
  readonly #host: HTMLElement;
  readonly #list = h("div", { class: "toasts" });
  readonly #cards = new Map<string, Card>();
  readonly #closed = new Set<string>();
  #ticking: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly words: () => Words,
    private readonly act: (act: Act, call: CallView) => void,
    private readonly dismiss: (call: CallView) => void,
  ) {
    this.#host = document.createElement("div");
    for (const [name, value] of Object.entries(HOST_STYLE)) this.#host.style.setProperty(name, value, "important");
    const root = this.#host.attachShadow({ mode: "closed" });
    dress(root, themeCss + cardCss + toastCss);
    root.append(this.#list);
    // What happens in here is nobody's business: no page hears of keys and clicks on a toast.
    for (const type of ["click", "mousedown", "mouseup", "pointerdown", "pointerup", "keydown", "keyup", "keypress"]) {
      root.addEventListener(type, (event) => event.stopPropagation());
    }
  }

  /** All calls of this tab, newest first. */
  show(calls: CallView[]): void {
    const now = Date.now();
    const wanted = calls.filter(({ id }) => !this.#closed.has(id)).slice(0, MOST_CARDS);
    for (const [id, card] of this.#cards) {
      if (wanted.some((call) => call.id === id)) continue;
      card.element.remove();
      this.#cards.delete(id);
    }
    for (const call of wanted) {
      const known = this.#cards.get(call.id);
      const card = known ?? this.#add(call);
      const ended = known && !isOver(known.call.phase) && isOver(call.phase);
      card.update(call, now);
      if (ended || (!known && isOver(call.phase))) this.#closeLater(card, SHOWN_AFTER_END);
    }
    this.#place();
    this.#tick();
  }

  /** The newest call that can still be undone. */
  undoable(): CallView | undefined {
    return [...this.#cards.values()].map((card) => card.call).find((call) => call.phase === "undo");
  }

  get calls(): CallView[] {
    return [...this.#cards.values()].map((card) => card.call);
  }

  #add(call: CallView): Card {
    const card = new Card(call, this.words(), this.act, (shown) => this.#close(shown));
    this.#cards.set(call.id, card);
    this.#list.append(card.element);
    return card;
  }

  #close(call: CallView): void {
    this.#closed.add(call.id);
    if (isOver(call.phase)) this.dismiss(call);
    this.show(this.calls);
  }

  #closeLater(card: Card, delay: number): void {
    setTimeout(() => {
      const { call, element } = card;
      if (this.#cards.get(call.id) !== card || !isOver(call.phase) || element.dataset["tone"] === "bad") return;
      if (element.matches(":hover, :has(:focus-visible)")) this.#closeLater(card, 2000);
      else this.#close(call);
    }, delay);
  }

  /** Over everything, a modal dialogue included: in the top layer. A page that removed it gets it back with the next change. */
  #place(): void {
    if (this.#cards.size === 0) {
      this.#host.remove();
      return;
    }
    if (this.#host.isConnected) return;
    this.#host.setAttribute("popover", "manual");
    document.documentElement.append(this.#host);
    try {
      this.#host.showPopover();
    } catch {
      this.#host.removeAttribute("popover");
    }
  }

  #tick(): void {
    const ticks = [...this.#cards.values()].some((card) => card.ticks());
    if (!ticks) {
      clearInterval(this.#ticking);
      this.#ticking = undefined;
    } else {
      this.#ticking ??= setInterval(() => {
        for (const card of this.#cards.values()) if (card.ticks()) card.update(card.call, Date.now());
      }, 500);
    }
  }
}
