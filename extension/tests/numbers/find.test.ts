import assert from "node:assert/strict";
import { test } from "node:test";
import { createFinder, type FindOptions, type FoundNumber } from "../../src/numbers/index.ts";

const spain = { country: "ES", extensions: [] as string[] };

function find(text: string, options?: FindOptions, rules = spain): FoundNumber[] {
  return createFinder(rules).find(text, options);
}

/** Numbers that anyone can repeat: the same seed, the same texts. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const scraps = [
  "944",
  "10",
  "01",
  "+34",
  "(0)",
  "0034",
  "612345678",
  "(",
  ")",
  "[",
  "]",
  "+",
  "-",
  " - ",
  "/",
  ".",
  ",",
  ":",
  ";",
  " ",
  "  ",
  "\n",
  "\u00a0",
  "\u2009",
  "\u2011",
  "\u2028",
  "\ufeff",
  "tel",
  "Tel.",
  "fax",
  "Fax:",
  "IBAN",
  "pedido",
  "n.º",
  "nº",
  "ext. 23",
  "x",
  "#",
  "@",
  "https://",
  "www.",
  ".com/",
  "€",
  "$",
  "%",
  "٠٤",
  "９４４",
  "電話",
  "です",
  "\ud83d\udcde",
  "\ud83d",
  "\udcde",
  "2026-05-12",
  "10:15",
  "1.234,56",
  "0",
  "00",
  "000",
  "99999999999999999999",
  "a",
  "Z",
  "_",
  "\\",
  "\u0000",
  "\u0301",
  "800-FLOWERS",
  "105",
  "*21",
  "ー",
];

function text(next: (below: number) => number): string {
  let made = "";
  for (let count = next(30); count > 0; count -= 1) made += scraps[next(scraps.length)] ?? "";
  return made;
}

test("any text gives numbers within it, in order, apart, and fit to dial, and never throws", () => {
  const next = random(20261122);
  const finders = ["ES", "US", "DE", "IT", "JP", ""].map((country) => createFinder({ country, extensions: ["1XX", "[2-4]XXX", "*21"] }));
  for (let round = 0; round < 6000; round += 1) {
    const made = text(next);
    const breaks = [next(40), next(40), next(40)].sort((a, b) => a - b).filter((place) => place < made.length);
    let end = 0;
    for (const found of finders[round % finders.length]?.find(made, { breaks }) ?? []) {
      assert.ok(found.start >= end && found.end > found.start && found.end <= made.length, made);
      assert.match(found.dial, /^[+*0-9]{1,40}$/, made);
      assert.match(found.display, /^[+*#0-9][0-9 ()*#-]*$/, made);
      end = found.end;
    }
  }
});

test("any code units at all are survived", () => {
  const next = random(7);
  const finder = createFinder(spain);
  for (let round = 0; round < 2000; round += 1) {
    let made = "";
    for (let count = next(60); count > 0; count -= 1) made += next(3) === 0 ? String.fromCharCode(next(65536)) : String(next(10));
    finder.find(made);
  }
});

test("long texts without numbers cost no more than their length", () => {
  // A rule that backtracks would not come back from these.
  for (const scrap of ["1", " ", "1 ", "- ", "a.", "a@", "1.", "(", "+", "1-", "x ", "12:", "A1 ", "tel ", "1 (", "\u00a0"])
    find(scrap.repeat(20_000 / scrap.length));
});

test("a number may stand in several nodes, and two numbers glued together in two nodes are two", () => {
  assert.deepEqual(
    find("+34 944 10 01 01", { breaks: [3, 4] }).map(({ dial }) => dial),
    ["+34944100101"],
  );
  assert.deepEqual(
    find("612345678944100101", { breaks: [9] }).map(({ dial }) => dial),
    ["+34612345678", "+34944100101"],
  );
  assert.deepEqual(find("612345678944100101"), []);
});

test("what stands outside of a block is asked for only where the block does not decide", () => {
  let asked = 0;
  const outside = (before: string, header = ""): FindOptions => ({ outside: () => ((asked += 1), { before, header }) });
  assert.equal(find("Tel. 944100101", outside("Fax:")).length, 1);
  assert.equal(asked, 0);
  assert.equal(find("944100101", outside("Fax")).length, 0);
  assert.equal(find("944100101", outside("Nº de pedido")).length, 0);
  assert.equal(find("944100101", outside("Ana", "Teléfono")).length, 1);
  assert.equal(find("944100101", outside("Ana", "Pedido")).length, 0);
  assert.equal(find("944100101", outside("Ana García")).length, 1);
});

test("an extension is told apart and never dialled along", () => {
  assert.deepEqual(find("Tel. +34 944 10 01 01 ext. 23."), [
    { start: 5, end: 29, dial: "+34944100101", display: "+34 944 10 01 01", extension: "23" },
  ]);
  assert.deepEqual(
    find("944 10 01 01x9").map(({ dial, extension }) => [dial, extension]),
    [["+34944100101", "9"]],
  );
});

test("internal extensions need a pattern, and a word that says so", () => {
  const rules = { country: "ES", extensions: ["1XX", "*2X"] };
  assert.deepEqual(
    find("Ext. 105, sala 106", {}, rules).map(({ dial }) => dial),
    ["105"],
  );
  assert.deepEqual(
    find("ext. *21", {}, rules).map(({ dial }) => dial),
    ["*21"],
  );
  assert.deepEqual(find("Ext. 205", {}, rules), []);
  assert.deepEqual(find("Ext. 112", {}, rules), []);
  assert.deepEqual(find("Ext. 105", {}, spain), []);
});

test("patterns that Asterisk would not take, or that match nearly everything, match nothing", () => {
  for (const pattern of ["X.", "!", "[", "[a-z]", "[5-1]", "", "XXXXXXXXXXXXX", "(1|2)", "1{9}"]) {
    assert.deepEqual(find("ext. 105 ext. 1", {}, { country: "ES", extensions: [pattern] }), [], pattern);
  }
});
