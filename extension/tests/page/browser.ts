import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRequire } from "node:module";
import { build } from "esbuild";
import type { CDPSession, Page } from "playwright-core";
import { accessible, buttonNamed, launch, middleOf, painted, Trace, until, type Browser, type Cost } from "./chromium.ts";
import { churningPage, framePage, largePage, page as htmlPage, serve, smallPage, type Site } from "./pages.ts";

declare const ROOT: string;

let browser: Browser;
let site: Site;
const require = createRequire(import.meta.url);

async function reactRoutes(): Promise<Record<string, string>> {
  const app = `import { createElement as h } from "react";
    export const app = () => h("ul", null, ...Array.from({ length: 50 }, (_, i) => h("li", { key: i }, "Call ", h("b", null, "+34 944 10 01 " + (10 + i)), " now")));`;
  const bundled = async (contents: string, platform: "browser" | "node"): Promise<string> => {
    const { outputFiles } = await build({
      stdin: { contents: app + contents, resolveDir: ROOT, loader: "js" },
      bundle: true,
      write: false,
      platform,
      format: "iife",
      logLevel: "error",
      define: { "process.env.NODE_ENV": '"development"' },
      nodePaths: (process.env["NODE_PATH"] ?? "").split(":").filter(Boolean),
    });
    return outputFiles[0]?.text ?? "";
  };
  const client = await bundled(
    `import { hydrateRoot } from "react-dom/client"; import { useState } from "react";
     window.problems = [];
     const error = console.error; console.error = (...a) => { window.problems.push(String(a[0])); error(...a); };
     const Counter = () => { const [n, set] = useState(0); return h("div", null, h("button", { id: "more", onClick: () => set(n + 1) }, "Clicked ", n), app()); };
     window.hydrate = () => hydrateRoot(document.getElementById("root"), h(Counter), { onRecoverableError: (e) => window.problems.push(String(e)) });`,
    "browser",
  );
  const server = await bundled(
    `import { renderToString } from "react-dom/server"; import { useState } from "react";
     const Counter = () => { const [n, set] = useState(0); return h("div", null, h("button", { id: "more", onClick: () => set(n + 1) }, "Clicked ", n), app()); };
     globalThis.markup = renderToString(h(Counter));`,
    "node",
  );
  new Function("require", server)(require);
  const { markup } = globalThis as unknown as { markup: string };
  return { "/react": htmlPage("react", `<div id="root">${markup}</div><script src="/react.js"></script>`), "/react.js": client };
}

