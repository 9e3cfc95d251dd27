// A browser with the real extension in it, told what to do by lines of JSON on standard input, one answer for each on standard output.
//   node driver.mjs chromium|firefox FOLDER    (the unpacked extension; a folder of its own for the profile is made and removed)
// A verb is a method of the driver: {"id": 1, "do": "open", "with": ["http://…"]} is answered {"id": 1, "value": …} or {"id": 1, "error": "…"}.
import { createInterface } from "node:readline";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [browser, folder, ...options] = process.argv.slice(2);
const { start } = await import(browser === "firefox" ? "./firefox.mjs" : "./chromium.mjs");
const profile = await mkdtemp(join(tmpdir(), "click2call-browser-"));
let driver;

async function end() {
  await driver?.close().catch(() => undefined);
  await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }).catch(() => undefined);
}

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
try {
  driver = await start({ profile, folder, options: Object.fromEntries(options.map((each) => each.split("="))) });
  say({ id: 0, value: "ready" });
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, do: verb, with: given = [] } = JSON.parse(line);
    try {
      say({ id, value: (await driver[verb](...given)) ?? null });
    } catch (error) {
      say({ id, error: String(error?.stack ?? error) });
    }
  }
} catch (error) {
  say({ id: 0, error: String(error?.stack ?? error) });
} finally {
  await end();
}
