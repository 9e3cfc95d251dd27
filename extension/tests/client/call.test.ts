import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Client, makeHa1, makeResponse, type FailureCode } from "../../src/client/index.js";
import { challenge, cut, json, ScriptedServer, status } from "./server.ts";

const ACCOUNT = { aor: "alice@127.0.0.1", ha1: makeHa1("alice", "127.0.0.1", "s3cret") };
const PLACED = { iden: "abc", ticket: "1.YQ.00" };
let server: ScriptedServer;
let client: Client;

beforeEach(async () => {
  server = await ScriptedServer.start();
  client = new Client({ server: server.url, retryPause: 1 });
});
afterEach(() => server.stop());

test("a call is a challenge, then the signed destination; the password is nowhere in it", async () => {
  server.next(challenge, json(200, PLACED));
  const placed = await client.call(ACCOUNT, { destination: "+34900000000", iden: "abc" });
  assert.deepEqual(placed, { ok: true, value: PLACED });
  assert.deepEqual(
    server.seen.map(({ method, path, body }) => ({ method, path, body })),
    [
      { method: "POST", path: "/challenge", body: { aor: ACCOUNT.aor } },
      {
        method: "POST",
        path: "/call",
        body: {
          aor: ACCOUNT.aor,
          nonce: "n0nce",
          response: makeResponse(ACCOUNT.ha1, "n0nce", "+34900000000"),
          progress: true,
          destination: "+34900000000",
          iden: "abc",
        },
      },
    ],
  );
  assert.equal(server.seen[1]?.headers["content-type"], "application/json");
});

test("a path in the server's address stays in front", async () => {
  server.next(challenge);
  await new Client({ server: `${server.url}/c2c` }).challenge("a@b");
  assert.equal(server.seen[0]?.path, "/c2c/challenge");
});

test("a service that knows no progress gives no ticket, and that is no failure", async () => {
  server.next(challenge, json(200, { iden: "abc" }));
  assert.deepEqual(await client.call(ACCOUNT, { destination: "1" }), { ok: true, value: { iden: "abc" } });
});

test("a call without an answer is asked for again with the same iden and a new challenge", async () => {
  server.next(challenge, cut, challenge, json(200, PLACED));
  assert.ok((await client.call(ACCOUNT, { destination: "101" })).ok);
  const [, first, , second] = server.seen;
  assert.match(String(first?.body?.["iden"]), /^[0-9A-Za-z]{16}$/);
  assert.equal(first?.body?.["iden"], second?.body?.["iden"]);
});

test("a nonce that went stale is renewed, once", async () => {
  const stale = json(401, { error: "invalid nonce" });
  server.next(challenge, stale, challenge, json(200, PLACED), challenge, stale, challenge, stale);
  assert.ok((await client.call(ACCOUNT, { destination: "101" })).ok);
  const again = await client.call(ACCOUNT, { destination: "101" });
  assert.equal(!again.ok && again.failure.code, "badNonce");
});

const REFUSALS: [number, FailureCode][] = [
  [400, "badRequest"],
  [403, "forbidden"],
  [409, "idenInUse"],
  [422, "notRegistered"],
  [429, "throttled"],
  [502, "backend"],
  [503, "overloaded"],
  [418, "protocol"],
];
for (const [code, expected] of REFUSALS) {
  test(`${code} is ${expected}, said once and not tried again`, async () => {
    server.next(challenge, json(code, { error: "the service's words" }, { "Retry-After": "7" }));
    const answer = await client.call(ACCOUNT, { destination: "101" });
    assert.deepEqual(answer, { ok: false, failure: { code: expected, status: code, detail: "the service's words", retryAfter: 7 } });
    assert.equal(server.seen.length, 2);
  });
}

test("a destination that is not allowed is told from a phone that is not registered", async () => {
  server.next(challenge, json(422, { error: "destination not allowed" }));
  const answer = await client.call(ACCOUNT, { destination: "101" });
  assert.equal(!answer.ok && answer.failure.code, "notAllowed");
});

test("nobody there is a network failure, after three tries", async () => {
  server.next(cut, cut, cut, challenge);
  const answer = await client.call(ACCOUNT, { destination: "101" });
  assert.equal(!answer.ok && answer.failure.code, "network");
  assert.equal(server.seen.length, 3);
});

