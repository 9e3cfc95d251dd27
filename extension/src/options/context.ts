import type { Policy, SettingName, Settings } from "../store/settings.ts";
import type { Words } from "../words/index.ts";
import type { Language } from "../messages.ts";

/** What every section of the page works with. */
export interface Context {
  words: Words;
  language: Language;
  settings: Settings;
  own: Partial<Settings>;
  policy: Policy;
  /** Keeps one setting and says so. */
  set<K extends SettingName>(name: K, value: Settings[K]): Promise<void>;
  saved(): void;
  /** Draws the page anew. */
  redraw(): Promise<void>;
}

export function isLocked({ policy }: Context, name: SettingName): boolean {
  return policy.settings[name] !== undefined;
}