before(async () => {
  site = await serve({
    "/large": largePage(),
    "/small": smallPage,
    "/frame": framePage,
    "/churning": churningPage,
    "/empty": htmlPage("empty", "<p>No digits.</p>"),
    ...(await reactRoutes()),
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  site?.server.close();
});

async function open(path: string, work: (page: Page, session: CDPSession) => Promise<void>): Promise<void> {
  const page = await browser.context.newPage();
  const session = await browser.context.newCDPSession(page);
  try {
    await page.goto(site.url + path);
    await work(page, session);
  } finally {
    await page.close();
  }
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function costOfLarge(): Promise<Cost> {
  const page = await browser.context.newPage();
  const session = await browser.context.newCDPSession(page);
  const trace = await Trace.start(session);
  await page.goto(`${site.url}/large`);
  const body = await page.evaluate(() => document.body.innerHTML);
  await until("all 1,000 numbers", async () => (await painted(page)) === 1000);
  const cost = await trace.stop();
  assert.equal(await page.evaluate(() => document.body.innerHTML), body);
  assert.equal(await page.evaluate(() => document.documentElement.children.length), 2);
  await page.close();
  return cost;
}

test("a page of 10,000 texts and 1,000 numbers: no task over 50 ms, at most 250 ms in all, and not a byte of it changed", async () => {
  await costOfLarge();
  const costs = [await costOfLarge(), await costOfLarge(), await costOfLarge()];
  for (const { script, longestTask, longTasks } of costs)
    console.log(`large page: ${script.toFixed(0)} ms in all, longest task ${longestTask.toFixed(0)} ms, ${String(longTasks)} over 50 ms`);
  assert.ok(
    costs.every(({ script }) => script > 0),
    "the trace shows the content script",
  );
  assert.ok(median(costs.map(({ script }) => script)) <= 250, "CPU");
  assert.ok(median(costs.map(({ longestTask }) => longestTask)) <= 50, "longest task");
});

test("a page that never stops changing costs a small share of its time", async () => {
  await open("/churning", async (page, session) => {
    await page.waitForTimeout(8000);
    const trace = await Trace.start(session);
    await page.waitForTimeout(6000);
    const { script, longTasks } = await trace.stop();
    console.log(`churning page: ${((script / 6000) * 100).toFixed(1)} % of its time`);
    assert.ok(script / 6000 < 0.1);
    assert.equal(longTasks, 0);
  });
});

async function hover(page: Page, selector: string): Promise<void> {
  const box = await page.locator(selector).boundingBox();
  assert.ok(box, selector);
  await page.mouse.move(5, 5);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 3 });
}

test("on a number rests the pointer: its button comes, beside the page and not in its body, and goes", async () => {
  await open("/small", async (page, session) => {
    const body = await page.evaluate(() => document.body.innerHTML);
    await until("the numbers", async () => (await painted(page)) >= 3);
    await hover(page, "#n1");
    await until("the button", () => buttonNamed(session, "Call +34 944 10 01 01"));
    assert.ok((await accessible(session)).some(({ role, name }) => role === "button" && name === "Not a phone number"));
    assert.equal(await page.evaluate(() => document.body.innerHTML), body);
    await page.mouse.move(5, 600);
    await until("its end", async () => !(await buttonNamed(session, "Call +34 944 10 01 01")));
    assert.equal(await page.evaluate(() => document.documentElement.children.length), 2);
  });
});

test("the button comes and goes without anything being read anew", async () => {
  await open("/small", async (page, session) => {
    await until("the numbers", async () => (await painted(page)) >= 3);
    await page.evaluate(() => void ((window as unknown as { kept: unknown }).kept = [...(CSS.highlights.get("click2call-number") ?? [])]));
    await hover(page, "#n1");
    await until("the button", () => buttonNamed(session, "Call +34 944 10 01 01"));
    await page.mouse.move(5, 600);
    await until("its end", async () => !(await buttonNamed(session, "Call +34 944 10 01 01")));
    await page.waitForTimeout(1500);
    const same = await page.evaluate(() => {
      const now = CSS.highlights.get("click2call-number");
      return (window as unknown as { kept: AbstractRange[] }).kept.every((range) => now?.has(range));
    });
    assert.ok(same);
  });
});

test("numbers are offered across elements, in shadow roots, in what came later and in tel: links, and nowhere else", async () => {
  await open("/small", async (page, session) => {
    await until("the numbers", async () => (await painted(page)) >= 3);
    for (const [selector, name] of [
      ["#n2b", "Call +34 612 34 56 78"],
      ["#inner", "Call +34 944 10 01 05"],
      ["#link", "Call +34 944 10 01 04"],
    ] as const) {
      await hover(page, selector);
      await until(selector, () => buttonNamed(session, name));
    }
    await page.evaluate(() => document.getElementById("later")?.append("Call +34 944 10 01 07"));
    const count = await painted(page);
    await until("the new number", async () => (await painted(page)) > count);
    await hover(page, "#later");
    await page.mouse.move(60, (await page.locator("#later").boundingBox())?.y ?? 0);
    await page.evaluate(() => {
      const later = document.getElementById("later");
      if (later?.firstChild) (later.firstChild as Text).data = "no number";
    });
    await until("the number's end", async () => (await painted(page)) === count);
    for (const selector of ["#editor", "#order", "textarea"]) {
      await hover(page, selector);
      await page.waitForTimeout(500);
      assert.equal(
        (await accessible(session)).filter(({ role, name }) => role === "button" && name.startsWith("Call")).length,
        0,
        selector,
      );
    }
  });
});

test("frames are read too", async () => {
  await open("/small", async (page) => {
    const frame = await until("the frame", async () => page.frames().find((one) => one.url().endsWith("/frame")));
    await until("its number", async () => (await frame.evaluate(() => CSS.highlights.get("click2call-number")?.size ?? 0)) === 1);
  });
});

async function nextNumber(page: Page): Promise<void> {
  const url = page.url();
  await browser.background.evaluate(async (wanted) => {
    const tabs = await chrome.tabs.query({});
    for (const { id } of tabs) if (id !== undefined) await chrome.tabs.sendMessage(id, { kind: "nextNumber" }).catch(() => undefined);
    return wanted;
  }, url);
}

test("by keyboard from number to number, and a call with Enter", async () => {
  await open("/small", async (page, session) => {
    await page.bringToFront();
    await until("the numbers", async () => (await painted(page)) >= 3);
    await nextNumber(page);
    await until("the first number's button", async () => (await buttonNamed(session, "Call +34 944 10 01 01"))?.focused);
    await page.keyboard.press("ArrowDown");
    await until("the second's", async () => (await buttonNamed(session, "Call +34 612 34 56 78"))?.focused);
    await page.keyboard.press("ArrowUp");
    await until("the first's again", async () => (await buttonNamed(session, "Call +34 944 10 01 01"))?.focused);
    await page.keyboard.press("Escape");
    await until("its end", async () => !(await buttonNamed(session, "Call +34 944 10 01 01")));
    await nextNumber(page);
    await until("the button", () => buttonNamed(session, "Call +34 944 10 01 01"));
    await page.waitForTimeout(400);
    await page.keyboard.press("Enter");
    await until("the toast", async () => (await accessible(session)).some(({ name }) => /^No \w+ is set up/.test(name)));
  });
});

test("a click calls; what a page makes up does not", async () => {
  await open("/small", async (page, session) => {
    await until("the numbers", async () => (await painted(page)) >= 3);
    await page.evaluate(() => {
      const number = document.getElementById("n1");
      const { left, top } = number?.getBoundingClientRect() ?? { left: 0, top: 0 };
      number?.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, clientX: left + 5, clientY: top + 5 }));
    });
    await page.waitForTimeout(500);
    assert.equal(await buttonNamed(session, "Call +34 944 10 01 01"), undefined);
    await hover(page, "#n1");
    const { backendId } = await until("the button", () => buttonNamed(session, "Call +34 944 10 01 01"));
    assert.equal(await page.evaluate(() => [...document.documentElement.children].some((child) => child.shadowRoot !== null)), false);
    await page.evaluate(() => {
      for (const child of document.documentElement.children) if (child instanceof HTMLElement && child.localName === "div") child.click();
    });
    const { x, y } = await middleOf(session, backendId);
    await page.waitForTimeout(300);
    assert.equal(
      (await accessible(session)).some(({ name }) => /^No \w+ is set up/.test(name)),
      false,
    );
    await page.mouse.move(x, y, { steps: 4 });
    await page.waitForTimeout(300);
    await page.mouse.click(x, y);
    await until("the toast", async () => (await accessible(session)).some(({ name }) => /^No \w+ is set up/.test(name)));
  });
});

