/** The settings: what they are, what they may be, and how an administrator's policy lies over them. Pure. */
import { isLanguage } from "../words/index.ts";
import type { Country, Language, NumberRules, PageSettings } from "../messages.ts";
import { baseUrl } from "../client/index.js";

export interface SiteSettings {
  /** A host name; "*.example.com" is every host below example.com. */
  site: string;
  enabled?: boolean;
  country?: Country;
  /** Keys of texts that are no numbers there, as ignoredKey makes them. */
  ignored?: string[];
}

export interface Settings {
  /** The service's address, "" for none. */
  server: string;
  country: Country;
  extensions: string[];
  undoSeconds: number;
  keepRecent: boolean;
  language: "auto" | Language;
  keepKeys: "local" | "session";
  sites: SiteSettings[];
}

export type SettingName = keyof Settings;

export const LONGEST_UNDO = 5;
const MOST_SITES = 2000;
const MOST_IGNORED = 500;
const MOST_EXTENSIONS = 50;

export function defaults(browserLanguage: string): Settings {
  return {
    server: "",
    country: countryOf(browserLanguage),
    extensions: [],
    undoSeconds: 3,
    keepRecent: true,
    language: "auto",
    keepKeys: "local",
    sites: [],
  };
}

/** The country in which a browser's language is mostly spoken: es-MX is Mexico, es is Spain. */
export function countryOf(tag: string): Country {
  try {
    return new Intl.Locale(tag).maximize().region ?? "";
  } catch {
    return "";
  }
}

const text = (value: unknown): value is string => typeof value === "string";
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export function isCountry(value: unknown): value is Country {
  return text(value) && /^([A-Z]{2})?$/.test(value);
}

export function isSite(value: unknown): value is string {
  return text(value) && value.length <= 255 && /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$|^\[[0-9a-f:.]+\]$/.test(value);
}

/** One of Asterisk's patterns, less what would match nearly everything. */
export function isExtensionPattern(value: unknown): value is string {
  return text(value) && value.length <= 40 && /^([+*0-9XZN]|\[[0-9](-[0-9])?([0-9](-[0-9])?)*\])+$/.test(value);
}

const readers: { [K in SettingName]: (value: unknown) => Settings[K] | undefined } = {
  server: (value) => (text(value) && (value === "" || baseUrl(value) !== undefined) ? value : undefined),
  country: (value) => (isCountry(value) ? value : undefined),
  extensions: (value) => (Array.isArray(value) ? value.filter(isExtensionPattern).slice(0, MOST_EXTENSIONS) : undefined),
  undoSeconds: (value) =>
    typeof value === "number" && Number.isFinite(value) ? Math.min(Math.max(Math.round(value), 0), LONGEST_UNDO) : undefined,
  keepRecent: (value) => (typeof value === "boolean" ? value : undefined),
  language: (value) => (value === "auto" || isLanguage(value) ? value : undefined),
  keepKeys: (value) => (value === "local" || value === "session" ? value : undefined),
  sites: (value) => (Array.isArray(value) ? readSites(value) : undefined),
};

export const settingNames = Object.keys(readers) as SettingName[];

function readSites(value: unknown[]): SiteSettings[] {
  const sites = new Map<string, SiteSettings>();
  for (const each of value.slice(0, MOST_SITES)) {
    const given = each as Partial<Record<keyof SiteSettings, unknown>> | null;
    if (!given || !isSite(given.site)) continue;
    const read: SiteSettings = { site: given.site };
    if (typeof given.enabled === "boolean") read.enabled = given.enabled;
    if (isCountry(given.country)) read.country = given.country;
    const ignored = list(given.ignored).filter((key) => text(key) && /^[0-9+*]{1,64}$/.test(key)) as string[];
    if (ignored.length > 0) read.ignored = ignored.slice(-MOST_IGNORED);
    sites.set(read.site, read);
  }
  return [...sites.values()];
}

