/** What may follow a number and belongs to it: the extension behind a switchboard. */

const words =
  "ext(?:ens[aãi]o|ensi[oó]n|ension|n)?|extens[aã]o|x|int(?:erno|erne?)?|anexo|poste|ramal|dw|durchwahl|app(?:arat)?|toestel|tst|wew(?:n(?:etrzny)?)?|" +
  "anknytning|lokal(?:nummer)?|klapka|доб|εσωτ|שלוחה|内線|分机|내선";
const tail = new RegExp(`^ ?[,;]? ?([([]? ?)(?:(?:${words})(?!\\p{L})\\.? ?[:#]? ?|# ?)(\\d{1,6})(?![\\p{L}\\p{N}]|[.,:/-]\\d)`, "iu");

export interface Tail {
  length: number;
  extension: string;
}

/** `after` is the plain text behind a number. */
export function extensionIn(after: string): Tail | undefined {
  const match = tail.exec(after);
  if (!match) return undefined;
  const bracket = (match[1] ?? "").trim() !== "";
  const closing = bracket ? /^ ?[)\]]/.exec(after.slice(match[0].length))?.[0].length : 0;
  if (closing === undefined) return undefined;
  return { length: match[0].length + closing, extension: match[2] ?? "" };
}
