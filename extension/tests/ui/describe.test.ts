import assert from "node:assert/strict";
import { test } from "node:test";
import { isOver, type CallView, type Phase, type Problem, type Reason } from "../../src/messages.ts";
import { clock, describe } from "../../src/ui/describe.ts";
import { en } from "../../src/words/en.ts";
import { es } from "../../src/words/es.ts";
import { languageOf, words } from "../../src/words/index.ts";

const NOW = 1_000_000;
const call = (more: Partial<CallView>): CallView => ({
  id: "abc",
  number: "+34900000000",
  display: "+34 900 00 00 00",
  phase: "sending",
  createdAt: NOW - 5000,
  ...more,
});
const said = (more: Partial<CallView>) => describe(call(more), en, NOW);

test("times are written as on a phone", () => {
  assert.deepEqual([0, 999, 12_400, 725_000, 3_723_000, -5].map(clock), ["00:00", "00:00", "00:12", "12:05", "1:02:03", "00:00"]);
});

test("a click that can be undone says for how long, and undo comes first", () => {
  const shown = said({ phase: "undo", undoUntil: NOW + 2100 });
  assert.deepEqual([shown.title, shown.timer, shown.actions], ["About to call", "3 s", [{ act: "end", label: "Undo" }]]);
});

test("a live call is told in words, and can be hung up in every phase", () => {
  const phases: Phase[] = ["sending", "initiating", "callingCaller", "callingCallee", "connected"];
  for (const phase of phases) {
    const shown = said({ phase });
    assert.ok(shown.title, phase);
    assert.deepEqual(shown.actions, [{ act: "end", label: "Hang up" }]);
  }
  assert.equal(said({ phase: "callingCaller" }).title, "Your phone rings: pick it up");
  const connected = said({ phase: "connected", connectedAt: NOW - 12_000 });
  assert.deepEqual([connected.title, connected.timer, connected.tone], ["Connected", "00:12", "good"]);
});

test("the time that ticks is not in what is read out", () => {
  const at = (now: number) => describe(call({ phase: "connected", connectedAt: NOW }), en, now);
  assert.equal(at(NOW).title, at(NOW + 60_000).title);
});

test("hanging up shows, and its button waits", () => {
  const shown = said({ phase: "connected", hangingUp: true });
  assert.deepEqual([shown.title, shown.actions], ["Hanging up…", [{ act: "end", label: "Hang up", disabled: true }]]);
});

test("a call that ended says how long it was", () => {
  const shown = said({ phase: "disconnected", reason: "hangUp", connectedAt: NOW - 72_000, endedAt: NOW });
  assert.deepEqual([shown.title, shown.tone], ["Call ended after 01:12", "quiet"]);
});

const reasons = Object.keys(en.call.reasons) as Reason[];
const problems = Object.keys(en.call.problems) as Problem[];

test("every failure has its own words and says what to do, in every language", () => {
  for (const language of ["en", "es"] as const) {
    const titles = new Set<string>();
    for (const problem of problems) {
      const shown = describe(call({ phase: "refused", problem, serverUrl: "https://pbx.example/" }), words(language), NOW);
      assert.ok(shown.title && shown.help, `${language} ${problem}`);
      assert.equal(shown.tone, "bad");
      titles.add(shown.title);
    }
    assert.equal(titles.size, problems.length);
    for (const reason of reasons) {
      const shown = describe(call({ phase: "failed", reason }), words(language), NOW);
      assert.ok(shown.title, `${language} ${reason}`);
      if (shown.tone === "bad" && reason !== "other") assert.ok(shown.help, `${language} ${reason}`);
    }
  }
});

test("the remedy is at hand", () => {
  const acts = (more: Partial<CallView>) => said({ phase: "refused", ...more }).actions.map(({ act }) => act);
  assert.deepEqual(acts({ problem: "unreachable", serverUrl: "https://pbx.example/" }), ["openServer", "again"]);
  assert.deepEqual(acts({ problem: "noAccount" }), ["openOptions"]);
  assert.deepEqual(acts({ problem: "wrongPassword" }), ["openOptions", "again"]);
  assert.deepEqual(acts({ problem: "notRegistered" }), ["again"]);
  assert.deepEqual(acts({ problem: "notAllowed" }), []);
  assert.match(said({ phase: "refused", problem: "tooMany", retryAfter: 30 }).help ?? "", /Wait 30 s/);
});

test("only what is over is over", () => {
  const over = (["undo", "sending", "initiating", "callingCaller", "callingCallee", "connected"] as Phase[]).filter(isOver);
  assert.deepEqual(over, []);
});

test("the languages say the same things", () => {
  const shape = (value: unknown): unknown =>
    typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a.localeCompare(b)).map(([key, each]) => [key, shape(each)]))
      : typeof value;
  assert.deepEqual(shape(es), shape(en));
  assert.deepEqual(["es-419", "EN-us", "fr", ""].map(languageOf), ["es", "en", "en", "en"]);
});
