/** Where the service is: its address, the browser's leave to reach it, and whether it answers. */
import type { OwnRequest } from "../background/index.ts";
import { baseUrl } from "../client/index.js";
import type { Problem } from "../messages.ts";
import { originPattern } from "../store/index.ts";
import { h, say } from "../ui/dom.ts";
import { isLocked, type Context } from "./context.ts";
import { button, field, section } from "./parts.ts";

export function serviceSection(context: Context): HTMLElement {
  const { words, settings } = context;
  const locked = isLocked(context, "server");
  const input = h("input", { type: "url", autocomplete: "off", spellcheck: "false", value: settings.server, disabled: locked, placeholder: "https://" });
  const warning = h("p", { class: "note bad" });
  const told = h("p", { class: "note", role: "status" });
  const open = h("a", { class: "button", target: "_blank", rel: "noreferrer" }, words.options.openServer);
  open.hidden = true;

  const tell = (text: string, bad: boolean) => {
    say(told, text);
    told.classList.toggle("bad", bad);
    told.classList.toggle("good", !bad);
  };
  // What was asked for last counts, whichever answer comes last.
  let asked = 0;
  const look = async () => {
    const mine = ++asked;
    const base = baseUrl(input.value);
    say(warning, base && isPlain(base) ? words.options.serverPlain : "");
    open.hidden = true;
    if (!base) return tell(input.value.trim() ? words.options.badServer : "", true);
    const allowed = await chrome.permissions.contains({ origins: [originPattern(base)] });
    if (mine !== asked) return;
    const { origin } = new URL(base);
    tell(allowed ? words.options.allowed(origin) : words.options.notAllowed(origin), !allowed);
  };
  const check = async (base: string) => {
    const mine = ++asked;
    const problem = (await chrome.runtime.sendMessage({ kind: "check", server: base } satisfies OwnRequest)) as Problem | undefined;
    if (mine !== asked) return;
    if (!problem) return tell(words.options.answers, false);
    const { title, help } = words.call.problems[problem];
    tell([title, help].filter(Boolean).join(". "), true);
    open.hidden = problem !== "unreachable";
    open.href = base;
  };
  const allow = button(
    words.options.allow,
    () => {
      const base = baseUrl(input.value);
      if (!base) return void look();
      // Asked before anything is waited for: the browser wants to see the click.
      const question = chrome.permissions.request({ origins: [originPattern(base)] });
      void question
        .catch(() => false)
        .then(async (granted) => {
          if (!locked) await context.set("server", base);
          await look();
          if (granted) await check(base);
        });
    },
    "main",
  );
  input.addEventListener("change", () => {
    const base = baseUrl(input.value);
    if (base || !input.value.trim()) void context.set("server", base ?? "");
    void look();
  });
  void look();
  const notes = [...(locked ? [words.options.locked] : [words.options.serverHelp]), warning];
  return section(words.options.service, field(words.options.server, input, ...notes), h("div", { class: "buttons" }, allow, open), told);
}

/** Not encrypted, and not this machine. */
function isPlain(base: string): boolean {
  const { protocol, hostname } = new URL(base);
  return protocol === "http:" && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}
