import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { makeHa1 } from "../../src/client/index.js";
import { Accounts, type Area } from "../../src/store/accounts.ts";
import { MOST_RECENT, RecentCalls } from "../../src/store/recent.ts";
import type { CallView } from "../../src/messages.ts";

class Memory implements Area {
  data: Record<string, unknown> = {};
  async get(keys: string[]) {
    return Object.fromEntries(keys.filter((key) => key in this.data).map((key) => [key, structuredClone(this.data[key])]));
  }
  async set(items: Record<string, unknown>) {
    Object.assign(this.data, structuredClone(items));
  }
  async remove(keys: string[]) {
    for (const key of keys) delete this.data[key];
  }
}

let local: Memory;
let vault: Memory;
let session: Memory;
let accounts: Accounts;

beforeEach(() => {
  local = new Memory();
  vault = new Memory();
  session = new Memory();
  accounts = new Accounts(local, vault, session);
});

test("of a password only its key is kept", async () => {
  assert.ok(await accounts.add("alice@example.com", "s3cret", "Desk", "local"));
  assert.ok(!JSON.stringify([local.data, vault.data, session.data]).includes("s3cret"));
  assert.deepEqual(await accounts.current(), { aor: "alice@example.com", ha1: makeHa1("alice", "example.com", "s3cret") });
});

test("what is no address of a phone is not kept", async () => {
  for (const wrong of ["alice", "@example.com", ""]) assert.ok(!(await accounts.add(wrong, "x", "", "local")));
  assert.ok(!(await accounts.add("alice@example.com", "", "", "local")));
  assert.equal(await accounts.current(), "noAccount");
});

test("a key of the session is in no storage that outlives it", async () => {
  await accounts.add("alice@example.com", "s3cret", "", "session");
  assert.deepEqual(vault.data, {});
  assert.equal(typeof (await accounts.current()), "object");
  session.data = {};
  assert.equal(await accounts.current(), "noKey");
  assert.equal((await accounts.withKeys()).size, 0);
});

test("moving the keys leaves none behind", async () => {
  await accounts.add("alice@example.com", "s3cret", "", "local");
  await accounts.keepIn("session");
  assert.equal(vault.data["keys"], undefined);
  assert.equal(typeof (await accounts.current()), "object");
  await accounts.keepIn("local");
  assert.equal(session.data["keys"], undefined);
  assert.equal(typeof (await accounts.current()), "object");
});

test("no key is beside the list, where a content script could read it", async () => {
  await accounts.add("alice@example.com", "s3cret", "", "local");
  assert.ok(!JSON.stringify(local.data).includes(makeHa1("alice", "example.com", "s3cret")));
});

test("keys that an earlier version kept beside the list move to the vault before they are used", async () => {
  await accounts.add("alice@example.com", "a", "", "local");
  await accounts.add("bob@example.com", "b", "", "local");
  const [alice, bob] = (await accounts.list()).list.map(({ id }) => id);
  vault.data = { keys: { [String(bob)]: "newer" } };
  local.data["keys"] = { [String(alice)]: "old", [String(bob)]: "old" };
  const next = new Accounts(local, vault, session);
  assert.deepEqual(await next.byAor("alice@example.com"), { aor: "alice@example.com", ha1: "old" });
  assert.equal((await next.byAor("bob@example.com"))?.ha1, "newer");
  assert.equal(local.data["keys"], undefined);
});

test("several phones: the newest is used, until another one is chosen", async () => {
  await accounts.add("alice@example.com", "a", "", "local");
  await accounts.add("bob@example.com", "b", "", "local");
  const { list, current } = await accounts.list();
  assert.equal(list.find(({ id }) => id === current)?.aor, "bob@example.com");
  await accounts.use(list[0]?.id ?? "");
  assert.equal(((await accounts.current()) as { aor: string }).aor, "alice@example.com");
  await accounts.use("nobody");
  assert.equal(((await accounts.current()) as { aor: string }).aor, "alice@example.com");
  assert.equal((await accounts.byAor("bob@example.com"))?.aor, "bob@example.com");
});

test("a known phone entered again gets its new key and stays one", async () => {
  await accounts.add("alice@example.com", "old", "", "local");
  await accounts.add("alice@example.com", "new", "Desk", "session");
  assert.equal((await accounts.list()).list.length, 1);
  assert.deepEqual(await accounts.current(), { aor: "alice@example.com", ha1: makeHa1("alice", "example.com", "new") });
});

test("a phone that is removed takes its key with it", async () => {
  await accounts.add("alice@example.com", "a", "", "local");
  await accounts.remove((await accounts.list()).current);
  assert.equal(vault.data["keys"], undefined);
  assert.equal(await accounts.current(), "noAccount");
});

test("recent calls are the newest ones, so many and no more", async () => {
  const recent = new RecentCalls(local);
  for (let at = 1; at <= MOST_RECENT + 5; at++) {
    const call: CallView = { id: "x", number: String(at), display: "", phase: "disconnected", createdAt: at, connectedAt: 1000, endedAt: 13_400 };
    await recent.add(call);
  }
  const list = await recent.list();
  assert.equal(list.length, MOST_RECENT);
  assert.deepEqual([list[0]?.number, list[0]?.seconds], [String(MOST_RECENT + 5), 12]);
  await recent.clear();
  assert.deepEqual(await recent.list(), []);
});
