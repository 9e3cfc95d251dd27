import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import { readCorpus, type Case } from "./corpus.ts";
import { measure, type Outcome } from "./measure.ts";

declare const TESTS: string;

const least = { precision: 0.99, recall: 0.95 };

function together(cases: Case[]): Outcome {
  const all: Outcome = { right: 0, missed: [], wrong: [] };
  for (const one of cases) {
    const { right, missed, wrong } = measure(one);
    all.right += right;
    all.missed.push(...missed);
    all.wrong.push(...wrong);
  }
  return all;
}

for (const batch of ["first", "second", "third", "fourth"]) {
  const cases = readCorpus(join(TESTS, "corpus", batch));
  test(`numbers of the ${batch} corpus are found with precision ${String(least.precision)} and recall ${String(least.recall)}`, () => {
    const { right, missed, wrong } = together(cases);
    const numbers = cases.reduce((sum, one) => sum + one.numbers.length, 0);
    const others = cases.reduce((sum, one) => sum + one.others, 0);
    const precision = right / (right + wrong.length);
    const recall = right / (right + missed.length);
    console.log(
      `${batch} corpus: ${String(numbers)} numbers, ${String(others)} that are none: precision ${precision.toFixed(4)} (${String(wrong.length)} wrong), ` +
        `recall ${recall.toFixed(4)} (${String(missed.length)} missed)`,
    );
    if (missed.length + wrong.length > 0) console.log([...wrong, ...missed].join("\n"));
    assert.ok(precision >= least.precision, "precision");
    assert.ok(recall >= least.recall, "recall");
  });
}

test("the corpus has at least 300 numbers of 20 countries and 400 that are none", () => {
  const cases = ["first", "second", "third", "fourth"].flatMap((batch) => readCorpus(join(TESTS, "corpus", batch)));
  const numbers = cases.flatMap((one) => one.numbers);
  const countries = new Set(numbers.map(({ dial }) => parsePhoneNumberFromString(dial)?.country));
  assert.ok(numbers.length >= 300);
  assert.ok(countries.size >= 20);
  assert.ok(cases.reduce((sum, one) => sum + one.others, 0) >= 400);
});
