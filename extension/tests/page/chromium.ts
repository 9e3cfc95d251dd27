/** Debian's Chromium with the built extension, and what its protocol says of what the extension costs and shows. */

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type BrowserContext, type CDPSession, type Page, type Worker } from "playwright-core";

declare const ROOT: string;

export interface Browser {
  context: BrowserContext;
  background: Worker;
  close(): Promise<void>;
}

export async function launch(): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), "c2c-page-"));
  const extension = join(folder, "extension");
  cpSync(join(ROOT, "dist", "chromium"), extension, { recursive: true });
  const context = await chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    headless: false,
    locale: "en-US",
    viewport: { width: 1000, height: 700 },
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--disable-extensions-except=${extension}`,
      `--load-extension=${extension}`,
    ],
  });
  const background = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
  // A new extension opens its options, in a blank tab if there is one: no tab of a test's before that.
  await until("the options page", async () => Promise.resolve(context.pages().some((page) => page.url().endsWith("/options.html"))));
  return {
    context,
    background,
    close: async () => {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function until<T>(what: string, ask: () => Promise<T | undefined | false | null>, limit = 15_000): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false && answer !== null) return answer;
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface Named {
  role: string;
  name: string;
  focused: boolean;
  backendId: number;
}

/** What a screen reader is told of, closed shadow roots included. */
export async function accessible(session: CDPSession): Promise<Named[]> {
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  return nodes
    .filter((node) => !node.ignored)
    .map((node) => ({
      role: String(node.role?.value ?? ""),
      name: String(node.name?.value ?? ""),
      focused: node.properties?.some(({ name, value }) => name === "focused" && value.value === true) ?? false,
      backendId: node.backendDOMNodeId ?? 0,
    }));
}

export async function buttonNamed(session: CDPSession, name: string): Promise<Named | undefined> {
  return (await accessible(session)).find((node) => node.role === "button" && node.name === name);
}

export async function middleOf(session: CDPSession, backendId: number): Promise<{ x: number; y: number }> {
  const { model } = await session.send("DOM.getBoxModel", { backendNodeId: backendId });
  const [x1 = 0, y1 = 0, , , x2 = 0, y2 = 0] = model.border;
  return { x: (x1 + x2) / 2, y: (y1 + y2) / 2 };
}

export async function painted(page: Page): Promise<number> {
  return page.evaluate(() => CSS.highlights.get("click2call-number")?.size ?? 0);
}

interface TraceEvent {
  name: string;
  ph: string;
  ts: number;
  dur?: number;
  tdur?: number;
  tid: number;
  pid: number;
  args?: { data?: { url?: string; scriptName?: string } };
}

export interface Cost {
  /** Of the extension's own code on the page's thread, in milliseconds of CPU. */
  script: number;
  /** The longest task that any of it ran in. */
  longestTask: number;
  /** Longer than 50 ms, among those. */
  longTasks: number;
}

export class Trace {
  private readonly events: TraceEvent[] = [];

  private constructor(private readonly session: CDPSession) {
    session.on("Tracing.dataCollected", ({ value }) => this.events.push(...(value as unknown as TraceEvent[])));
  }

  static async start(session: CDPSession): Promise<Trace> {
    const trace = new Trace(session);
    const includedCategories = ["devtools.timeline", "toplevel", "disabled-by-default-devtools.timeline", "v8"];
    await session.send("Tracing.start", {
      transferMode: "ReportEvents",
      traceConfig: { includedCategories, recordMode: "recordAsMuchAsPossible" },
    });
    return trace;
  }

  async stop(): Promise<Cost> {
    const complete = new Promise((resolve) => this.session.once("Tracing.tracingComplete", resolve));
    await this.session.send("Tracing.end");
    await complete;
    return cost(this.events);
  }
}

function cost(events: TraceEvent[]): Cost {
  const ours = events.filter(
    ({ name, ph, args }) =>
      ph === "X" &&
      (name === "FunctionCall" || name === "EvaluateScript" || name === "v8.compile") &&
      (args?.data?.url ?? "").startsWith("chrome-extension://"),
  );
  const outermost = ours.filter(
    (one) =>
      !ours.some(
        (other) =>
          other !== one &&
          other.tid === one.tid &&
          other.pid === one.pid &&
          other.ts <= one.ts &&
          other.ts + (other.dur ?? 0) >= one.ts + (one.dur ?? 0),
      ),
  );
  const tasks = events.filter(({ name, ph }) => ph === "X" && (name === "RunTask" || name === "ThreadControllerImpl::RunTask"));
  const holding = new Set<TraceEvent>();
  for (const call of outermost) {
    const task = tasks.find(
      ({ tid, pid, ts, dur = 0 }) => tid === call.tid && pid === call.pid && ts <= call.ts && ts + dur >= call.ts + (call.dur ?? 0),
    );
    if (task) holding.add(task);
  }
  const lengths = [...holding].map(({ dur = 0 }) => dur / 1000);
  return {
    script: outermost.reduce((sum, { tdur, dur }) => sum + (tdur ?? dur ?? 0), 0) / 1000,
    longestTask: Math.max(0, ...lengths),
    longTasks: lengths.filter((length) => length > 50).length,
  };
}
