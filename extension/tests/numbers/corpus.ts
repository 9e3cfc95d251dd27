/**
 * Reads tests/corpus: pages and lines with every number marked. `[[944 10 01 01|+34944100101]]` is a number and what is dialled for it,
 * `[[… ext. 23|+34944100101|23]]` one with an extension, `[!612345678!]` digits that are none. A line is a page; one that begins with `<` is
 * HTML and goes on to the next blank line. `@country ES` sets the country, `@country -` none; `@extensions 1XX 2XX` sets the patterns.
 * \uXXXX stands for that character.
 */

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface Expected {
  text: string;
  dial: string;
  extension?: string | undefined;
}

export interface Case {
  where: string;
  country: string;
  extensions: string[];
  html: boolean;
  /** With the marks replaced: U+E000 begins a number, U+E001 ends it, U+E002 and U+E003 the same for what is none. */
  source: string;
  /** In the order of their beginnings. */
  numbers: Expected[];
  others: number;
}

const escapes = (text: string): string =>
  text.replace(/\\u([0-9A-Fa-f]{4})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));

function parseCase(raw: string, where: string, country: string, extensions: string[]): Case {
  const numbers: Expected[] = [];
  let others = 0;
  const source = escapes(raw)
    .replace(/\[\[(.+?)\|([+*0-9]+)(?:\|(\d+))?\]\]/gs, (_, text: string, dial: string, extension?: string) => {
      numbers.push({ text, dial, extension });
      return `\ue000${text}\ue001`;
    })
    .replace(/\[!(.+?)!\]/gs, (_, text: string) => {
      others += 1;
      return `\ue002${text}\ue003`;
    });
  if (/\[\[.*\||\[!|!\]/.test(source)) throw new Error(`${where}: a mark is not closed`);
  return { where, country, extensions, html: raw.startsWith("<"), source, numbers, others };
}

function parseFile(path: string, name: string): Case[] {
  const cases: Case[] = [];
  let country = "";
  let extensions: string[] = [];
  const lines = readFileSync(path, "utf8").split("\n");
  for (let i = 0; i < lines.length; i += 1) {
    let text = lines[i] ?? "";
    const where = `${name}:${String(i + 1)}`;
    if (text.trim() === "" || text.startsWith("# ")) continue;
    const directive = /^@(country|extensions)\s*(.*)$/.exec(text);
    if (directive) {
      const value = (directive[2] ?? "").trim();
      if (directive[1] === "country") country = value === "-" ? "" : value;
      else extensions = value === "" ? [] : value.split(/\s+/);
      continue;
    }
    if (text.startsWith("<")) while ((lines[i + 1] ?? "").trim() !== "") text += `\n${lines[(i += 1)] ?? ""}`;
    cases.push(parseCase(text, where, country, extensions));
  }
  return cases;
}

export function readCorpus(folder: string): Case[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .flatMap((name) => parseFile(join(folder, name), name));
}
