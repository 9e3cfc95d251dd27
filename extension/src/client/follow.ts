import { send, type Fetch } from "./http.js";
import { parseSnapshot, readSnapshot } from "./snapshot.js";
import { EventParser } from "./sse.js";
import { done, failed, isFinal, type Failure, type PlacedCall, type Result, type Snapshot } from "./types.js";

export interface FollowOptions {
  /** Called for each state of the call, in order. `eventId` is what `after` takes to go on from here in another life. */
  onSnapshot?: (snapshot: Snapshot, eventId: string | undefined) => void;
  /** Called when the stream broke and is tried again in so many milliseconds, and with undefined when it is back. */
  onRetry?: (failure: Failure | undefined, delay: number) => void;
  /** The last event that is known already. */
  after?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds from the first failure, without a good answer since, until following is given up. Default: two minutes. */
  patience?: number;
  /** Milliseconds without a byte after which the stream counts as broken. The service sends a byte every 15 s. Default: 40 s. */
  silence?: number;
  /** Milliseconds; the base and the limit of the pauses between tries. Default: what the service asks for (1 s), 10 s. */
  pause?: number;
  longestPause?: number;
}

type Ended = { over: Snapshot | undefined } | { broken: Failure } | { hopeless: Failure };

const HEADERS_WITHIN = 10_000;

/**
 * Follows a call until it is over: resolves with its last snapshot. Breaks of the connection are bridged: the stream is asked for
 * again from the event after the last one seen, with growing pauses.
 */
export async function follow(fetch: Fetch, base: string, call: PlacedCall, options: FollowOptions): Promise<Result<Snapshot>> {
  const follower = new Follower(fetch, base, call, options);
  return follower.run();
}

class Follower {
  #last: Snapshot | undefined;
  #eventId: string | undefined;
  #pause: number;
  /** Since when nothing good came; absent while all is well. */
  #failingSince: number | undefined;
  /** Tries in a row from which nothing came. */
  #vain = 0;

  constructor(
    private readonly fetch: Fetch,
    private readonly base: string,
    private readonly call: PlacedCall,
    private readonly options: FollowOptions,
  ) {
    this.#eventId = options.after;
    this.#pause = options.pause ?? 1000;
  }

  async run(): Promise<Result<Snapshot>> {
    const patience = this.options.patience ?? 120_000;
    for (;;) {
      this.#vain++;
      const ended = await this.#once();
      if ("hopeless" in ended) return { ok: false, failure: ended.hopeless };
      if ("over" in ended) {
        return ended.over ? done(ended.over) : failed("unknownCall", "the call was over before anything was heard of it");
      }
      if (this.options.signal?.aborted) return failed("aborted", "aborted by the caller");
      this.#failingSince ??= Date.now();
      if (Date.now() - this.#failingSince > patience) return { ok: false, failure: ended.broken };
      const grown = Math.min(this.#pause * 1.6 ** Math.max(this.#vain - 1, 0), this.options.longestPause ?? 10_000);
      const asked = (ended.broken.retryAfter ?? 0) * 1000;
      const delay = Math.max(grown * (0.8 + 0.4 * Math.random()), asked);
      this.options.onRetry?.(ended.broken, delay);
      await sleep(delay, this.options.signal);
      if (this.options.signal?.aborted) return failed("aborted", "aborted by the caller");
    }
  }

  async #once(): Promise<Ended> {
    const sent = await send(this.fetch, this.base, {
      method: "GET",
      path: `calls/${encodeURIComponent(this.call.iden)}`,
      headers: {
        Accept: "text/event-stream",
        Authorization: `Bearer ${this.call.ticket ?? ""}`,
        ...(this.#eventId === undefined ? {} : { "Last-Event-ID": this.#eventId }),
      },
      timeout: HEADERS_WITHIN,
      signal: this.options.signal,
      unauthorized: "badTicket",
    });
    if (!sent.ok) return this.#refused(sent.failure);
    const { response, close } = sent.value;
    this.#good();
    try {
      if (response.status === 204) return { over: this.#last };
      const type = response.headers.get("Content-Type") ?? "";
      if (type.startsWith("text/event-stream")) return await this.#stream(response, close);
      if (type.startsWith("application/json")) return await this.#polled(response);
      return { hopeless: { code: "protocol", detail: `neither events nor JSON: ${type}`, status: response.status } };
    } catch (error) {
      return { broken: { code: "network", detail: error instanceof Error ? error.message : String(error) } };
    } finally {
      close();
    }
  }

  #refused(failure: Failure): Ended {
    const passing = ["network", "timeout", "throttled", "overloaded", "backend", "aborted"];
    return passing.includes(failure.code) ? { broken: failure } : { hopeless: failure };
  }

  /** Something between us and the service that does not pass streams on answers with one snapshot: asking again must do. */
  async #polled(response: Response): Promise<Ended> {
    const snapshot = readSnapshot(await response.json());
    if (!snapshot) return { hopeless: { code: "protocol", detail: "the answer is no snapshot" } };
    this.#tell(snapshot, undefined);
    return isFinal(snapshot.state) ? { over: snapshot } : { broken: { code: "network", detail: "one snapshot at a time" } };
  }

  async #stream(response: Response, close: () => void): Promise<Ended> {
    const reader = response.body?.getReader();
    if (!reader) return { hopeless: { code: "protocol", detail: "an answer without a body" } };
    const parser = new EventParser();
    const decoder = new TextDecoder();
    let silent = false;
    const watch = () => setTimeout(() => ((silent = true), close()), this.options.silence ?? 40_000);
    let watchdog = watch();
    try {
      for (;;) {
        const { done: ended, value } = await reader.read();
        clearTimeout(watchdog);
        if (ended) break;
        watchdog = watch();
        this.#good();
        for (const event of parser.push(decoder.decode(value, { stream: true }))) {
          const snapshot = parseSnapshot(event.data);
          if (!snapshot) continue;
          this.#tell(snapshot, event.id);
          if (isFinal(snapshot.state)) return { over: snapshot };
        }
        if (parser.retry !== undefined && this.options.pause === undefined) this.#pause = parser.retry;
      }
    } catch (error) {
      if (!silent) throw error;
    } finally {
      clearTimeout(watchdog);
    }
    return { broken: { code: "network", detail: silent ? "the stream fell silent" : "the stream ended before the call" } };
  }

  #tell(snapshot: Snapshot, eventId: string | undefined): void {
    const known = this.#last;
    this.#last = snapshot;
    if (eventId !== undefined) this.#eventId = eventId;
    if (eventId === undefined && known?.state === snapshot.state) return;
    this.options.onSnapshot?.(snapshot, eventId);
  }

  #good(): void {
    this.#failingSince = undefined;
    if (this.#vain > 1) this.options.onRetry?.(undefined, 0);
    this.#vain = 0;
  }
}

/** Ends at once where the signal is aborted. */
export function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal?.addEventListener("abort", wake);
    if (signal?.aborted) wake();
  });
}
