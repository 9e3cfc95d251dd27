/** The small call button beside a number. It is in the page only while it is shown, outside of the body and in a closed shadow root. */

import { h, HANDSET, icon } from "../ui/dom.ts";
import { dress } from "../ui/sheet.ts";
import themeCss from "../ui/theme.css";
import type { Words } from "../words/index.ts";
import buttonCss from "./button.css";

export interface Shown {
  display: string;
  extension?: string;
}

export interface Actions {
  call(): void;
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

/** A page could move a number under a pointer that is just about to click: who has not seen the button cannot have meant it. */
const seen = 250;
const margin = 4;

const hostStyle: Record<string, string> = {
  all: "initial",
  position: "fixed",
  inset: "auto",
  margin: "0",
  padding: "0",
  border: "0",
  background: "transparent",
  overflow: "visible",
  "z-index": "2147483647",
};

export class Button {
  private readonly host = document.createElement("div");
  private readonly callButton = h("button", { type: "button", class: "call" });
  private readonly notButton = h("button", { type: "button", class: "not" }, icon(NOT));
  private readonly bar = h("div", { class: "bar", role: "group" }, this.callButton, this.notButton);
  private shownAt = 0;
  private before: Element | null = null;

  constructor(
    private readonly words: () => Words,
    private readonly actions: Actions,
  ) {
    for (const [name, value] of Object.entries(hostStyle)) this.host.style.setProperty(name, value, "important");
    const root = this.host.attachShadow({ mode: "closed" });
    dress(root, themeCss + buttonCss);
    root.append(this.bar);
    this.listen(root);
  }

  private listen(root: ShadowRoot): void {
    const meant = (event: Event): boolean => event.isTrusted && performance.now() - this.shownAt >= seen;
    this.callButton.addEventListener("click", (event) => meant(event) && this.actions.call());
    this.notButton.addEventListener("click", (event) => meant(event) && this.actions.notANumber());
    this.host.addEventListener("pointerenter", () => this.actions.held(true));
    this.host.addEventListener("pointerleave", () => this.actions.held(false));
    root.addEventListener("keydown", (event) => this.key(event as KeyboardEvent));
    this.bar.addEventListener("focusout", (event) => {
      if (!this.bar.contains(event.relatedTarget as Node | null)) this.actions.left();
    });
    // A press would take the focus, and with it the selection, from where it is in the page.
    root.addEventListener("mousedown", (event) => event.preventDefault());
    // What happens in here is nobody's business.
    for (const type of ["click", "mousedown", "mouseup", "pointerdown", "pointerup", "keydown", "keyup", "keypress", "contextmenu"]) {
      root.addEventListener(type, (event) => event.stopPropagation());
    }
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
    return this.host.isConnected;
  }

  get hasFocus(): boolean {
    return this.isShown && document.activeElement === this.host;
  }

  owns(target: EventTarget | null): boolean {
    return target === this.host;
  }

  /** Above the rectangle, or below it where there is no room. */
  show(number: Shown, at: DOMRect): void {
    const { button } = this.words();
    const text = number.extension ? `${number.display} ext. ${number.extension}` : number.display;
    this.callButton.replaceChildren(icon(HANDSET), h("span", {}, text));
    this.callButton.setAttribute("aria-label", button.call(text));
    this.bar.setAttribute("aria-label", button.group(text));
    this.notButton.setAttribute("aria-label", button.notANumber);
    this.notButton.title = button.notANumber;
    if (!this.isShown) this.place();
    this.shownAt = performance.now();
    const { width, height } = this.bar.getBoundingClientRect();
    const left = Math.max(margin, Math.min(at.left, document.documentElement.clientWidth - width - margin));
    const top = at.top >= height + margin ? at.top - height : at.bottom;
    this.host.style.setProperty("left", `${String(Math.round(left))}px`, "important");
    this.host.style.setProperty("top", `${String(Math.round(top))}px`, "important");
  }

  /** In the top layer, so that no stacking of the page is over it. */
  private place(): void {
    this.host.setAttribute("popover", "manual");
    document.documentElement.append(this.host);
    try {
      this.host.showPopover();
    } catch {
      this.host.removeAttribute("popover");
    }
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
    if (this.isShown) this.host.remove();
  }
}
