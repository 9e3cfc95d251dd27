/** What differs on single sites. The administrator's entries are shown, and stay as they are. */
import { changeSettings } from "../store/index.ts";
import { isSite, withSite, type SiteSettings } from "../store/settings.ts";
import { h, say } from "../ui/dom.ts";
import type { Context } from "./context.ts";
import { countries } from "./countries.ts";
import { button, checkbox, field, section, select } from "./parts.ts";

export function sitesSection(context: Context): HTMLElement {
  const { words, settings, policy } = context;
  const fixed = new Set((policy.settings.sites ?? []).map(({ site }) => site));
  const rows = [...settings.sites].sort((a, b) => a.site.localeCompare(b.site)).map((site) => row(context, site, fixed.has(site.site)));
  return section(
    words.options.sites,
    h("p", { class: "quiet" }, words.options.sitesHelp),
    rows.length > 0 ? h("ul", { class: "rows sites" }, ...rows) : h("p", { class: "quiet" }, words.options.noSites),
    addForm(context),
  );
}

function row(context: Context, entry: SiteSettings, locked: boolean): HTMLElement {
  const { words } = context;
  const change = (what: Parameters<typeof withSite>[2]) => changeSettings((own) => withSite(own, entry.site, what)).then(context.saved);
  const on = checkbox(words.options.siteOn, entry.enabled ?? true, (enabled) => void change({ enabled }));
  on.box.disabled = locked;
  const choices: [string, string][] = [["-", words.options.sameCountry], ["", words.options.noCountry], ...countries(context.language)];
  const country = select(choices, entry.country ?? "-", (value) => void change({ country: value === "-" ? undefined : value }));
  country.setAttribute("aria-label", `${words.options.siteCountry}: ${entry.site}`);
  country.disabled = locked;
  const count = entry.ignored?.length ?? 0;
  const ignored = count > 0 ? [ignoredTexts(context, entry.site, count)] : [];
  const remove = button("✕", () => void forget(entry.site).then(context.redraw), "bare");
  remove.setAttribute("aria-label", words.options.removeSite(entry.site));
  const end = locked ? h("span", { class: "quiet" }, words.options.locked) : remove;
  return h("li", {}, h("strong", { class: "name" }, entry.site), on.element, country, ...ignored, end);
}

function ignoredTexts(context: Context, site: string, count: number): HTMLElement {
  const { words } = context;
  const reset = button(words.options.siteIgnored(count), () => {
    void changeSettings((own) => withSite(own, site, { ignored: undefined })).then(context.redraw);
  });
  reset.setAttribute("aria-label", `${words.options.siteIgnored(count)}. ${words.options.forgetIgnored(site)}`);
  reset.title = words.options.forgetIgnored(site);
  return reset;
}

function forget(site: string): Promise<void> {
  return changeSettings((own) => withSite(own, site, { enabled: undefined, country: undefined, ignored: undefined }));
}

function addForm(context: Context): HTMLElement {
  const { words } = context;
  const input = h("input", { type: "text", autocomplete: "off", spellcheck: "false", placeholder: "www.example.com" });
  const wrong = h("p", { class: "note bad", role: "alert" });
  const form = h("form", { class: "add" }, field(words.options.site, input, wrong), h("button", { type: "submit", class: "plain" }, words.options.addSite));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const site = input.value.trim().toLowerCase();
    if (!isSite(site)) return say(wrong, words.options.badSite);
    void changeSettings((own) => withSite(own, site, { enabled: false })).then(context.redraw);
  });
  return form;
}
