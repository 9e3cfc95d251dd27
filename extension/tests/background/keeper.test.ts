import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Keeper } from "../../src/background/keeper.ts";
import { FakeCall, settled, World } from "./fakes.ts";

let world: World;
let keeper: Keeper;

beforeEach(() => {
  world = new World();
  keeper = world.keeper();
});

const phases = () => keeper.views().map(({ phase }) => phase);

async function placed(number = "+34900000000", tabId = 7): Promise<{ id: string; call: FakeCall }> {
  const answer = await keeper.place({ number, display: number, tabId });
  assert.ok(answer.ok);
  await settled();
  const call = world.asked.at(-1);
  assert.ok(call);
  return { id: answer.id, call };
}

async function taken(number?: string): Promise<{ id: string; call: FakeCall }> {
  const made = await placed(number);
  made.call.take();
  await settled();
  return made;
}

test("a call goes through the service's states, and is told as over once", async () => {
  const { id, call } = await placed();
  assert.deepEqual(phases(), ["sending"]);
  assert.equal(call.options.iden, id);
  call.take();
  await settled();
  assert.deepEqual(phases(), ["initiating"]);
  for (const state of ["callingCaller", "callingCallee"] as const) {
    call.tell(state);
    assert.deepEqual(phases(), [state]);
  }
  world.now += 4000;
  call.tell("connected", { connectedAt: "2026-11-22T22:42:13.000Z" });
  assert.equal(keeper.views()[0]?.connectedAt, world.now);
  world.now += 12_000;
  call.tell("disconnected", { reason: "hangUp", connectedAt: "2026-11-22T22:42:13.000Z", endedAt: "2026-11-22T22:42:25.400Z" });
  await settled();
  const [view] = keeper.views();
  assert.equal(view?.reason, "hangUp");
  assert.equal((view?.endedAt ?? 0) - (view?.connectedAt ?? 0), 12_400, "the service measured it");
  assert.equal(world.over.length, 1);
});

test("a view holds neither account nor ticket nor server", async () => {
  await taken();
  const shown = JSON.stringify(keeper.views());
  for (const secret of ["alice", "ticket", '"t"', "pbx.example", "ha1"]) assert.ok(!shown.includes(secret), secret);
});

test("a double click is one call, until somebody picked up", async () => {
  const [first, second] = await Promise.all([keeper.place({ number: "101" }), keeper.place({ number: "101" })]);
  assert.deepEqual(first, second);
  await settled();
  assert.equal(world.asked.length, 1);
  world.asked[0]?.take();
  await settled();
  world.asked[0]?.tell("connected");
  const third = await keeper.place({ number: "101" });
  assert.notDeepEqual(third, first);
  await settled();
  assert.equal(world.asked.length, 2);
});

test("a click on what cannot have been seen calls nobody and says so", async () => {
  assert.deepEqual(await keeper.place({ number: "101", tabId: 7, unseen: true }), { ok: false, problem: "unseen" });
  assert.deepEqual([phases(), keeper.views(7)[0]?.problem, world.asked.length], [["refused"], "unseen", 0]);
});

test("a page that hides a live call is told of once, and the call goes on", async () => {
  await taken();
  assert.deepEqual([keeper.hide(7), keeper.hide(7), keeper.hide(8)], [true, false, false]);
  assert.deepEqual([keeper.views(7)[0]?.hidden, phases()], [true, ["initiating"]]);
});

test("a page that hides what is said of a stolen click is told of too", async () => {
  await keeper.place({ number: "101", tabId: 7, unseen: true });
  assert.deepEqual([keeper.hide(7), keeper.hide(7)], [true, false]);
});

test("a click that nobody can vouch for can be undone, and is no call where that is hidden", async () => {
  await keeper.place({ number: "101", tabId: 7, unproven: true });
  assert.deepEqual(phases(), ["undo"]);
  await world.pass(2000);
  keeper.hide(7);
  await world.pass(10_000);
  assert.deepEqual([phases(), keeper.views(7)[0]?.problem, world.asked.length], [["refused"], "unseen", 0]);
  await keeper.place({ number: "101", tabId: 7, unproven: true });
  await world.pass(3000);
  assert.equal(world.asked.length, 1);
});

test("two numbers are two calls", async () => {
  await placed("101");
  await placed("102");
  assert.equal(world.asked.length, 2);
});

test("within the undo window nothing is sent, and undo means that nothing ever is", async () => {
  world.outset = { ...(world.outset as object), undoSeconds: 3 } as typeof world.outset;
  const answer = await keeper.place({ number: "101" });
  assert.ok(answer.ok);
  await world.pass(2999);
  assert.deepEqual([phases(), world.asked.length], [["undo"], 0]);
  await keeper.end(answer.id);
  await world.pass(10_000);
  assert.deepEqual([phases(), world.asked.length], [["cancelled"], 0]);
});

