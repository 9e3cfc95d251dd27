import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget } from "../../src/page/budget.ts";

test("a large page may be read at once", () => {
  const budget = new Budget(0);
  budget.spend(250, 250);
  assert.equal(budget.wait(250), 0);
});

test("a page that never stops changing gets a small share, and a smaller one the longer it goes on", () => {
  const budget = new Budget(0);
  let now = 0;
  const spentIn = (milliseconds: number): number => {
    const end = now + milliseconds;
    const before = budget.spent;
    while (now < end) {
      const wait = budget.wait(now);
      now += wait;
      if (wait === 0) budget.spend(8, (now += 8));
    }
    return budget.spent - before;
  };
  spentIn(10_000);
  const soon = spentIn(60_000);
  assert.ok(soon <= 60_000 * 0.035);
  spentIn(3_600_000);
  const late = spentIn(60_000);
  assert.ok(late < soon / 4);
  assert.ok(late > 0);
});

test("rest gives back what was spent, but no more than the most", () => {
  const budget = new Budget(0);
  budget.spend(1600, 1600);
  assert.ok(budget.wait(1600) > 0);
  assert.equal(budget.wait(1_000_000), 0);
  budget.spend(1600, 1_000_000);
  assert.ok(budget.wait(1_000_000) > 0);
});
