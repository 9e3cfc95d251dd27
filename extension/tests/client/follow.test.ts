import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Client, type FollowOptions } from "../../src/client/index.js";
import { cut, events, json, ScriptedServer, status } from "./server.ts";

const CALL = { iden: "abc", ticket: "1.YQ.00" };
const QUICK: FollowOptions = { pause: 1, longestPause: 5 };
let server: ScriptedServer;
let states: string[];
let ids: (string | undefined)[];

beforeEach(async () => {
  server = await ScriptedServer.start();
  states = [];
  ids = [];
});
afterEach(() => server.stop());

const follow = (options: FollowOptions = {}) =>
  new Client({ server: server.url }).follow(CALL, {
    ...QUICK,
    onSnapshot: (snapshot, id) => {
      states.push(snapshot.state);
      ids.push(id);
    },
    ...options,
  });

test("every state is told in order, and the last one ends it", async () => {
  server.next(events(1, ["initiating", "callingCaller", "callingCallee", "connected", { state: "disconnected", reason: "hangUp" }]));
  const over = await follow();
  assert.equal(over.ok && over.value.reason, "hangUp");
  assert.deepEqual(states, ["initiating", "callingCaller", "callingCallee", "connected", "disconnected"]);
  assert.deepEqual(ids, ["1", "2", "3", "4", "5"]);
  assert.equal(server.seen[0]?.headers.accept, "text/event-stream");
  assert.equal(server.seen[0]?.headers.authorization, "Bearer 1.YQ.00");
  assert.equal(server.seen[0]?.headers["last-event-id"], undefined);
});

test("a stream that breaks goes on after the last event, and nothing is told twice", async () => {
  server.next(events(1, ["initiating", "callingCaller"], "cut"), cut, status(503), events(3, ["connected"]), events(4, ["disconnected"]));
  const retries: (string | undefined)[] = [];
  assert.ok((await follow({ onRetry: (failure) => retries.push(failure?.code) })).ok);
  assert.deepEqual(states, ["initiating", "callingCaller", "connected", "disconnected"]);
  assert.deepEqual(server.seen.map(({ headers }) => headers["last-event-id"]), [undefined, "2", "2", "2", "3"]);
  assert.deepEqual(retries.slice(0, 4), ["network", "network", "overloaded", undefined]);
});

test("another life goes on where the last one was", async () => {
  server.next(events(4, ["disconnected"]));
  await follow({ after: "3" });
  assert.equal(server.seen[0]?.headers["last-event-id"], "3");
});

test("204 says that nothing is left to tell", async () => {
  server.next(events(1, ["connected"], "cut"), status(204));
  const over = await follow();
  assert.equal(over.ok && over.value.state, "connected");
});

test("a stream that falls silent is asked for anew", async () => {
  server.next(events(1, ["connected"], "stay"), events(2, ["disconnected"]));
  assert.ok((await follow({ silence: 50 })).ok);
  assert.equal(server.seen[1]?.headers["last-event-id"], "1");
});

test("a ticket or a call that is not known ends it at once", async () => {
  server.next(json(401, { error: "invalid ticket" }), json(404, { error: "unknown call" }));
  const forged = await follow();
  assert.equal(!forged.ok && forged.failure.code, "badTicket");
  const unknown = await follow();
  assert.equal(!unknown.ok && unknown.failure.code, "unknownCall");
  assert.equal(server.seen.length, 2);
});

test("patience ends when nothing good came for so long", async () => {
  const silent = Array.from({ length: 200 }, () => cut);
  server.next(...silent);
  const over = await follow({ patience: 40 });
  assert.equal(!over.ok && over.failure.code, "network");
  assert.ok(server.seen.length > 1);
});

test("patience begins with the first failure: a computer that slept is given time to get back", async (t) => {
  let slept = 0;
  const clock = Date.now;
  t.mock.method(Date, "now", () => clock() + slept);
  server.next(events(1, ["connected"], "cut"), events(2, ["disconnected"]));
  const over = await follow({ onSnapshot: () => void (slept = 600_000) });
  assert.ok(over.ok);
});

test("the caller's signal ends it, in the stream and in a pause", async () => {
  const stop = new AbortController();
  server.next(events(1, ["connected"], "stay"));
  const over = await follow({ signal: stop.signal, onSnapshot: () => stop.abort() });
  assert.equal(!over.ok && over.failure.code, "aborted");
  const pause = new AbortController();
  server.next(cut);
  const paused = await follow({ signal: pause.signal, pause: 60_000, longestPause: 60_000, onRetry: () => pause.abort() });
  assert.equal(!paused.ok && paused.failure.code, "aborted");
});

test("behind something that does not pass streams on, snapshots are asked for one by one", async () => {
  const one = (state: string) => json(200, { iden: "abc", state });
  server.next(one("callingCaller"), one("callingCaller"), one("connected"), one("disconnected"));
  assert.ok((await follow()).ok);
  assert.deepEqual(states, ["callingCaller", "connected", "disconnected"]);
});

test("without a ticket there is nothing to follow", async () => {
  const over = await new Client({ server: server.url }).follow({ iden: "abc" });
  assert.equal(!over.ok && over.failure.code, "badTicket");
  assert.equal(server.seen.length, 0);
});
