import { makeIden, makeResponse, splitAor } from "./digest.js";
import { follow, sleep, type FollowOptions } from "./follow.js";
import { ask, baseUrl, type Fetch } from "./http.js";
import { readSnapshot } from "./snapshot.js";
import {
  done,
  failed,
  type Account,
  type CallOptions,
  type Challenge,
  type PlacedCall,
  type Result,
  type Snapshot,
} from "./types.js";

export interface ClientOptions {
  /** The service's address: https://pbx.example.com:9090, with or without a path. */
  server: string;
  /** Default: the platform's. */
  fetch?: Fetch;
  /** Milliseconds for one answer. Default: 15 s, as the service itself may wait 2 s for the phone and some more for what is behind it. */
  timeout?: number;
  /** Milliseconds before a call that got no answer is asked for again. Default: 500. */
  retryPause?: number;
}

/** How often a call is asked for, all in all, when no answer comes. Asking again is safe: the iden makes it the same call. */
const TRIES = 3;

/** One service. Holds no state but its options: any number of calls may be made at once. */
export class Client {
  readonly #base: string | undefined;
  readonly #fetch: Fetch;
  readonly #timeout: number;
  readonly #retryPause: number;

  constructor(options: ClientOptions) {
    this.#base = baseUrl(options.server);
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#timeout = options.timeout ?? 15_000;
    this.#retryPause = options.retryPause ?? 500;
  }

  /** A nonce that can be used once. */
  async challenge(aor: string, signal?: AbortSignal): Promise<Result<Challenge>> {
    const answer = await this.#ask("POST", "challenge", { body: { aor }, signal, unauthorized: "protocol" });
    if (!answer.ok) return answer;
    const { nonce, realm } = answer.value.json;
    if (typeof nonce !== "string" || typeof realm !== "string") return failed("protocol", "the challenge has no nonce or no realm");
    return done({ nonce, realm });
  }

  /**
   * Makes the account's phone ring and, when it is answered, calls the destination. Done means that the phone is being dialled.
   * Where no answer comes it is asked for again with the same iden, so that it stays one call.
   * Once the signal is aborted, no `/call` goes out any more. One that is out is waited for: its ticket is what ends the call. `aborted` means
   * that none ever was.
   */
  async call(account: Account, options: CallOptions, signal?: AbortSignal): Promise<Result<PlacedCall>> {
    if (!/^[+*0-9]+$/.test(options.destination)) return failed("badRequest", "the destination may hold +, * and digits only");
    const iden = options.iden ?? makeIden();
    let renewed = false;
    let out = false;
    for (let tries = 1; ; tries++) {
      const placed = await this.#place(account, { ...options, iden }, signal, () => (out = true));
      if (placed.ok) return placed;
      if (signal?.aborted) return out ? placed : failed("aborted", "aborted by the caller");
      const { code } = placed.failure;
      if (code === "badNonce" && !renewed) {
        renewed = true;
        continue;
      }
      if ((code !== "network" && code !== "timeout") || tries >= TRIES) return placed;
      await sleep(this.#retryPause, signal);
      if (signal?.aborted) return out ? placed : failed("aborted", "aborted by the caller");
    }
  }

  async #place(
    account: Account,
    options: CallOptions & { iden: string },
    signal: AbortSignal | undefined,
    going: () => void,
  ): Promise<Result<PlacedCall>> {
    const challenge = await this.challenge(account.aor, signal);
    if (!challenge.ok) return challenge;
    const { nonce, realm } = challenge.value;
    if (realm !== splitAor(account.aor)?.domain) return failed("protocol", "the realm is not the account's domain");
    const body = {
      aor: account.aor,
      nonce,
      response: makeResponse(account.ha1, nonce, options.destination),
      progress: true,
      ...options,
    };
    if (signal?.aborted) return failed("aborted", "aborted by the caller");
    going();
    const answer = await this.#ask("POST", "call", { body, unauthorized: "badNonce" });
    if (!answer.ok) return answer;
    const { iden, ticket } = answer.value.json;
    if (typeof iden !== "string") return failed("protocol", "the answer has no iden");
    return done(typeof ticket === "string" ? { iden, ticket } : { iden });
  }

  /** The call as it is now. */
  async snapshot(call: PlacedCall, signal?: AbortSignal): Promise<Result<Snapshot>> {
    const answer = await this.#ask("GET", path(call), { headers: bearer(call), signal, unauthorized: "badTicket" });
    if (!answer.ok) return answer;
    const snapshot = readSnapshot(answer.value.json);
    return snapshot ? done(snapshot) : failed("protocol", "the answer is no snapshot");
  }

  /** See FollowOptions. Resolves when the call is over, given up or aborted. */
  async follow(call: PlacedCall, options: FollowOptions = {}): Promise<Result<Snapshot>> {
    if (this.#base === undefined) return noServer();
    if (call.ticket === undefined) return failed("badTicket", "the service gave no ticket");
    return follow(this.#fetch, this.#base, call, options);
  }

  /** Ends the call in any phase. True: it is over. False: it was told to end and has not yet; `follow` tells when. */
  async hangUp(call: PlacedCall, signal?: AbortSignal): Promise<Result<boolean>> {
    const answer = await this.#ask("DELETE", path(call), { headers: bearer(call), signal, unauthorized: "badTicket" });
    return answer.ok ? done(answer.value.status === 204) : answer;
  }

  async #ask(method: "GET" | "POST" | "DELETE", to: string, rest: Omit<Parameters<typeof ask>[2], "method" | "path" | "timeout">) {
    if (this.#base === undefined) return noServer();
    return ask(this.#fetch, this.#base, { method, path: to, timeout: this.#timeout, ...rest });
  }
}

const path = (call: PlacedCall) => `calls/${encodeURIComponent(call.iden)}`;
const bearer = (call: PlacedCall) => ({ Authorization: `Bearer ${call.ticket ?? ""}` });
const noServer = () => failed("badRequest", "the server's address is not an http or https address");