/** What of an unknown value is settings; the rest is left out. */
export function readSettings(value: unknown): Partial<Settings> {
  if (typeof value !== "object" || value === null) return {};
  const read: Record<string, unknown> = {};
  for (const name of settingNames) {
    const one = Object.hasOwn(value, name) ? readers[name]((value as Record<string, unknown>)[name]) : undefined;
    if (one !== undefined) read[name] = one;
  }
  return read as Partial<Settings>;
}

/** An administrator's policy: settings that the user cannot change, and the domain of the organisation's phones. */
export interface Policy {
  settings: Partial<Settings>;
  domain?: string;
}

export function readPolicy(value: unknown): Policy {
  const policy: Policy = { settings: readSettings(value) };
  const domain = (value as { domain?: unknown } | null | undefined)?.domain;
  if (text(domain) && /^[^\s@:/]{1,255}$/.test(domain)) policy.domain = domain;
  return policy;
}

/** The settings in force. Of the sites, the administrator's are fixed and the user may have more. */
export function inForce(base: Settings, own: Partial<Settings>, policy: Policy): Settings {
  const sites = new Map<string, SiteSettings>();
  for (const site of own.sites ?? []) sites.set(site.site, site);
  for (const site of policy.settings.sites ?? []) sites.set(site.site, { ...sites.get(site.site), ...site });
  return { ...base, ...own, ...policy.settings, sites: [...sites.values()] };
}

/** The entry for a host: its own, else that of the nearest "*." above it. */
export function siteSettings(settings: Pick<Settings, "sites">, site: string): SiteSettings | undefined {
  const named = new Map(settings.sites.map((each) => [each.site, each]));
  const own = named.get(site);
  let above: SiteSettings | undefined;
  for (let rest = site; !above && rest.includes("."); ) {
    rest = rest.slice(rest.indexOf(".") + 1);
    above = named.get(`*.${rest}`);
  }
  return own && above ? { ...above, ...own } : (own ?? above);
}

export function pageSettings(settings: Settings, site: string, language: Language): PageSettings {
  const here = siteSettings(settings, site);
  return {
    enabled: here?.enabled ?? true,
    site,
    country: here?.country ?? settings.country,
    extensions: settings.extensions,
    ignored: here?.ignored ?? [],
    undoSeconds: settings.undoSeconds,
    language,
  };
}

export function numberRules(settings: Settings, site: string): NumberRules {
  return { country: siteSettings(settings, site)?.country ?? settings.country, extensions: settings.extensions };
}

/** undefined takes a setting back. */
export type SiteChange = { [K in Exclude<keyof SiteSettings, "site">]?: SiteSettings[K] | undefined };

/** The user's own settings with one site's changed. An entry that says nothing any more goes. */
export function withSite(own: Partial<Settings>, site: string, change: SiteChange): Partial<Settings> {
  const sites = own.sites ?? [];
  const before = sites.find((each) => each.site === site) ?? { site };
  const merged = Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined);
  const after = Object.fromEntries(merged) as unknown as SiteSettings;
  if (after.ignored) after.ignored = [...new Set(after.ignored)].slice(-MOST_IGNORED);
  const rest = sites.filter((each) => each.site !== site);
  return { ...own, sites: merged.length > 1 ? [...rest, after].slice(-MOST_SITES) : rest };
}

/** Switches a site on or off, and keeps nothing where that is how it would be anyway. */
export function switchSite(own: Partial<Settings>, site: string, on: boolean): Partial<Settings> {
  const without = withSite(own, site, { enabled: undefined });
  const otherwise = siteSettings({ sites: without.sites ?? [] }, site)?.enabled ?? true;
  return on === otherwise ? without : withSite(own, site, { enabled: on });
}

const FORMAT = "click2call settings 1";

/** A file's text. Accounts, keys and calls are no settings: they are not in it. */
export function exportSettings(own: Partial<Settings>): string {
  return `${JSON.stringify({ format: FORMAT, settings: own }, null, 2)}\n`;
}

export function importSettings(file: string): Partial<Settings> | undefined {
  try {
    const value = JSON.parse(file) as { format?: unknown; settings?: unknown };
    return value.format === FORMAT ? readSettings(value.settings) : undefined;
  } catch {
    return undefined;
  }
}
