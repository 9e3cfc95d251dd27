/** Server-Sent Events, as the HTML standard parses them; only the fields that are needed here. */
export interface ServerEvent {
  id?: string;
  data: string;
}

/** An event longer than this is not the service's; the stream is given up. */
const MOST_CHARACTERS = 64 * 1024;

/** Takes text in pieces of any size and hands out whole events. `retry` is what the server last asked for, in milliseconds. */
export class EventParser {
  retry: number | undefined;
  #rest = "";
  #data: string[] = [];
  #id: string | undefined;

  /** Throws RangeError for a line or an event without end. */
  push(text: string): ServerEvent[] {
    this.#rest += text;
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > MOST_CHARACTERS) throw new RangeError("a line without end");
    const events: ServerEvent[] = [];
    for (const line of lines) {
      const event = this.#line(line);
      if (event) events.push(event);
    }
    return events;
  }

  #line(line: string): ServerEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") {
      this.#data.push(value);
      if (this.#data.length > 1000) throw new RangeError("an event without end");
    } else if (field === "id" && !value.includes("\0")) {
      this.#id = value;
    } else if (field === "retry" && /^\d{1,9}$/.test(value)) {
      this.retry = Number(value);
    }
    return undefined;
  }

  #dispatch(): ServerEvent | undefined {
    if (this.#data.length === 0) return undefined;
    const data = this.#data.join("\n");
    this.#data = [];
    return this.#id === undefined ? { data } : { id: this.#id, data };
  }
}
