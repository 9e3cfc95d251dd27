/** Numbers in text: found on their own (`createFinder`), or read where a person pointed at one (`readNumber`). */

export { createFinder, type FindOptions, type Finder, type FoundNumber } from "./find.ts";
export { readNumber, readTelUrl } from "./read.ts";
export { hardBreak, anyDigit } from "./alphabet.ts";
export { patternSource } from "./internal.ts";