test("'not a number' is remembered for the site", async () => {
  await open("/small", async (page, session) => {
    await until("the numbers", async () => (await painted(page)) >= 3);
    const count = await painted(page);
    await hover(page, "#n1");
    await until("the button", () => buttonNamed(session, "Call +34 944 10 01 01"));
    const not = await until("its neighbour", () => buttonNamed(session, "Not a phone number"));
    const { x, y } = await middleOf(session, not.backendId);
    await page.waitForTimeout(300);
    await page.mouse.move(x, y, { steps: 4 });
    await page.mouse.click(x, y);
    await until("one number less", async () => (await painted(page)) === count - 1);
  });
  await open("/small", async (page) => {
    await until("the numbers", async () => (await painted(page)) >= 2);
    await page.waitForTimeout(500);
    assert.equal(await painted(page), 2);
  });
});

test("a React page hydrates after its numbers were found, and goes on", async () => {
  await open("/react", async (page) => {
    await until("the numbers", async () => (await painted(page)) === 50);
    await page.evaluate(() => (window as unknown as { hydrate(): void }).hydrate());
    await page.waitForTimeout(500);
    await page.click("#more");
    await until("its answer", async () => (await page.textContent("#more")) === "Clicked 1");
    assert.deepEqual(await page.evaluate(() => (window as unknown as { problems: string[] }).problems), []);
    assert.equal(await painted(page), 50);
  });
});