test("when the undo window is over the call is sent", async () => {
  world.outset = { ...(world.outset as object), undoSeconds: 3 } as typeof world.outset;
  await keeper.place({ number: "101" });
  await world.pass(3000);
  assert.deepEqual([phases(), world.asked.length], [["sending"], 1]);
});

test("hang-up before the service answered hangs up as soon as it has", async () => {
  const { id, call } = await placed();
  await keeper.end(id);
  assert.equal(keeper.views()[0]?.hangingUp, true);
  assert.equal(call.hungUp, 0);
  call.take();
  await settled();
  assert.equal(call.hungUp, 1);
});

test("hang-up before anything was asked means that nothing ever is", async () => {
  const { id, call } = await placed();
  await keeper.end(id);
  assert.ok(call.stopped);
  call.refuse("aborted");
  await settled();
  assert.deepEqual([phases(), keeper.views()[0]?.hangingUp, call.hungUp, world.over.length], [["cancelled"], undefined, 0, 1]);
});

test("hang-up of a call whose answer was lost does not say that there was none", async () => {
  const { id, call } = await placed();
  await keeper.end(id);
  call.refuse("timeout");
  await settled();
  assert.deepEqual([phases(), keeper.views()[0]?.problem], [["lost"], "interrupted"]);
});

test("hang-up that fails says so, and can be tried again", async () => {
  const { id, call } = await taken();
  call.hangUpAnswer = { ok: false, failure: { code: "network", detail: "" } };
  await keeper.end(id);
  assert.deepEqual([keeper.views()[0]?.hangUpFailed, keeper.views()[0]?.hangingUp], [true, undefined]);
  call.hangUpAnswer = { ok: true, value: true };
  await keeper.end(id);
  assert.deepEqual([call.hungUp, keeper.views()[0]?.hangUpFailed], [2, undefined]);
});

const REFUSALS = [
  ["network", "unreachable"],
  ["timeout", "unreachable"],
  ["forbidden", "wrongPassword"],
  ["notRegistered", "notRegistered"],
  ["notAllowed", "notAllowed"],
  ["throttled", "tooMany"],
  ["overloaded", "overloaded"],
  ["backend", "backend"],
  ["idenInUse", "clash"],
  ["badRequest", "badNumber"],
  ["protocol", "protocol"],
] as const;
for (const [code, problem] of REFUSALS) {
  test(`${code} is shown as ${problem}`, async () => {
    const { call } = await placed();
    call.refuse(code, { retryAfter: 9 });
    await settled();
    const [view] = keeper.views();
    assert.deepEqual([view?.phase, view?.problem, view?.retryAfter], ["refused", problem, 9]);
    assert.equal(view?.serverUrl, problem === "unreachable" ? "https://pbx.example/" : undefined);
    assert.equal(world.over.length, 1);
  });
}

test("nobody answering without the browser's leave is about the leave", async () => {
  world.permitted = false;
  const { call } = await placed();
  call.refuse("network");
  await settled();
  assert.equal(keeper.views()[0]?.problem, "noPermission");
});

test("what is missing is said before anything is sent", async () => {
  for (const missing of ["noServer", "noAccount", "noKey"] as const) {
    world.outset = missing;
    assert.deepEqual(await keeper.place({ number: "101" }), { ok: false, problem: missing });
  }
  assert.deepEqual(await keeper.place({ number: "call me" }), { ok: false, problem: "badNumber" });
  assert.equal(world.asked.length, 0);
});

test("a service that does not tell how calls go on leaves it at that", async () => {
  const { call } = await placed();
  call.place({ ok: true, value: { iden: "x" } });
  await settled();
  const [view] = keeper.views();
  assert.deepEqual([view?.phase, view?.problem, call.follows], ["lost", undefined, 0]);
});

test("a call that can no longer be followed is told as that", async () => {
  const { call } = await taken();
  call.tell("connected");
  call.lose("badTicket");
  await settled();
  assert.deepEqual([phases(), keeper.views()[0]?.problem], [["lost"], "interrupted"]);
});

test("calling again is a new call in the same tab, and the old one goes", async () => {
  const { id, call } = await placed("101");
  call.refuse("notRegistered");
  await settled();
  const answer = await keeper.again(id);
  assert.ok(answer?.ok && answer.id !== id);
  assert.equal(keeper.find(answer.id)?.tabId, 7);
  assert.equal(keeper.views().length, 1);
});

test("a tab shows its own calls only", async () => {
  await keeper.place({ number: "101", tabId: 1 });
  await keeper.place({ number: "102", tabId: 2 });
  assert.deepEqual(keeper.views(1).map(({ number }) => number), ["101"]);
  assert.equal(keeper.views().length, 2);
});

test("a new call takes the place of what ended in its tab", async () => {
  const { call } = await placed("101");
  call.refuse("backend");
  await settled();
  await placed("102");
  assert.deepEqual(keeper.views(7).map(({ number }) => number), ["102"]);
});
