/** The list of recent calls, each a button that calls again. */
import { describe } from "../ui/describe.ts";
import { h } from "../ui/dom.ts";
import type { RecentCall } from "../store/recent.ts";
import type { Words } from "../words/index.ts";

export function recentList(calls: RecentCall[], words: Words, language: string, redial: (call: RecentCall) => void): HTMLElement {
  return h("ul", {}, ...calls.map((call) => h("li", {}, entry(call, words, language, redial))));
}

function entry(call: RecentCall, words: Words, language: string, redial: (call: RecentCall) => void): HTMLElement {
  const what = outcome(call, words);
  const when = time(call.at, language);
  const button = h(
    "button",
    { type: "button", "aria-label": `${words.popup.redial(call.display)}. ${when}. ${what}`, title: words.popup.redial(call.display) },
    h("span", { class: "number" }, call.display),
    h("span", { class: "quiet" }, when),
    h("span", { class: "what quiet" }, what),
  );
  button.addEventListener("click", () => redial(call));
  return button;
}

function outcome(call: RecentCall, words: Words): string {
  const endedAt = call.at;
  const connectedAt = call.seconds === undefined ? {} : { connectedAt: endedAt - call.seconds * 1000 };
  return describe({ id: "", createdAt: call.at, endedAt, ...connectedAt, ...call }, words, call.at).title;
}

/** The time of a call of today, else its day. */
function time(at: number, language: string): string {
  const date = new Date(at);
  const today = new Date().toDateString() === date.toDateString();
  return new Intl.DateTimeFormat(language, today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" }).format(date);
}
