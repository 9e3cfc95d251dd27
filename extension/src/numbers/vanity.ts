/** 1-800-FLOWERS: letters of the keypad, in the North American plan only. */

import type { FoundNumber } from "./find.ts";
import { callingCode, plan } from "./plan.ts";

const vanity =
  /(?<![\p{L}\p{N}_-])(?:\+?1[-. ])?\(?8(?:00|33|44|55|66|77|88)\)?[-. ](?=[0-9-]*[A-Z])[A-Z0-9]{1,9}(?:-[A-Z0-9]{1,9}){0,2}(?![\p{L}\p{N}_])/gu;
const keys = "22233344455566677778889999";

function onKeypad(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => keys[letter.charCodeAt(0) - 65] ?? "").replace(/\D/g, "");
}

export const vanityIn = {
  possible(text: string): boolean {
    return /8(?:00|33|44|55|66|77|88)\)?[-. ][A-Z0-9-]*[A-Z]{2}/.test(text);
  },

  *each(text: string, country: string): Generator<FoundNumber> {
    if (!vanityIn.possible(text)) return;
    for (const match of text.matchAll(vanity)) {
      const international = /^\+?1/.test(match[0]);
      if (!international && callingCode(country) !== "1") continue;
      // Words are longer than the seven keys that count.
      const digits = onKeypad(match[0]).replace(/^1/, "");
      if (digits.length < 10 || digits.length > 13) continue;
      const planned = plan(`1${digits.slice(0, 10)}`, true, "");
      if (planned) yield { start: match.index, end: match.index + match[0].length, dial: planned.dial, display: planned.display };
    }
  },
};
