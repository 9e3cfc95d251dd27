/**
 * Keeps the calls: makes them, waits out the undo window, asks the service, follows, ends. Knows no browser: what it needs of one is handed
 * to it, so that a restarted background picks up where the last one was stopped.
 */
import { makeIden, type Account, type Client, type Failure } from "../client/index.js";
import { isOver, type CallAnswer, type CallView, type Problem } from "../messages.ts";
import { apply, isSameClick, problemOf, refused, viewOf, type Call } from "./call.ts";

/** What a call is made with, as the settings are now; or what is missing. */
export interface Outset {
  server: string;
  account: Account;
  undoSeconds: number;
  permitted: boolean;
}

export interface KeeperNeeds {
  outset(): Promise<Outset | Problem>;
  client(server: string): Pick<Client, "call" | "follow" | "hangUp">;
  /** HA1 of an account that was chosen earlier: the current one may be another by now. */
  account(aor: string): Promise<Account | undefined>;
  permitted(server: string): Promise<boolean>;
  load(): Promise<Call[]>;
  save(calls: Call[]): Promise<void>;
  changed(): void;
  over(call: CallView): void;
  now(): number;
  /** Does this in so many milliseconds, unless what it returns is called before. */
  later(milliseconds: number, what: () => void): () => void;
}

export interface Wanted {
  number: string;
  display?: string | undefined;
  tabId?: number | undefined;
  /** The click was none that a person can have meant. */
  unseen?: boolean;
  /** It may be none: see CallRequest. */
  unproven?: boolean;
}

/** Calls that are over and still shown, at most. */
const MOST_OVER = 10;
/** A call whose asking was cut off by a restart is asked for again only within this time: nobody expects it later. */
const ASK_AGAIN_WITHIN = 20_000;
/** To undo what may not have been meant, at least. */
const UNPROVEN_UNDO = 3;

export class Keeper {
  readonly #calls = new Map<string, Call>();
  readonly #undo = new Map<string, () => void>();
  readonly #asking = new Map<string, AbortController>();
  readonly #followed = new Set<string>();
  readonly #recorded = new WeakSet<Call>();
  #restored: Promise<void> | undefined;

  constructor(private readonly needs: KeeperNeeds) {}

  /** Takes up what an earlier life of the background left. Everything below waits for it. */
  restore(): Promise<void> {
    this.#restored ??= this.#restore();
    return this.#restored;
  }

  /** Newest first; of one tab, or all. */
  views(tabId?: number): CallView[] {
    const calls = [...this.#calls.values()].filter((call) => tabId === undefined || call.tabId === tabId);
    return calls.reverse().map(viewOf);
  }

  live(): Call[] {
    return [...this.#calls.values()].filter((call) => !isOver(call.phase));
  }

  find(id: string): Call | undefined {
    return this.#calls.get(id);
  }

  async place(wanted: Wanted): Promise<CallAnswer> {
    await this.restore();
    const outset = wanted.unseen ? "unseen" : /^[+*0-9]{1,64}$/.test(wanted.number) ? await this.needs.outset() : "badNumber";
    const call = this.#make(wanted);
    if (wanted.tabId !== undefined) this.#clear(wanted.tabId);
    if (typeof outset === "string") {
      refused(call, outset, call.createdAt);
      this.#add(call);
      return { ok: false, problem: outset };
    }
    const same = this.live().find((each) => isSameClick(each, wanted.number, outset.account.aor));
    if (same) return { ok: true, id: same.id };
    call.server = outset.server;
    call.aor = outset.account.aor;
    if (wanted.unproven) call.unproven = true;
    const undoSeconds = Math.max(outset.undoSeconds, wanted.unproven ? UNPROVEN_UNDO : 0);
    if (undoSeconds > 0) {
      call.phase = "undo";
      call.undoUntil = call.createdAt + undoSeconds * 1000;
    }
    this.#add(call);
    if (call.phase === "undo") this.#waitForUndo(call);
    else void this.#ask(call);
    return { ok: true, id: call.id };
  }

  /** Undo before anything is sent, hang-up after that. */
  async end(id: string): Promise<void> {
    await this.restore();
    const call = this.#calls.get(id);
    if (!call || isOver(call.phase)) return;
    if (call.phase === "undo") {
      this.#takeBack(call);
      call.phase = "cancelled";
      call.endedAt = this.needs.now();
      this.#changed(call);
    } else if (call.phase === "sending") {
      call.endWanted = true;
      call.hangingUp = true;
      this.#changed(call);
      this.#asking.get(id)?.abort();
    } else {
      await this.#hangUp(call);
    }
  }

  async again(id: string): Promise<CallAnswer | undefined> {
    await this.restore();
    const call = this.#calls.get(id);
    if (!call || !isOver(call.phase)) return undefined;
    this.#calls.delete(id);
    return this.place({ number: call.number, display: call.display, tabId: call.tabId });
  }

  /** No longer shown. A call that goes on stays known: its hang-up may still be wanted. */
  async dismiss(id: string): Promise<void> {
    await this.restore();
    const call = this.#calls.get(id);
    if (!call || !isOver(call.phase)) return;
    this.#calls.delete(id);
    this.#saveAndTell();
  }

  /** The page keeps from being seen what goes on in this tab, or what it did. True where that is new. */
  hide(tabId: number): boolean {
    const shown = [...this.#calls.values()].filter((call) => call.tabId === tabId && (!isOver(call.phase) || call.problem === "unseen"));
    const calls = shown.filter((call) => !call.hidden);
    for (const call of calls) {
      call.hidden = true;
      if (call.phase === "undo" && call.unproven) {
        this.#takeBack(call);
        refused(call, "unseen", this.needs.now());
      }
      this.#changed(call);
    }
    return calls.length > 0;
  }

  #takeBack({ id }: Call): void {
    this.#undo.get(id)?.();
    this.#undo.delete(id);
  }

  #make({ number, display, tabId }: Wanted): Call {
    return {
      id: makeIden(),
      number,
      display: (display ?? number).slice(0, 40),
      phase: "sending",
      createdAt: this.needs.now(),
      server: "",
      aor: "",
      ...(tabId === undefined ? {} : { tabId }),
    };
  }

  /** What ended in this tab makes room for what begins in it. */
  #clear(tabId: number): void {
    for (const { id, phase, tabId: theirs } of [...this.#calls.values()]) {
      if (theirs === tabId && isOver(phase)) this.#calls.delete(id);
    }
  }

  #waitForUndo(call: Call): void {
    const left = Math.max((call.undoUntil ?? 0) - this.needs.now(), 0);
    const send = () => {
      this.#undo.delete(call.id);
      call.phase = "sending";
      this.#changed(call);
      void this.#ask(call);
    };
    this.#undo.set(call.id, this.needs.later(left, send));
  }

