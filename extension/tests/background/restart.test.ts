import assert from "node:assert/strict";
import { test } from "node:test";
import { settled, World } from "./fakes.ts";

/** A world in which the background was stopped with one call in the state to which `until` brought it. */
async function stopped(until: (world: World) => Promise<void>, undoSeconds = 0): Promise<World> {
  const world = new World();
  world.outset = { ...(world.outset as object), undoSeconds } as typeof world.outset;
  await world.keeper().place({ number: "101", tabId: 7 });
  await settled();
  await until(world);
  await settled();
  return world;
}

test("a followed call is followed on after the last event that was seen", async () => {
  const world = await stopped(async ({ asked: [call] }) => {
    call?.take();
    await settled();
    call?.tell("callingCaller", {}, "2");
  });
  const next = world.keeper();
  await next.restore();
  await settled();
  const [call] = world.asked;
  assert.deepEqual([call?.follows, call?.after], [2, "2"]);
  call?.tell("connected", {}, "3");
  assert.equal(next.views(7)[0]?.phase, "connected");
});

test("a call whose answer was missed is asked for again with its iden: the service knows it", async () => {
  const world = await stopped(async () => undefined);
  world.now += 2000;
  await world.keeper().restore();
  await settled();
  assert.equal(world.asked.length, 2);
  assert.equal(world.asked[0]?.options.iden, world.asked[1]?.options.iden);
});

test("after a longer time it is not: nobody expects a call out of the blue", async () => {
  const world = await stopped(async () => undefined);
  world.now += 60_000;
  const next = world.keeper();
  await next.restore();
  await settled();
  assert.equal(world.asked.length, 1);
  assert.deepEqual([next.views()[0]?.phase, next.views()[0]?.problem], ["refused", "interrupted"]);
});

test("a call that was to be hung up is not asked for again", async () => {
  const world = await stopped(async () => undefined);
  const [call] = world.saved;
  assert.ok(call);
  call.endWanted = true;
  await world.keeper().restore();
  await settled();
  assert.equal(world.asked.length, 1);
});

test("an undo window that passed meanwhile is a call that was not made", async () => {
  const world = await stopped(async () => undefined, 3);
  world.now += 3001;
  const next = world.keeper();
  await next.restore();
  await settled();
  assert.deepEqual([next.views()[0]?.phase, world.asked.length], ["cancelled", 0]);
});

test("an undo window that is still open goes on", async () => {
  const world = await stopped(async () => undefined, 3);
  world.now += 1000;
  const next = world.keeper();
  await next.restore();
  assert.equal(next.views()[0]?.phase, "undo");
  await next.end(next.views()[0]?.id ?? "");
  assert.equal(next.views()[0]?.phase, "cancelled");
});

test("a call whose phone was removed meanwhile is not made", async () => {
  const world = await stopped(async () => undefined);
  world.accounts = [];
  const next = world.keeper();
  await next.restore();
  await settled();
  assert.deepEqual([next.views()[0]?.problem, world.asked.length], ["noKey", 1]);
});
