/** The small call button beside a number. It is in the page only while it is shown, outside of the body and in a closed shadow root. */

import { h, HANDSET, icon } from "../ui/dom.ts";
import { Pane } from "../ui/pane.ts";
import themeCss from "../ui/theme.css";
import type { Words } from "../words/index.ts";
import buttonCss from "./button.css";

export interface Shown {
  display: string;
  extension?: string;
}

export interface Actions {
  call(): void;
  /** It was clicked, and cannot have been seen. */
  unseen(): void;
  notANumber(): void;
  /** -1 for the number before this one, 1 for the next. */
  step(direction: -1 | 1): void;
  /** The pointer came upon it, or left it. */
  held(held: boolean): void;
  /** The focus left it, or Escape was pressed. */
  left(): void;
}

const NOT =
  "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm0 2c1.85 0 3.55.63 4.9 1.69L5.69 16.9A8 8 0 0 1 12 4Zm0 16a7.95 7.95 0 0 1-4.9-1.69L18.31 7.1A8 8 0 0 1 12 20Z";

const margin = 4;

/** So often it is looked at whether it can be seen, in milliseconds. */
const looking = 50;

export class Button {
  private readonly callButton = h("button", { type: "button", class: "call" });
  private readonly notButton = h("button", { type: "button", class: "not" }, icon(NOT));
  private readonly bar = h("div", { class: "bar", role: "group" }, this.callButton, this.notButton);
  private readonly pane = new Pane({ css: themeCss + buttonCss, content: this.bar, target: () => this.bar, every: looking });
  private before: Element | null = null;

  constructor(
    private readonly words: () => Words,
    private readonly actions: Actions,
  ) {
    const { host, root } = this.pane;
    this.callButton.addEventListener("click", (event) => this.clicked(event));
    this.notButton.addEventListener("click", (event) => event.isTrusted && this.pane.sight.lasting && this.actions.notANumber());
    host.addEventListener("pointerenter", (event) => event.isTrusted && this.actions.held(true));
    host.addEventListener("pointerleave", (event) => event.isTrusted && this.actions.held(false));
    root.addEventListener("keydown", (event) => this.key(event as KeyboardEvent));
    this.bar.addEventListener("focusout", (event) => {
      if (!this.bar.contains(event.relatedTarget as Node | null)) this.actions.left();
    });
    // A press would take the focus, and with it the selection, from where it is in the page.
    root.addEventListener("mousedown", (event) => event.preventDefault());
  }

  /** Who has not seen it cannot have meant it. */
  private clicked(event: Event): void {
    if (!event.isTrusted) return;
    const { sight } = this.pane;
    if (sight.lasting) this.actions.call();
    else if (sight.hidden) this.actions.unseen();
  }

  private key(event: KeyboardEvent): void {
    if (!event.isTrusted) return;
    const steps: Record<string, -1 | 1> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    const step = steps[event.key];
    if (event.key === "Escape") {
      event.preventDefault();
      this.giveBack();
      this.actions.left();
    } else if (step !== undefined) {
      event.preventDefault();
      this.actions.step(step);
    }
  }

  get isShown(): boolean {
    return this.pane.isShown;
  }

  get hasFocus(): boolean {
    return this.isShown && this.pane.hasFocus;
  }

  owns(target: EventTarget | null): boolean {
    return target === this.pane.host;
  }

  /** Above the rectangle, or below it where there is no room. */
  show(number: Shown, at: DOMRect, beside: Node): void {
    const { button } = this.words();
    const text = number.extension ? `${number.display} ext. ${number.extension}` : number.display;
    this.callButton.replaceChildren(icon(HANDSET), h("span", {}, text));
    this.callButton.setAttribute("aria-label", button.call(text));
    this.bar.setAttribute("aria-label", button.group(text));
    this.notButton.setAttribute("aria-label", button.notANumber);
    this.notButton.title = button.notANumber;
    this.pane.show(beside);
    const { width, height } = this.bar.getBoundingClientRect();
    const left = Math.max(margin, Math.min(at.left, document.documentElement.clientWidth - width - margin));
    const top = at.top >= height + margin ? at.top - height : at.bottom;
    this.pane.setStyle({ left: `${String(Math.round(left))}px`, top: `${String(Math.round(top))}px` });
    this.pane.sight.begin();
  }

  focus(): void {
    if (!this.hasFocus) this.before = document.activeElement;
    this.callButton.focus({ preventScroll: true });
  }

  /** The focus goes back to where it was. */
  giveBack(): void {
    const { before } = this;
    this.before = null;
    if (this.hasFocus && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  }

  hide(): void {
    if (this.isShown) this.pane.hide();
  }
}
