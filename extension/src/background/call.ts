/** One call as the background keeps it, and what the service's words make of it. Pure. */
import type { Failure, FailureCode, Snapshot } from "../client/index.js";
import { isOver, type CallView, type Problem } from "../messages.ts";

export interface Call extends CallView {
  /** The tab that shows it; absent for the popup's. */
  tabId?: number;
  server: string;
  aor: string;
  ticket?: string;
  eventId?: string;
  /** Of a frame that cannot tell whether its button was seen. */
  unproven?: boolean;
  /** The user wants it ended, but the service has not taken it yet. */
  endWanted?: boolean;
}

/** What whoever shows a call may know: neither account nor ticket. */
export function viewOf(call: Call): CallView {
  const { tabId: _tab, server, aor: _aor, ticket: _ticket, eventId: _event, endWanted: _end, unproven: _unproven, ...view } = call;
  return call.problem === "unreachable" ? { ...view, serverUrl: server } : view;
}

const PROBLEMS: Record<FailureCode, Problem> = {
  network: "unreachable",
  timeout: "unreachable",
  aborted: "interrupted",
  protocol: "protocol",
  badRequest: "badNumber",
  badNonce: "clash",
  badTicket: "interrupted",
  forbidden: "wrongPassword",
  unknownCall: "protocol",
  idenInUse: "clash",
  notRegistered: "notRegistered",
  notAllowed: "notAllowed",
  throttled: "tooMany",
  backend: "backend",
  overloaded: "overloaded",
};

/** @param permitted the browser lets us reach the service: without that, nothing coming back has a simple reason. */
export function problemOf(failure: Failure, permitted: boolean): Problem {
  return failure.code === "network" && !permitted ? "noPermission" : PROBLEMS[failure.code];
}

/** The service did not take the call. */
export function refused(call: Call, problem: Problem, now: number, retryAfter?: number): void {
  call.phase = "refused";
  call.problem = problem;
  call.endedAt = now;
  if (retryAfter !== undefined) call.retryAfter = retryAfter;
}

/** The service's word on a call. Times are this machine's: what is shown are lengths, and the two clocks may differ. */
export function apply(call: Call, snapshot: Snapshot, now: number): void {
  if (isOver(call.phase)) return;
  call.phase = snapshot.state;
  if (snapshot.reason) call.reason = snapshot.reason;
  if (snapshot.connectedAt !== undefined && call.connectedAt === undefined) call.connectedAt = now;
  if (isOver(call.phase)) {
    call.endedAt = now;
    delete call.hangingUp;
    delete call.hangUpFailed;
    const length = span(snapshot.connectedAt, snapshot.endedAt);
    if (length !== undefined) call.connectedAt = now - length;
  }
}

function span(from: string | undefined, to: string | undefined): number | undefined {
  const length = Date.parse(to ?? "") - Date.parse(from ?? "");
  return Number.isFinite(length) && length >= 0 ? length : undefined;
}

/** A second click on the same number means the same call until somebody has picked up. */
export function isSameClick(call: Call, number: string, aor: string): boolean {
  return call.number === number && call.aor === aor && !isOver(call.phase) && call.phase !== "connected" && !call.endWanted && !call.hangingUp;
}
