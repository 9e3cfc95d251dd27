/** A small HTTP server that answers as a test tells it to. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: Record<string, unknown> | undefined;
}

type Answer = (response: ServerResponse, seen: Seen) => void;

export class ScriptedServer {
  readonly seen: Seen[] = [];
  readonly #answers: Answer[] = [];
  readonly #server = createServer((request, response) => {
    let text = "";
    request.on("data", (piece: Buffer) => (text += piece.toString()));
    request.on("end", () => {
      const seen: Seen = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: text ? (JSON.parse(text) as Record<string, unknown>) : undefined,
      };
      this.seen.push(seen);
      const answer = this.#answers.shift();
      if (answer) answer(response, seen);
      else response.writeHead(599).end();
    });
  });

  static async start(): Promise<ScriptedServer> {
    const made = new ScriptedServer();
    await new Promise<void>((resolve) => made.#server.listen(0, "127.0.0.1", resolve));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What the next requests are answered, in order. */
  next(...answers: Answer[]): this {
    this.#answers.push(...answers);
    return this;
  }

  async stop(): Promise<void> {
    // A connection may still be on its way in when the others are closed.
    const closing = setInterval(() => this.#server.closeAllConnections(), 5);
    await new Promise((resolve) => this.#server.close(resolve));
    clearInterval(closing);
  }
}

export const json =
  (status: number, value: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(value));
  };

export const challenge: Answer = json(200, { nonce: "n0nce", realm: "127.0.0.1" });

/** Events one after the other; `then` says how the stream goes on. */
export const events =
  (first: number, states: (string | Record<string, unknown>)[], then: "end" | "cut" | "stay" = "end"): Answer =>
  (response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write("retry: 1000\n\n");
    states.forEach((state, index) => {
      const snapshot = { iden: "abc", startedAt: "2026-11-22T22:42:13.123Z", ...(typeof state === "string" ? { state } : state) };
      response.write(`id: ${first + index}\ndata: ${JSON.stringify(snapshot)}\n\n`);
    });
    if (then === "end") response.end();
    if (then === "cut") setTimeout(() => response.destroy(), 20);
  };

export const cut: Answer = (response) => void response.destroy();

export const status =
  (code: number): Answer =>
  (response) =>
    void response.writeHead(code).end();
