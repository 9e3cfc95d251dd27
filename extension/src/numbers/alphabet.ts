/**
 * Numbers are written with many digits, dashes and spaces. `plain` turns them into one of each, one code unit for one, so that a place
 * in the plain text is the same place in the page's.
 */

/** Between text that only happens to stand side by side: a `<br>`. No number goes across it. */
export const hardBreak = "\u2028";

/** A digit of any of the scripts that `plain` knows. */
export const anyDigit = /[0-9\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/;

const foreign = /[^\x20-\x7e]/;
const zeros = [0xff10, 0x0660, 0x06f0];

const same: Record<string, string> = {
  "\n": " ",
  "\r": " ",
  "\t": " ",
  "\f": " ",
  "\v": " ",
  "\u00a0": " ",
  "\u1680": " ",
  "\u202f": " ",
  "\u205f": " ",
  "\u3000": " ",
  // Marks that are not seen. Between digits they are as good as nothing, and a space does no harm there.
  "\u00ad": " ",
  "\u200b": " ",
  "\u200c": " ",
  "\u200d": " ",
  "\u200e": " ",
  "\u200f": " ",
  "\u2060": " ",
  "\ufeff": " ",
  "\u202a": " ",
  "\u202b": " ",
  "\u202c": " ",
  "\u202d": " ",
  "\u202e": " ",
  "\u2066": " ",
  "\u2067": " ",
  "\u2068": " ",
  "\u2069": " ",
  "\u2212": "-",
  "\ufe58": "-",
  "\ufe63": "-",
  "\uff0d": "-",
  "\uff0b": "+",
  "\uff08": "(",
  "\uff09": ")",
  "\uff3b": "[",
  "\uff3d": "]",
  "\uff0e": ".",
  "\uff0f": "/",
  "\u2044": "/",
  "\uff1a": ":",
  "\uff0c": ",",
  "\uff03": "#",
  "\uff0a": "*",
  [hardBreak]: "\n",
};

function plainUnit(unit: string): string {
  const known = same[unit];
  if (known !== undefined) return known;
  const code = unit.charCodeAt(0);
  if (code >= 0x2000 && code <= 0x200a) return " ";
  if (code >= 0x2010 && code <= 0x2015) return "-";
  for (const zero of zeros) if (code >= zero && code <= zero + 9) return String(code - zero);
  return unit;
}

/** Of the same length as `text`. A hard break comes out as a newline, every other white space as a space. */
export function plain(text: string): string {
  if (!foreign.test(text)) return text;
  const simple = text.replace(/[^\x20-\x7e]/g, plainUnit);
  // Japan's long vowel is a letter in words, and between digits a dash.
  return simple.includes("\u30fc") ? simple.replace(/(?<=\d)\u30fc(?=\d)/g, "-") : simple;
}

/** For comparing words: small letters without accents. */
export function folded(word: string): string {
  const small = word.toLowerCase();
  return foreign.test(small) ? small.normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC") : small;
}
