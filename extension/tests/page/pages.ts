/** The pages that the browser is shown, served on this machine only. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

const words =
  "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua".split(" ");

/** 10,000 text nodes, 1,000 of them with a number. */
export function largePage(): string {
  const rows: string[] = [];
  let texts = 0;
  for (let i = 0; texts < 10_000; i += 1) {
    const at = (n: number): string => words[(i * 7 + n) % words.length] ?? "";
    const last = String(1_000_000 + ((i * 7919) % 9_000_000));
    const number = `+34 94 ${last.slice(0, 3)} ${last.slice(3, 5)} ${last.slice(5, 7)}`;
    // Nine texts and a number: the tenth, with the spaces in between none.
    rows.push(
      `<p><b>${at(0)} ${at(1)}</b><i>${at(2)} 12,50</i><a href="#x">${at(3)}</a><span>${at(4)} ${String(i)}</span><em>${at(5)}</em><span>${at(6)} 2026</span>` +
        `<span>${at(7)}</span><small>${at(8)} ${at(9)}</small><span>${at(10)}</span><span class="n">${number}</span></p>`,
    );
    texts += 10;
  }
  return page("large", rows.join(""));
}

export function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body>${body}</body></html>`;
}

export const smallPage = page(
  "small",
  `<h1>Contact</h1><p style="margin-top:60px">Call <span id="n1">+34 944 10 01 01</span> or <b id="n2">+34</b> <span id="n2b">612 345 678</span>.</p>
   <p>Order no. <span id="order">612345678</span></p><div id="editor" contenteditable="true">Call +34 944 10 01 02</div><textarea>+34 944 10 01 03</textarea>
   <p><a id="link" href="tel:+34944100104"><svg width="20" height="20"><circle cx="10" cy="10" r="9"/></svg></a></p>
   <x-card id="card"></x-card><p id="later"></p><iframe id="frame" src="/frame" width="400" height="80"></iframe>
   <script>
     customElements.define("x-card", class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: "open" }).innerHTML = "<p>Call <span id=inner>+34 944 10 01 05</span></p>"; } });
   </script>`,
);

export const framePage = page("frame", `<p>Frame: <span id="f1">+34 944 10 01 06</span></p>`);

export const churningPage = page(
  "churning",
  `<div id="feed"></div><script>
     let n = 0;
     setInterval(() => {
       const feed = document.getElementById("feed");
       feed.textContent = "";
       for (let i = 0; i < 300; i += 1) { const p = document.createElement("p"); p.append("Price " + (n += 1) + " call +34 944 10 " + (10 + (n % 89)) + " 01"); feed.append(p); }
     }, 30);
   </script>`,
);

export interface Site {
  url: string;
  server: Server;
  hits: string[];
}

export async function serve(routes: Record<string, string>): Promise<Site> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    hits.push(path);
    const body = routes[path];
    response.writeHead(body === undefined ? 404 : 200, {
      "content-type": path.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8",
      "cache-control": "no-store",
    });
    response.end(body ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, server, hits };
}
