/**
 * What has a shape of its own and is no number to call: addresses on the net, dates, times, cards, the tax numbers whose punctuation
 * gives them away. It is blotted out before anything is looked for.
 */

/** Stands for what was blotted out: no letter, no digit, no separator. */
export const blot = "\u0002";

interface Shape {
  /** Without this in the text there is nothing to look for. */
  needs?: string;
  like: RegExp;
}

const shapes: (RegExp | Shape)[] = [
  // Addresses: with a scheme (but not tel:), www, a mailbox or a handle, a host with a path or a port.
  { needs: "://", like: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s<>"]+/gi },
  { needs: "www.", like: /\bwww\.[^\s<>"]+/gi },
  { needs: "@", like: /[\w.+%-]{0,64}@[\w.-]*\w/g },
  { needs: ".", like: /\b(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,12}(?:[/?]|:\d)[^\s<>"]*/gi },
  // Dates and times.
  /(?<![\d./-])(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:[0-2]?\d|3[01])(?!\d|\1\d)/g,
  /(?<!\d[-/. ]?)(?:[0-2]?\d|3[01])([-/.])(?:[0-2]?\d|3[01])\1(?:19|20)\d\d(?!\d|\1\d)/g,
  /(?<!\d[-/. ]?)(?:[0-2]?\d|3[01])([-/.])(?:[0-2]?\d|3[01])\1\d\d(?![-/. ]?\d)/g,
  /(?<!\d)20\d{6}[-_T ]?[0-2]\d[0-5]\d[0-5]\d(?!\d)/g,
  /(?<!\d[-/. ]?)(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d(?![-/. ]?\d)/g,
  { needs: ":", like: /(?<!\d)\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:[+-]\d\d:?\d\d)?(?!\d)/g },
  { needs: ".", like: /(?<![\d.-])[0-2]?\d\.[0-5]\d ?- ?[0-2]?\d\.[0-5]\d(?![.-]?\d)/g },
  { needs: "T", like: /\b(?:UTC|GMT) ?[+-]\d{1,2}:?\d{0,2}/g },
  // One digit, a point and many: 3.14159265.
  { needs: ".", like: /(?<![\d.-])\d\.\d{5,}(?![\d.]|[ -]\d)/g },
  // Places: two decimal fractions side by side.
  { needs: ".", like: /(?<![\d.])[+-]?\d{1,3}\.\d{4,}[,;]? +[+-]?\d{1,3}\.\d{4,}/g },
  // Accounts and cards.
  /\b[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/g,
  /(?<!\d[ -]?)(?:\d{4}[ -]){3}\d{4}(?![ -]?\d)/g,
  /(?<!\d[ -]?)3[47]\d\d[ -]\d{6}[ -]\d{5}(?!\d)/g,
  // Tax and identity numbers of Brazil, Argentina, Chile, Colombia, Belgium, Switzerland; French social security.
  { needs: ".", like: /(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{1,2}(?!\d)/g },
  { needs: ".", like: /(?<!\d)\d\d\.\d{3}\.\d{3}\/\d{4}-\d\d(?!\d)/g },
  { needs: "-", like: /(?<!\d)(?:2[0347]|3[034])-\d{8}-\d(?!\d)/g },
  { needs: ".", like: /(?<!\d)\d{1,2}\.\d{3}\.\d{3}-[\dkK]\b/g },
  { needs: ".", like: /(?<!\d)\d\d\.\d\d\.\d\d-\d{3}\.\d\d(?!\d)/g },
  { needs: "756.", like: /(?<!\d)756\.\d{4}\.\d{4}\.\d\d(?!\d)/g },
  /(?<!\d)[12] \d\d (?:0\d|1[0-2]) \d[\dAB] \d{3} \d{3}(?: \d\d)?(?!\d)/g,
  // Books.
  { needs: "97", like: /(?<!\d)97[89]-(?:\d{1,7}-){3}\d(?!\d)/g },
];

const dottedQuad = /(?<![\d.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:[:/]\d{1,5})?(?![.]?\d)/g;

function blotted(found: string): string {
  return blot.repeat(found.length);
}

/** `text` (made `plain` before) with the same length and those things gone. */
export function mask(text: string): string {
  let masked = text;
  for (const shape of shapes) {
    const { needs, like } = shape instanceof RegExp ? { needs: undefined, like: shape } : shape;
    if (needs === undefined || text.includes(needs)) masked = masked.replace(like, blotted);
  }
  // Danes and others write 12.34.56.78: where all four have two digits, the words around must decide.
  return masked.replace(dottedQuad, (found, ...parts: string[]) => {
    const four = parts.slice(0, 4);
    return four.some((part) => part.length !== 2) && four.every((part) => Number(part) < 256) ? blotted(found) : found;
  });
}
