/** One call as a card: the number, its state in words, and what can be done. The toast and the popup show the same. */
import { isOver, type CallView } from "../messages.ts";
import type { Words } from "../words/index.ts";
import { describe, type Act, type Description } from "./describe.ts";
import { SEEN } from "./sight.ts";
import { CROSS, h, icon, say } from "./dom.ts";

export class Card {
  readonly element: HTMLElement;
  #call: CallView;
  #shown = "";
  readonly #number = h("p", { class: "number" });
  /** Both are there from the start: a live region that is born with its text is not read out. */
  readonly #status = h("span", { role: "status", class: "title" });
  readonly #alert = h("span", { role: "alert", class: "title" });
  readonly #timer = h("span", { role: "timer", class: "timer" });
  readonly #help = h("p", { class: "help" });
  readonly #bar = h("div", { class: "bar", "aria-hidden": "true" });
  readonly #actions = h("div", { class: "actions" });
  readonly #close: HTMLButtonElement;

  constructor(
    call: CallView,
    private readonly words: Words,
    private readonly act: (act: Act, call: CallView) => void,
    close: (call: CallView) => void,
  ) {
    this.#call = call;
    this.#close = h("button", { type: "button", class: "close", "aria-label": words.actions.dismiss, title: words.actions.dismiss }, icon(CROSS));
    this.#close.addEventListener("click", (event) => event.isTrusted && close(this.#call));
    this.element = h(
      "section",
      { class: "card", "aria-label": `${words.call.region}: ${call.display}` },
      this.#bar,
      h("div", { class: "head" }, this.#number, this.#close),
      h("p", { class: "state" }, this.#status, this.#alert, this.#timer),
      this.#help,
      this.#actions,
    );
  }

  get call(): CallView {
    return this.#call;
  }

  /** Called for each change, and every half second while something ticks. */
  update(call: CallView, now: number): void {
    this.#call = call;
    const said = describe(call, this.words, now);
    say(this.#number, call.display);
    say(this.#status, said.tone === "bad" ? "" : said.title);
    say(this.#alert, said.tone === "bad" ? said.title : "");
    say(this.#timer, said.timer ?? "");
    say(this.#help, said.help ?? "");
    this.#help.hidden = !said.help;
    this.element.dataset["tone"] = said.tone;
    this.element.dataset["phase"] = call.phase;
    if (call.undoUntil !== undefined) {
      this.#bar.style.animationDuration = `${call.undoUntil - call.createdAt}ms`;
      this.#bar.style.animationDelay = `${call.createdAt - now}ms`;
    }
    this.#buttons(said);
  }

  /** Buttons are made anew only when they are others, so that the focus stays where it is; where its button goes, it moves to the next best. */
  #buttons(said: Description): void {
    const key = JSON.stringify(said.actions);
    if (key === this.#shown) return;
    this.#shown = key;
    const root = this.element.getRootNode() as Document | ShadowRoot;
    const focused = root.activeElement !== null && this.#actions.contains(root.activeElement);
    const made = performance.now();
    this.#actions.replaceChildren(
      ...said.actions.map(({ act, label, disabled }, index) => {
        const button = h("button", { type: "button", class: index === 0 ? `act ${act}` : `act second ${act}` }, label);
        // Not the disabled attribute: that would throw the focus out of the card.
        if (disabled) button.setAttribute("aria-disabled", "true");
        // "Call again" comes where "Hang up" was: a click that was under way must not take it.
        const meant = () => act !== "again" || performance.now() - made >= SEEN;
        button.addEventListener("click", (event) => event.isTrusted && !disabled && meant() && this.act(act, this.#call));
        return button;
      }),
    );
    if (focused) ((this.#actions.firstElementChild as HTMLElement | null) ?? this.#close).focus();
  }

  /** Something on it changes by itself. */
  ticks(): boolean {
    return !isOver(this.#call.phase);
  }
}
