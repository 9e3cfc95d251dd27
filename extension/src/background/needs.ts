/** What the keeper needs of the browser. */
import { Client } from "../client/index.js";
import type { CallView, Problem } from "../messages.ts";
import { accounts, originPattern, recentCalls, settings } from "../store/index.ts";
import type { Call } from "./call.ts";
import type { KeeperNeeds, Outset } from "./keeper.ts";

async function outset(): Promise<Outset | Problem> {
  const { server, undoSeconds } = await settings();
  if (!server) return "noServer";
  const account = await accounts.current();
  if (typeof account === "string") return account;
  return { server, account, undoSeconds, permitted: await permitted(server) };
}

export async function permitted(server: string): Promise<boolean> {
  try {
    return await chrome.permissions.contains({ origins: [originPattern(server)] });
  } catch {
    return false;
  }
}

/** Writes go one after the other: the last state written is the last state there was. */
let writing: Promise<unknown> = Promise.resolve();

function save(calls: Call[]): Promise<void> {
  const copy = structuredClone(calls);
  writing = writing.then(() => chrome.storage.session.set({ calls: copy })).catch(() => undefined);
  return writing as Promise<void>;
}

async function load(): Promise<Call[]> {
  const { calls } = await chrome.storage.session.get(["calls"]);
  return Array.isArray(calls) ? (calls as Call[]) : [];
}

/** A call that was undone, or never meant, is none that one would look for. */
let recording: Promise<unknown> = Promise.resolve();

function over(call: CallView): void {
  if (call.phase === "cancelled" || call.problem === "unseen" || !call.number) return;
  recording = recording
    .then(async () => {
      if ((await settings()).keepRecent) await recentCalls.add(call);
    })
    .catch(() => undefined);
}

export function keeperNeeds(changed: () => void): KeeperNeeds {
  return {
    outset,
    client: (server) => new Client({ server }),
    account: (aor) => accounts.byAor(aor),
    permitted,
    load,
    save,
    changed,
    over,
    now: () => Date.now(),
    later: (milliseconds, what) => {
      const timer = setTimeout(what, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}
