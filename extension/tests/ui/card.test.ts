import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { JSDOM } from "jsdom";
import type { CallView } from "../../src/messages.ts";
import { en } from "../../src/words/en.ts";
import type { Act } from "../../src/ui/describe.ts";

const CALL: CallView = { id: "abc", number: "101", display: "101", phase: "sending", createdAt: 0 };
let Card: typeof import("../../src/ui/card.ts").Card;
let card: InstanceType<typeof Card>;
let acts: Act[];
let closed: number;

before(async () => {
  const { window } = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
  Object.assign(globalThis, { window, document: window.document, Node: window.Node, HTMLElement: window.HTMLElement });
  ({ Card } = await import("../../src/ui/card.ts"));
});
beforeEach(() => {
  acts = [];
  closed = 0;
  document.body.replaceChildren();
  card = new Card(CALL, en, (act) => acts.push(act), () => closed++);
  document.body.append(card.element);
  card.update(CALL, 0);
});

const one = (selector: string) => {
  const found = card.element.querySelector<HTMLElement>(selector);
  assert.ok(found, selector);
  return found;
};

test("states are read out politely, failures at once; both regions are there from the start", () => {
  assert.equal(one("[role=status]").textContent, "Asking your phone to ring…");
  assert.equal(one("[role=alert]").textContent, "");
  card.update({ ...CALL, phase: "refused", problem: "notRegistered" }, 0);
  assert.equal(one("[role=status]").textContent, "");
  assert.equal(one("[role=alert]").textContent, "Your phone is not registered");
});

test("a state that stays is not written again: a live region that is written to speaks", () => {
  const text = one("[role=status]").firstChild;
  card.update({ ...CALL }, 500);
  assert.equal(one("[role=status]").firstChild, text);
});

test("a click that a script made is no click", () => {
  one(".act").click();
  one(".act").dispatchEvent(new (document.defaultView as unknown as typeof globalThis).MouseEvent("click", { bubbles: true }));
  one(".close").click();
  assert.deepEqual([acts, closed], [[], 0]);
});

test("the focus stays on its button while states go by, and moves on with the button", () => {
  one(".act").focus();
  const before = document.activeElement;
  card.update({ ...CALL, phase: "connected", connectedAt: 0 }, 0);
  assert.equal(document.activeElement, before);
  card.update({ ...CALL, phase: "disconnected", reason: "hangUp" }, 0);
  assert.equal(document.activeElement?.textContent, "Call again");
  card.update({ ...CALL, phase: "lost", problem: "interrupted" }, 0);
  assert.equal(document.activeElement, one(".close"));
});

test("a number is text, whatever it holds", () => {
  card.update({ ...CALL, display: "<img src=x onerror=alert(1)>" }, 0);
  assert.equal(card.element.querySelector("img"), null);
  assert.equal(one(".number").textContent, "<img src=x onerror=alert(1)>");
});

test("every button has a name", () => {
  for (const button of card.element.querySelectorAll("button")) assert.ok(button.textContent || button.getAttribute("aria-label"));
});