  async #ask(call: Call): Promise<void> {
    const stop = new AbortController();
    this.#asking.set(call.id, stop);
    const account = await this.needs.account(call.aor);
    if (!account) {
      this.#asking.delete(call.id);
      refused(call, "noKey", this.needs.now());
      this.#changed(call);
      return;
    }
    const placed = await this.needs.client(call.server).call(account, { destination: call.number, iden: call.id }, stop.signal);
    this.#asking.delete(call.id);
    if (!placed.ok && call.endWanted) {
      this.#unasked(call, placed.failure);
    } else if (!placed.ok) {
      await this.#refuse(call, placed.failure);
    } else if (placed.value.ticket === undefined) {
      call.phase = "lost";
      call.endedAt = this.needs.now();
    } else {
      call.ticket = placed.value.ticket;
      call.phase = "initiating";
    }
    this.#changed(call);
    if (call.ticket === undefined || isOver(call.phase)) return;
    void this.#follow(call);
    if (call.endWanted) await this.#hangUp(call);
  }

  /** Hung up before the service answered. Where its answer was lost, the call may have been placed all the same. */
  #unasked(call: Call, { code }: Failure): void {
    const unknown = code === "network" || code === "timeout";
    call.phase = unknown ? "lost" : "cancelled";
    if (unknown) call.problem = "interrupted";
    call.endedAt = this.needs.now();
    delete call.hangingUp;
  }

  async #refuse(call: Call, failure: Failure): Promise<void> {
    const permitted = await this.needs.permitted(call.server);
    refused(call, problemOf(failure, permitted), this.needs.now(), failure.retryAfter);
    delete call.hangingUp;
  }

  async #follow(call: Call): Promise<void> {
    if (this.#followed.has(call.id)) return;
    this.#followed.add(call.id);
    const ended = await this.needs.client(call.server).follow(reference(call), {
      after: call.eventId,
      onSnapshot: (snapshot, eventId) => {
        if (eventId !== undefined) call.eventId = eventId;
        apply(call, snapshot, this.needs.now());
        this.#changed(call);
      },
    });
    this.#followed.delete(call.id);
    if (isOver(call.phase)) return;
    if (!ended.ok) {
      call.phase = "lost";
      call.problem = "interrupted";
      call.endedAt = this.needs.now();
    } else {
      apply(call, ended.value, this.needs.now());
    }
    this.#changed(call);
  }

  async #hangUp(call: Call): Promise<void> {
    call.hangingUp = true;
    delete call.hangUpFailed;
    this.#changed(call);
    const told = await this.needs.client(call.server).hangUp(reference(call));
    if (isOver(call.phase)) return;
    // The stream says how it ended. A call that the service has forgotten is over too, and the stream will say that.
    if (!told.ok && told.failure.code !== "unknownCall") {
      delete call.hangingUp;
      call.hangUpFailed = true;
      this.#changed(call);
    }
  }

  async #restore(): Promise<void> {
    const now = this.needs.now();
    for (const call of await this.needs.load()) {
      this.#calls.set(call.id, call);
      if (isOver(call.phase)) continue;
      if (call.phase === "undo" && (call.undoUntil ?? 0) > now) {
        this.#waitForUndo(call);
      } else if (call.phase === "undo") {
        // A call that comes late is one that nobody expects any more.
        call.phase = "cancelled";
        call.endedAt = now;
        this.#changed(call);
      } else if (call.ticket !== undefined) {
        void this.#follow(call);
      } else if (now - call.createdAt < ASK_AGAIN_WITHIN && !call.endWanted) {
        void this.#ask(call);
      } else {
        refused(call, "interrupted", now);
        this.#changed(call);
      }
    }
  }

  #add(call: Call): void {
    this.#calls.set(call.id, call);
    this.#changed(call);
  }

  #changed(call: Call): void {
    if (isOver(call.phase) && !this.#recorded.has(call)) {
      this.#recorded.add(call);
      this.needs.over(viewOf(call));
    }
    const over = [...this.#calls.values()].filter((each) => isOver(each.phase));
    for (const old of over.slice(0, Math.max(over.length - MOST_OVER, 0))) this.#calls.delete(old.id);
    this.#saveAndTell();
  }

  #saveAndTell(): void {
    void this.needs.save([...this.#calls.values()]);
    this.needs.changed();
  }
}

function reference(call: Call): { iden: string; ticket: string } {
  return { iden: call.id, ticket: call.ticket ?? "" };
}
