/** The plain data of the protocol. Nothing here needs a browser. */

/** As src/call/states.hpp has them, for the service and its other clients. */
export const CALL_STATES = ["initiating", "callingCaller", "callingCallee", "connected", "disconnected", "failed"] as const;
export type CallState = (typeof CALL_STATES)[number];

export const CALL_REASONS = [
  "hangUp",
  "callerBusy",
  "callerNoAnswer",
  "callerFailure",
  "callerAbandon",
  "calleeBusy",
  "calleeNoAnswer",
  "calleeFailure",
  "other",
] as const;
export type CallReason = (typeof CALL_REASONS)[number];

/** Who calls: the terminal's address of record, user@domain, and MD5(user:domain:password) in hexadecimal. */
export interface Account {
  aor: string;
  ha1: string;
}

export interface Challenge {
  nonce: string;
  realm: string;
}

export interface CallOptions {
  /** ^[+*0-9]+$ */
  destination: string;
  /** ^[A-Za-z0-9_-]{1,32}$; one is made where it is left out. A call that is asked for again with the same one is the same call. */
  iden?: string;
  /** Milliseconds. */
  maxDuration?: number;
  /** Seconds that the caller's own phone rings. */
  dialTimeout?: number;
  optimize?: boolean;
}

/** A call that the service has taken: the caller's phone is being dialled. */
export interface PlacedCall {
  iden: string;
  /** Opens the live call. Absent where the service is one that does not tell how calls go on. */
  ticket?: string;
}

/** The live call as of some moment. Times are ISO 8601 on the service's clock. */
export interface Snapshot {
  iden: string;
  state: CallState;
  reason?: CallReason;
  startedAt?: string;
  connectedAt?: string;
  endedAt?: string;
}

export function isFinal(state: CallState): boolean {
  return state === "disconnected" || state === "failed";
}

/**
 * network: nothing came back: no such host, refused, certificate not trusted, CORS. timeout: nothing came back in time. aborted: by the caller's
 * signal. protocol: what came back is not this service's. The others are the service's own words, in order of their status.
 */
export type FailureCode =
  | "network"
  | "timeout"
  | "aborted"
  | "protocol"
  | "badRequest" // 400
  | "badNonce" // 401 of POST /call
  | "badTicket" // 401 of /calls
  | "forbidden" // 403
  | "unknownCall" // 404
  | "idenInUse" // 409
  | "notRegistered" // 422
  | "notAllowed" // 422, of the destination
  | "throttled" // 429
  | "backend" // 500, 502, 504
  | "overloaded"; // 503

export interface Failure {
  code: FailureCode;
  status?: number;
  /** The service's own text, or the platform's; for logs, not for people. */
  detail: string;
  /** Seconds, as the service's Retry-After says. */
  retryAfter?: number;
}

export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export const done = <T>(value: T): Result<T> => ({ ok: true, value });
export const failed = (code: FailureCode, detail: string, more: Partial<Failure> = {}): { ok: false; failure: Failure } => ({
  ok: false,
  failure: { ...more, code, detail },
});
