/** A service, a storage and a clock that do as a test says. */
import type { CallOptions, Failure, FailureCode, FollowOptions, PlacedCall, Result, Snapshot } from "../../src/client/index.js";
import type { Call } from "../../src/background/call.ts";
import { Keeper, type KeeperNeeds, type Outset } from "../../src/background/keeper.ts";
import type { CallView, Problem } from "../../src/messages.ts";

export const ALICE = { aor: "alice@example.com", ha1: "0".repeat(32) };

/** One call as the fake service has it: the test answers and tells. */
export class FakeCall {
  readonly placed: Promise<Result<PlacedCall>>;
  readonly followed: Promise<Result<Snapshot>>;
  place!: (answer: Result<PlacedCall>) => void;
  #over!: (answer: Result<Snapshot>) => void;
  #options: FollowOptions = {};
  after: string | undefined;
  follows = 0;
  hungUp = 0;
  /** Nothing more is to be asked of the service. */
  stopped = false;
  hangUpAnswer: Result<boolean> = { ok: true, value: true };

  constructor(readonly options: CallOptions) {
    this.placed = new Promise((resolve) => (this.place = resolve));
    this.followed = new Promise((resolve) => (this.#over = resolve));
  }

  take(ticket: string | undefined = "t"): void {
    const iden = this.options.iden ?? "";
    this.place({ ok: true, value: ticket === undefined ? { iden } : { iden, ticket } });
  }

  refuse(code: FailureCode, more: Partial<Failure> = {}): void {
    this.place({ ok: false, failure: { code, detail: "", ...more } });
  }

  follow(options: FollowOptions): Promise<Result<Snapshot>> {
    this.follows++;
    this.#options = options;
    this.after = options.after;
    return this.followed;
  }

  tell(state: Snapshot["state"], more: Partial<Snapshot> = {}, id?: string): void {
    const snapshot: Snapshot = { iden: this.options.iden ?? "", state, ...more };
    this.#options.onSnapshot?.(snapshot, id);
    if (state === "disconnected" || state === "failed") this.#over({ ok: true, value: snapshot });
  }

  lose(code: FailureCode): void {
    this.#over({ ok: false, failure: { code, detail: "" } });
  }
}

export class World {
  readonly asked: FakeCall[] = [];
  outset: Outset | Problem = { server: "https://pbx.example/", account: ALICE, undoSeconds: 0, permitted: true };
  permitted = true;
  accounts = [ALICE];
  saved: Call[] = [];
  over: CallView[] = [];
  now = 1_000_000;
  readonly #due = new Set<{ at: number; what: () => void }>();

  /** Lets time go by, and what is due happen. */
  async pass(milliseconds: number): Promise<void> {
    this.now += milliseconds;
    for (const due of [...this.#due]) {
      if (due.at > this.now) continue;
      this.#due.delete(due);
      due.what();
    }
    await settled();
  }

  needs(): KeeperNeeds {
    return {
      outset: async () => this.outset,
      permitted: async () => this.permitted,
      account: async (aor) => this.accounts.find((each) => each.aor === aor),
      client: () => ({
        call: (_account, options, signal) => this.#ask(options, signal),
        follow: (placed, options) => this.#find(placed.iden).follow(options ?? {}),
        hangUp: async (placed) => {
          const call = this.#find(placed.iden);
          call.hungUp++;
          return call.hangUpAnswer;
        },
      }),
      load: async () => structuredClone(this.saved),
      save: async (calls) => void (this.saved = structuredClone(calls)),
      changed: () => undefined,
      over: (call) => void this.over.push(call),
      now: () => this.now,
      later: (milliseconds, what) => {
        const due = { at: this.now + milliseconds, what };
        this.#due.add(due);
        return () => void this.#due.delete(due);
      },
    };
  }

  keeper(): Keeper {
    return new Keeper(this.needs());
  }

  #ask(options: CallOptions, signal: AbortSignal | undefined): Promise<Result<PlacedCall>> {
    const call = new FakeCall(options);
    this.asked.push(call);
    signal?.addEventListener("abort", () => (call.stopped = true));
    return call.placed;
  }

  #find(iden: string): FakeCall {
    let call = this.asked.find((each) => each.options.iden === iden);
    if (!call) this.asked.push((call = new FakeCall({ destination: "", iden })));
    return call;
  }
}

/** Lets everything that is ready happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
