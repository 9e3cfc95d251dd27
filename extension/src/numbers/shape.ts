/** How the digits of one piece of text are grouped, and what that alone is worth. */

import type { Planned } from "./plan.ts";
import type { Group } from "./runs.ts";

/** A number has at least so many marks in its favour. */
export const enough = 3;

export interface Piece {
  groups: Group[];
  digits: string;
  plus: boolean;
  /** Brackets around an area code or a country's code. */
  brackets: boolean;
}

/** The (0) of +34 (0) 944: dialled from within the country only. Italy's belongs to the number. */
function withoutTrunk(groups: Group[], plus: boolean): Group[] {
  const at = groups.findIndex((group, i) => i > 0 && i < 3 && /[(\[] *$/.test(group.before) && /^0$/.test(group.digits));
  if (at < 0 || !/^ *[)\]]/.test(groups[at + 1]?.before ?? "")) return groups;
  const code = groups
    .slice(0, at)
    .map((group) => group.digits)
    .join("");
  const italian = code === "39" || code === "0039" || code === "01139";
  if (italian || !(plus || code.startsWith("00") || code.startsWith("011"))) return groups;
  return groups.filter((_, i) => i !== at);
}

export function piece(groups: Group[]): Piece {
  const first = groups[0]?.before ?? "";
  const plus = first.includes("+");
  const kept = withoutTrunk(groups, plus);
  return {
    groups: kept,
    digits: kept.map((group) => group.digits).join(""),
    plus,
    brackets: /[(\[] *$/.test(first) || groups.slice(1, 3).some((group) => /[(\[]/.test(group.before)),
  };
}

/** A separator that only ever stands between two numbers. `count` digits stand before it. */
export function divides(groups: Group[], at: number): boolean {
  const { before } = groups[at] ?? { before: "" };
  const count = groups.slice(0, at).reduce((sum, group) => sum + group.digits.length, 0);
  if (before.includes("/")) return count > 6 || groups.slice(1, at).some((group) => group.before.includes("/"));
  if (/[(\[]/.test(before)) return count > 6;
  const rest = groups.slice(at).reduce((sum, group) => sum + group.digits.length, 0);
  // A German direct number, "99998 - 123", is too short to be a number of its own.
  if (/ -+ /.test(before))
    return count > 6 && rest > 4 && !groups.slice(1).every((group) => / -+ /.test(group.before) || group === groups[1]);
  return false;
}

const thousands = (lengths: number[]): boolean => lengths.length > 1 && (lengths[0] ?? 4) <= 3 && lengths.slice(1).every((n) => n === 3);

function separators(groups: Group[]): string {
  return [...new Set(groups.slice(1).map((group) => group.before.trim() || " "))].join("");
}

/** What a national number's grouping is worth: from 0 for none to 4 for one that only telephone numbers have. */
function grouping(found: Piece, planned: Planned): number {
  const lengths = found.groups.map((group) => group.digits.length);
  const count = lengths.length;
  if (count === 1) return planned.trunk ? 2 : found.digits.length >= 9 ? 1 : 0;
  if (found.brackets) return 4;
  const marks = separators(found.groups);
  const asWritten = lengths.join() === planned.groups.join();
  if (lengths.filter((n) => n === 1).length > 2) return 0 - enough;
  if (thousands(lengths) && /(?:000){2}$/.test(found.digits)) return 0 - enough;
  if (thousands(lengths) && (marks === "." || marks === " ")) return marks === "." ? 2 : 3;
  const rest = lengths.slice(1);
  if (!asWritten && (rest.some((n) => n === 1) || lengths.some((n) => n > 8) || (count > 2 && lengths.some((n) => n > 5))))
    return planned.trunk ? 2 : 1;
  if (asWritten || planned.trunk || count > 2) return 4;
  return lengths[0] === 3 && found.digits.length >= 9 ? 3 : 2;
}

/** The marks that the writing alone earns. */
export function marksOf(found: Piece, planned: Planned): number {
  const grouped = found.groups.length > 1;
  if (planned.form === "plus") return 6;
  if (planned.form === "prefixed") return grouped ? 5 : 2;
  if (planned.form === "bare") return found.brackets ? 3 : 0;
  return grouping(found, planned);
}
