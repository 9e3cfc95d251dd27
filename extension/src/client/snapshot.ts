import { CALL_REASONS, CALL_STATES, type CallReason, type CallState, type Snapshot } from "./types.js";

const isState = (text: string): text is CallState => (CALL_STATES as readonly string[]).includes(text);
const isReason = (text: string): text is CallReason => (CALL_REASONS as readonly string[]).includes(text);

/** A snapshot out of the service's JSON; undefined where it is none. A reason from a later version is "other". */
export function readSnapshot(value: unknown): Snapshot | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const given = value as Record<string, unknown>;
  const { iden, state, reason } = given;
  if (typeof iden !== "string" || typeof state !== "string" || !isState(state)) return undefined;
  const snapshot: Snapshot = { iden, state };
  if (typeof reason === "string") snapshot.reason = isReason(reason) ? reason : "other";
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
