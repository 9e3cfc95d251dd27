import type { CallReason, CallState, Snapshot } from "./types.js";

const STATES: readonly string[] = ["initiating", "callingCaller", "callingCallee", "connected", "disconnected", "failed"];
const REASONS: readonly string[] = [
  "hangUp",
  "callerBusy",
  "callerNoAnswer",
  "callerFailure",
  "callerAbandon",
  "calleeBusy",
  "calleeNoAnswer",
  "calleeFailure",
  "other",
];

/** A snapshot out of the service's JSON; undefined where it is none. A reason from a later version is "other". */
export function readSnapshot(value: unknown): Snapshot | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const given = value as Record<string, unknown>;
  const { iden, state, reason } = given;
  if (typeof iden !== "string" || typeof state !== "string" || !STATES.includes(state)) return undefined;
  const snapshot: Snapshot = { iden, state: state as CallState };
  if (typeof reason === "string") snapshot.reason = REASONS.includes(reason) ? (reason as CallReason) : "other";
  for (const key of ["startedAt", "connectedAt", "endedAt"] as const) {
    const time = given[key];
    if (typeof time === "string") snapshot[key] = time;
  }
  return snapshot;
}

export function parseSnapshot(text: string): Snapshot | undefined {
  try {
    return readSnapshot(JSON.parse(text));
  } catch {
    return undefined;
  }
}