test("no answer in time is a timeout", async () => {
  server.next(() => undefined);
  const answer = await new Client({ server: server.url, timeout: 30 }).challenge("a@b");
  assert.equal(!answer.ok && answer.failure.code, "timeout");
});

test("the caller's signal ends a request", async () => {
  server.next(() => stop.abort());
  const stop = new AbortController();
  const answer = await client.call(ACCOUNT, { destination: "101" }, stop.signal);
  assert.equal(!answer.ok && answer.failure.code, "aborted");
});

test("once the signal is aborted no call goes out, whatever the challenge is answered", async () => {
  const stop = new AbortController();
  const late = new Client({ server: server.url, fetch: async (url, { signal: _, ...init }) => fetch(url, init) });
  server.next((response, seen) => {
    stop.abort();
    challenge(response, seen);
  });
  const answer = await late.call(ACCOUNT, { destination: "101" }, stop.signal);
  assert.equal(!answer.ok && answer.failure.code, "aborted");
  assert.deepEqual(server.seen.map(({ path }) => path), ["/challenge"]);
});

test("a call that is out is waited for, as its ticket is what ends it, and is not asked for again", async () => {
  const stop = new AbortController();
  server.next(challenge, (response, seen) => {
    stop.abort();
    json(200, PLACED)(response, seen);
  });
  assert.deepEqual(await client.call(ACCOUNT, { destination: "101" }, stop.signal), { ok: true, value: PLACED });
  const again = new AbortController();
  server.next(challenge, (response) => {
    again.abort();
    response.destroy();
  });
  const lost = await client.call(ACCOUNT, { destination: "101" }, again.signal);
  assert.equal(!lost.ok && lost.failure.code, "network");
  assert.equal(server.seen.length, 4);
});

test("what is not the service's is told apart: HTML, another realm, no address, no number", async () => {
  server.next((response) => void response.writeHead(200, { "Content-Type": "text/html" }).end("<html>"));
  const html = await client.challenge("a@b");
  assert.equal(!html.ok && html.failure.code, "protocol");
  server.next(json(200, { nonce: "n", realm: "elsewhere.example" }));
  const realm = await client.call(ACCOUNT, { destination: "1" });
  assert.equal(!realm.ok && realm.failure.code, "protocol");
  const nowhere = await new Client({ server: "pbx" }).challenge("a@b");
  assert.equal(!nowhere.ok && nowhere.failure.code, "badRequest");
  const words = await client.call(ACCOUNT, { destination: "call me" });
  assert.equal(!words.ok && words.failure.code, "badRequest");
});

test("a redirect is not followed: the answer would be somebody else's", async () => {
  server.next((response) => void response.writeHead(307, { Location: "http://127.0.0.1:1/" }).end());
  const answer = await client.challenge("a@b");
  assert.equal(!answer.ok && answer.failure.code, "network");
});

test("hanging up shows the ticket, and tells whether the call is over", async () => {
  server.next(status(204), json(202, { iden: "abc", state: "connected" }), json(401, { error: "invalid ticket" }), json(404, { error: "unknown call" }));
  assert.deepEqual(await client.hangUp(PLACED), { ok: true, value: true });
  assert.equal(server.seen[0]?.method, "DELETE");
  assert.equal(server.seen[0]?.path, "/calls/abc");
  assert.equal(server.seen[0]?.headers.authorization, "Bearer 1.YQ.00");
  assert.deepEqual(await client.hangUp(PLACED), { ok: true, value: false });
  const forged = await client.hangUp(PLACED);
  assert.equal(!forged.ok && forged.failure.code, "badTicket");
  const gone = await client.hangUp(PLACED);
  assert.equal(!gone.ok && gone.failure.code, "unknownCall");
});

test("a snapshot is read; a reason from a later service is other", async () => {
  server.next(json(200, { iden: "abc", state: "failed", reason: "calleeOnHoliday", startedAt: "2026-11-22T22:42:13.123Z", more: 1 }));
  assert.deepEqual(await client.snapshot(PLACED), {
    ok: true,
    value: { iden: "abc", state: "failed", reason: "other", startedAt: "2026-11-22T22:42:13.123Z" },
  });
  server.next(json(200, { iden: "abc", state: "dancing" }));
  const wrong = await client.snapshot(PLACED);
  assert.equal(!wrong.ok && wrong.failure.code, "protocol");
});
