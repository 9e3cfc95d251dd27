/** Offers to call the number that is pointed at or gone to by keyboard. */

import { askBackground, ignoredKey, type PageSettings } from "../messages.ts";
import { readTelUrl } from "../numbers/index.ts";
import { unproven } from "../ui/sight.ts";
import { words } from "../words/index.ts";
import { Button } from "./button.ts";
import { isTelLink } from "./blocks.ts";
import type { Item } from "./items.ts";
import type { Match, Numbers } from "./numbers.ts";
import { nextNumber } from "./order.ts";
import { Pointer } from "./pointer.ts";

/** The pointer has to rest a little: a button that jumps up wherever one passes is a nuisance. */
const rest = 120;
/** And one may stray from it on the way to the button. */
const stray = 350;
/** A second click of a double click finds the button still there. */
const doubleClick = 500;

interface Target extends Pick<Item, "dial" | "display" | "extension" | "text"> {
  match?: Match;
  link?: Element;
}

export class Offer {
  private current: Target | undefined;
  private coming: { target: Target; box: DOMRect; timer: ReturnType<typeof setTimeout> } | undefined;
  private leaving: ReturnType<typeof setTimeout> | undefined;
  private called = false;
  private held = false;
  private readonly pointer: Pointer;
  private readonly button: Button;

  constructor(
    private readonly numbers: Numbers,
    private readonly settings: () => PageSettings,
    private readonly ignored: (settings: PageSettings | undefined, text: string) => void,
  ) {
    this.button = new Button(() => words(settings().language), {
      call: () => this.call(false),
      unseen: () => this.call(true),
      notANumber: () => this.notANumber(),
      step: (direction) => this.next(direction),
      held: (held) => this.hold(held),
      left: () => this.hide(),
    });
    this.pointer = new Pointer({
      at: (target, x, y) => this.pointedAt(target, x, y),
      away: () => this.leave(),
      moved: () => !this.button.hasFocus && this.hide(),
    });
  }

  stop(): void {
    this.pointer.stop();
    this.hide();
  }

  private pointedAt(element: Element, x: number, y: number): void {
    if (this.button.owns(element) || this.button.hasFocus) return;
    const match = this.numbers.at(element, x, y);
    const target = match ? { ...match, match } : this.linkAt(element);
    if (!target) return this.leave();
    if (this.isCurrent(target)) return this.stay();
    if (this.coming && same(this.coming.target, target)) return;
    const boxes = match ? this.numbers.rectanglesOf(match) : [...(target.link?.getClientRects() ?? [])];
    const box = boxes.find((one) => x >= one.left && x <= one.right && y >= one.top && y <= one.bottom) ?? boxes[0];
    if (box) this.come(target, box);
  }

  /** A link need not have text, and is one also where it was not scanned yet. */
  private linkAt(element: Element): Target | undefined {
    const link = element.closest("a");
    if (!link || !isTelLink(link) || link.isContentEditable) return undefined;
    const settings = this.settings();
    const number = readTelUrl(link.getAttribute("href") ?? "", settings);
    if (!number || settings.ignored.includes(ignoredKey(number.dial))) return undefined;
    return { ...number, text: number.dial, link };
  }

  private isCurrent(target: Target): boolean {
    return this.button.isShown && this.current !== undefined && same(this.current, target);
  }

  private come(target: Target, box: DOMRect): void {
    this.forgetComing();
    const timer = setTimeout(() => {
      this.coming = undefined;
      this.show(target, box);
    }, rest);
    this.coming = { target, box, timer };
  }

  private forgetComing(): void {
    clearTimeout(this.coming?.timer);
    this.coming = undefined;
  }

  private show(target: Target, box: DOMRect): void {
    this.stay();
    this.current = target;
    this.called = false;
    this.button.show(target, box, target.link ?? target.match?.place.start ?? document);
  }

  private hold(held: boolean): void {
    this.held = held;
    if (held) this.stay();
    else this.leave();
  }

  private stay(): void {
    clearTimeout(this.leaving);
    this.leaving = undefined;
  }

  private leave(): void {
    this.forgetComing();
    if (!this.button.isShown || this.button.hasFocus || this.held) return;
    this.leaving ??= setTimeout(() => this.hide(), stray);
  }

  private hide(): void {
    this.forgetComing();
    this.stay();
    this.held = false;
    this.button.hide();
    this.current = undefined;
  }

  /** @param unseen nothing is called then, and it is said */
  private call(unseen: boolean): void {
    const { current } = this;
    if (!current || this.called) return;
    this.called = true;
    const display = current.extension ? `${current.display} ext. ${current.extension}` : current.display;
    void askBackground({ kind: "call", number: current.dial, display, unseen, unproven });
    setTimeout(() => {
      if (this.current !== current) return;
      this.button.giveBack();
      this.hide();
    }, doubleClick);
  }

  private notANumber(): void {
    const { current } = this;
    if (!current) return;
    const text = current.link ? current.dial : current.text;
    this.button.giveBack();
    this.hide();
    void askBackground({ kind: "notANumber", text }).then((settings) => this.ignored(settings, text));
  }

  /** To the next number, and the focus onto its button. False where there is none. */
  next(direction: -1 | 1): boolean {
    const match = nextNumber(this.numbers, this.button.hasFocus ? this.current?.match : undefined, direction);
    if (!match) return false;
    const holder = match.place.start.parentElement;
    let [box] = this.numbers.rectanglesOf(match);
    if (box && (box.top < 0 || box.bottom > innerHeight)) {
      holder?.scrollIntoView({ block: "center", behavior: "instant" });
      [box] = this.numbers.rectanglesOf(match);
    }
    if (!box) return false;
    this.show({ ...match, match }, box);
    this.button.focus();
    return true;
  }
}

function same(a: Target, b: Target): boolean {
  const [one, other] = [a.match?.place, b.match?.place];
  return a.dial === b.dial && a.link === b.link && one?.start === other?.start && one?.startOffset === other?.startOffset;
}
