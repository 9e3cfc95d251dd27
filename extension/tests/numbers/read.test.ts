import assert from "node:assert/strict";
import { test } from "node:test";
import { readNumber, readTelUrl } from "../../src/numbers/index.ts";

const spain = { country: "ES", extensions: ["1XX"] };

test("a number that is pointed at is read as it is meant", () => {
  const cases: [string, string][] = [
    ["944 10 01 01", "+34944100101"],
    ["+34 (0) 944 10 01 01", "+34944100101"],
    ["0034 944-10-01-01", "+34944100101"],
    ["Tel.: 944.100.101 (oficina)", "+34944100101"],
    ["(202) 555-0123", "2025550123"],
    ["+1 (202) 555-0123", "+12025550123"],
    ["+39 (0)6 698 12345", "+390669812345"],
    ["\u00a0９４４ １０ ０１ ０１\n", "+34944100101"],
    ["112", "112"],
    ["105", "105"],
    ["*21", "*21"],
    ["1004", "1004"],
  ];
  for (const [text, dial] of cases) assert.equal(readNumber(text, spain)?.dial, dial, text);
});

test("what is no number, or more than one, is not read", () => {
  for (const text of ["", "hello", "944 10 01 01 / 944 10 01 02", "+", "tel", "9".repeat(60), "944100101@example.com"])
    assert.equal(readNumber(text, spain), undefined, text);
});

test("the same number twice in a selection is one", () => {
  assert.equal(readNumber("944 10 01 01, +34 944 100 101", spain)?.dial, "+34944100101");
});

test("tel: links are read with their extension and their pauses", () => {
  assert.deepEqual(readTelUrl("tel:+34-944-10-01-01;ext=23", spain), {
    dial: "+34944100101",
    display: "+34 944 10 01 01",
    extension: "23",
  });
  assert.deepEqual(readTelUrl("TEL:%2B34944100101", spain), { dial: "+34944100101", display: "+34 944 10 01 01" });
  assert.deepEqual(readTelUrl("tel:+34944100101,,45#", spain), { dial: "+34944100101", display: "+34 944 10 01 01", extension: "45" });
  assert.equal(readTelUrl("tel:944100101;phone-context=+34", spain)?.dial, "+34944100101");
  assert.equal(readTelUrl("mailto:a@example.com", spain), undefined);
  assert.equal(readTelUrl("tel:%zz", spain), undefined);
  assert.equal(readTelUrl("tel:", spain), undefined);
});
