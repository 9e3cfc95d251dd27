/** The last calls, on this computer only. */
import type { CallView, Phase, Problem, Reason } from "../messages.ts";
import type { Area } from "./accounts.ts";

export interface RecentCall {
  number: string;
  display: string;
  /** Milliseconds since 1970. */
  at: number;
  phase: Phase;
  reason?: Reason;
  problem?: Problem;
  /** How long both sides were connected; absent where they never were. */
  seconds?: number;
}

export const MOST_RECENT = 50;

export function recentOf(call: CallView): RecentCall {
  const { number, display, phase, reason, problem, createdAt, connectedAt, endedAt } = call;
  return {
    number,
    display,
    at: createdAt,
    phase,
    ...(reason ? { reason } : {}),
    ...(problem ? { problem } : {}),
    ...(connectedAt !== undefined && endedAt !== undefined ? { seconds: Math.max(0, Math.round((endedAt - connectedAt) / 1000)) } : {}),
  };
}

export class RecentCalls {
  constructor(private readonly area: Area) {}

  async list(): Promise<RecentCall[]> {
    const { recent } = await this.area.get(["recent"]);
    return Array.isArray(recent) ? (recent as RecentCall[]) : [];
  }

  async add(call: CallView): Promise<void> {
    await this.area.set({ recent: [recentOf(call), ...(await this.list())].slice(0, MOST_RECENT) });
  }

  async clear(): Promise<void> {
    await this.area.remove(["recent"]);
  }
}
