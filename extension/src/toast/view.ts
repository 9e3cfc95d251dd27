/** The corner of the page in which calls are shown. */
import { isOver, type CallView } from "../messages.ts";
import { Card } from "../ui/card.ts";
import cardCss from "../ui/card.css";
import type { Act } from "../ui/describe.ts";
import { h } from "../ui/dom.ts";
import { Pane } from "../ui/pane.ts";
import themeCss from "../ui/theme.css";
import type { Words } from "../words/index.ts";
import toastCss from "./toast.css";

/** What ended as it should goes by itself after this time; what needs to be read stays. Both wait while pointed at, or gone to by keyboard. */
const SHOWN_AFTER_END = 8000;
const MOST_CARDS = 3;

/** So often it is looked at whether they can be seen, in milliseconds. */
const LOOKING = 250;
/** They are hidden where they could not be seen for so long, or were laid hands on so often. */
const HIDDEN_AFTER = 1500;
const MOST_DISTURBANCES = 3;

export class Toasts {
  readonly #list = h("div", { class: "toasts" });
  readonly #cards = new Map<string, Card>();
  readonly #closed = new Set<string>();
  /** The newest call is the lowest, and so never outside of a small window. */
  readonly #pane = new Pane({
    css: themeCss + cardCss + toastCss,
    content: this.#list,
    style: { inset: "auto 16px 16px auto", width: "340px", "max-width": "calc(100vw - 32px)" },
    target: () => this.#list.lastElementChild,
    grows: true,
    every: LOOKING,
    looked: () => this.#looked(),
  });
  #ticking: ReturnType<typeof setInterval> | undefined;
  #unseenSince: number | undefined;

  constructor(
    private readonly words: () => Words,
    private readonly act: (act: Act | "unseen", call: CallView) => void,
    private readonly dismiss: (call: CallView) => void,
    private readonly hidden: () => void,
  ) {}

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
    const card = new Card(call, this.words(), (act, shown) => this.#acted(act, shown), (shown) => this.#close(shown));
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

  #place(): void {
    if (this.#cards.size > 0) this.#pane.show();
    else this.#pane.hide();
  }

  /** What ends a call is done at once, whoever hides it; what makes one has to be seen. */
  #acted(act: Act, call: CallView): void {
    const { sight } = this.#pane;
    if (act !== "again" || sight.lasting) this.act(act, call);
    else if (sight.hidden) this.act("unseen", call);
  }

  #looked(): void {
    const { sight } = this.#pane;
    const now = performance.now();
    if (document.visibilityState !== "visible" || sight.now) this.#unseenSince = undefined;
    else this.#unseenSince ??= now;
    if (now - (this.#unseenSince ?? now) < HIDDEN_AFTER && this.#pane.disturbances < MOST_DISTURBANCES) return;
    this.#unseenSince = now;
    this.#pane.disturbances = 0;
    this.hidden();
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
