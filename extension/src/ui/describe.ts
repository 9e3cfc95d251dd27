/** A call in words: what is shown of it in the toast and in the popup. Pure. */
import { isOver, type CallView, type Live } from "../messages.ts";
import type { Verdict, Words } from "../words/index.ts";

export type Act = "end" | "again" | "openServer" | "openOptions";

export interface Description {
  /** What a screen reader says at each change. */
  title: string;
  help?: string;
  /** Ticks, and is not said again and again: "00:12" of a connected call, "3 s" of one that can be undone. */
  timer?: string;
  tone: "live" | "good" | "bad" | "quiet";
  /** The first is the one that matters most. */
  actions: { act: Act; label: string; disabled?: boolean }[];
}

/** 00:12, 12:05, 1:02:03 */
export function clock(milliseconds: number): string {
  const seconds = Math.max(Math.floor(milliseconds / 1000), 0);
  const two = (number: number) => String(number).padStart(2, "0");
  const short = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? short : `${Math.floor(seconds / 3600)}:${short}`;
}

export function describe(call: CallView, words: Words, now: number): Description {
  const { phase } = call;
  if (phase === "undo") {
    const left = Math.max(Math.ceil(((call.undoUntil ?? now) - now) / 1000), 0);
    return {
      title: words.call.undoing,
      timer: words.call.seconds(left),
      ...(call.hidden ? { help: words.call.hidden } : {}),
      tone: "live",
      actions: [{ act: "end", label: words.actions.undo }],
    };
  }
  return isOver(phase) ? over(call, words) : live(call, phase, words, now);
}

function live(call: CallView, phase: Live, words: Words, now: number): Description {
  const connected = phase === "connected";
  const help = call.hangUpFailed ? words.call.hangUpFailed : call.hidden ? words.call.hidden : undefined;
  return {
    title: call.hangingUp ? words.call.hangingUp : words.call[phase],
    ...(help ? { help } : {}),
    ...(connected ? { timer: clock(now - (call.connectedAt ?? now)) } : {}),
    tone: connected ? "good" : "live",
    actions: [{ act: "end", label: words.actions.hangUp, ...(call.hangingUp ? { disabled: true } : {}) }],
  };
}

function over(call: CallView, words: Words): Description {
  const again = { act: "again" as const, label: words.actions.again };
  if (call.phase === "cancelled") return { title: words.call.cancelled, tone: "quiet", actions: [again] };
  if (call.problem) return troubled(call, words);
  if (call.phase === "lost") {
    return { title: words.call.unfollowed, help: words.call.unfollowedHelp, tone: "quiet", actions: [] };
  }
  const verdict: Verdict = words.call.reasons[call.reason ?? "other"];
  const lasted = call.connectedAt !== undefined && call.endedAt !== undefined ? clock(call.endedAt - call.connectedAt) : undefined;
  const fine = call.reason === "hangUp" || call.reason === "callerAbandon" || call.phase === "disconnected";
  return {
    title: lasted !== undefined && fine ? words.call.lasted(lasted) : verdict.title,
    ...(verdict.help ? { help: verdict.help } : {}),
    tone: fine ? "quiet" : "bad",
    actions: [again],
  };
}

const REMEDIES: Partial<Record<NonNullable<CallView["problem"]>, Act[]>> = {
  noAccount: ["openOptions"],
  noKey: ["openOptions"],
  noServer: ["openOptions"],
  noPermission: ["openOptions"],
  badNumber: [],
  notAllowed: [],
  wrongPassword: ["openOptions", "again"],
  protocol: ["openOptions"],
  unreachable: ["openServer", "again"],
  interrupted: [],
  unseen: [],
};

function troubled(call: CallView, words: Words): Description {
  const problem = call.problem ?? "protocol";
  const verdict = words.call.problems[problem];
  const wait = call.retryAfter !== undefined && call.retryAfter > 0 ? words.call.waitSeconds(call.retryAfter) : undefined;
  const help = [verdict.help, wait].filter(Boolean).join(" ");
  const labels: Record<Act, string> = {
    end: words.actions.hangUp,
    again: words.actions.again,
    openServer: words.actions.openServer,
    openOptions: words.actions.openOptions,
  };
  const acts = (REMEDIES[problem] ?? ["again"]).filter((act) => act !== "openServer" || call.serverUrl !== undefined);
  return { title: verdict.title, ...(help ? { help } : {}), tone: "bad", actions: acts.map((act) => ({ act, label: labels[act] })) };
}
