import assert from "node:assert/strict";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { createFinder } from "../../src/numbers/index.ts";
import { blockOf, walk, type Block, type Met } from "../../src/page/blocks.ts";
import { itemsIn } from "../../src/page/items.ts";
import { insideSkipped, isEditor } from "../../src/page/skip.ts";

const { window } = new JSDOM("<!doctype html><body></body>");
Object.assign(globalThis, { Node: window.Node, Element: window.Element, ShadowRoot: window.ShadowRoot });
const { document } = window;

function body(html: string): HTMLElement {
  document.body.innerHTML = html;
  return document.body;
}

function blocks(root: Node): string[] {
  return ([...walk(root, () => assert.fail("lost"))] as Met[]).filter((met): met is Block => met.kind === "block").map(({ text }) => text);
}

test("inline elements join, blocks and line breaks part, and what has no digit is not looked at", () => {
  assert.deepEqual(blocks(body("<p>Tel <b>1</b>2</p><p>none</p>3<div>4<p>5</p>6</div>7")), ["Tel 12", "3", "4", "5", "6", "7"]);
  assert.deepEqual(blocks(body("<p>1<br>2</p>")), ["1\u20282"]);
});

test("editors, fields and code are left alone wherever the walk begins", () => {
  const root = body(`<div contenteditable><p id="deep">1</p></div><code>2</code><textarea>3</textarea><div role="textbox">4</div><p>5</p>`);
  assert.deepEqual(blocks(root), ["5"]);
  assert.equal(insideSkipped(document.getElementById("deep") as Node), true);
  assert.equal(insideSkipped(root), false);
});

test("a document that is an editor is known as one", () => {
  assert.equal(isEditor(document), false);
  document.designMode = "on";
  assert.equal(isEditor(document), true);
  document.designMode = "off";
});

test("open shadow roots are met, and custom elements without one are remembered", () => {
  const root = body("<x-one>1</x-one><x-two></x-two>");
  const shadow = root.firstElementChild?.attachShadow({ mode: "open" });
  const met = [...walk(root, () => assert.fail("lost"))];
  assert.ok(met.some((one) => one.kind === "root" && one.root === shadow));
  assert.ok(met.some((one) => one.kind === "later" && one.element === root.lastElementChild));
});

test("a walk whose ground is pulled away says so", () => {
  const root = body(`${"<p>x</p>".repeat(200)}<p>1</p>`);
  let lost = 0;
  for (const _ of walk(root, () => (lost += 1))) root.textContent = "";
  assert.equal(lost, 1);
});

test("what changes is read with its whole block", () => {
  const root = body("<div><p>Tel <span><b>944</b></span></p></div>");
  assert.equal(blockOf(root.querySelector("b")?.firstChild as Node), root.querySelector("p"));
});

test("a tel: link is one number, whatever its text says", () => {
  const [block] = [...walk(body(`<p><a href="tel:+34944100101">call 612 345 678</a></p>`), () => undefined)].filter(
    (met): met is Block => met.kind === "block",
  );
  assert.ok(block);
  const rules = { country: "ES", extensions: [] };
  assert.deepEqual(
    [...itemsIn(block, createFinder(rules), rules, new Set())].map(({ dial }) => dial),
    ["+34944100101"],
  );
});

test("what was called 'not a number' is none, however it is written, and no link either", () => {
  const root = body(`<p>944 10 01 01 or 944-100-102 or <a href="tel:+34944100103">call</a></p>`);
  const [block] = [...walk(root, () => undefined)].filter((met): met is Block => met.kind === "block");
  assert.ok(block);
  const rules = { country: "ES", extensions: [] };
  const ignored = new Set(["944100102", "+34944100103"]);
  assert.deepEqual(
    [...itemsIn(block, createFinder(rules), rules, ignored)].map(({ dial }) => dial),
    ["+34944100101"],
  );
});
