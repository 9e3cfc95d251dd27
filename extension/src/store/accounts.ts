/** The user's phones. Of a password only HA1 is kept: in the vault or, by choice, only until the browser is closed. */
import { makeHa1, splitAor, type Account } from "../client/index.js";

export interface AccountEntry {
  id: string;
  aor: string;
  label: string;
}

interface Kept {
  list: AccountEntry[];
  current: string;
}

/** A place to keep things, as far as it is needed here. */
export interface Area {
  get(keys: string[]): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(keys: string[]): Promise<void>;
}

const MOST_ACCOUNTS = 20;

export class Accounts {
  #adopted: Promise<void> | undefined;

  /**
   * @param local the list of phones; in Firefox a content script could read it
   * @param vault keys that outlive the browser
   * @param session keys that do not
   */
  constructor(
    private readonly local: Area,
    private readonly vault: Area,
    private readonly session: Area,
  ) {}

  async list(): Promise<{ list: AccountEntry[]; current: string }> {
    return this.#kept();
  }

  /** The account to call with and its key; `noKey` where the key went with the last browser session. */
  async current(): Promise<Account | "noAccount" | "noKey"> {
    const { list, current } = await this.#kept();
    const entry = list.find(({ id }) => id === current) ?? list[0];
    if (!entry) return "noAccount";
    const ha1 = (await this.#keys())[entry.id];
    return ha1 ? { aor: entry.aor, ha1 } : "noKey";
  }

  async byAor(aor: string): Promise<Account | undefined> {
    const entry = (await this.#kept()).list.find((each) => each.aor === aor);
    const ha1 = entry && (await this.#keys())[entry.id];
    return ha1 ? { aor, ha1 } : undefined;
  }

  /** Which of them have a key. */
  async withKeys(): Promise<Set<string>> {
    return new Set(Object.keys(await this.#keys()));
  }

  /** Adds a phone, or gives a known one a new key. False where the address is none. */
  async add(aor: string, password: string, label: string, keep: "local" | "session"): Promise<boolean> {
    const parts = splitAor(aor);
    if (!parts || !password) return false;
    const ha1 = makeHa1(parts.user, parts.domain, password);
    const kept = await this.#kept();
    const known = kept.list.find((each) => each.aor === aor);
    const id = known?.id ?? crypto.randomUUID();
    const entry: AccountEntry = { id, aor, label: label.slice(0, 60) };
    const list = known ? kept.list.map((each) => (each.id === id ? entry : each)) : [...kept.list, entry].slice(-MOST_ACCOUNTS);
    await this.local.set({ accounts: { list, current: known ? kept.current : id } });
    await this.#setKey(id, ha1, keep);
    return true;
  }

  async remove(id: string): Promise<void> {
    const kept = await this.#kept();
    const list = kept.list.filter((each) => each.id !== id);
    await this.local.set({ accounts: { list, current: kept.current === id ? (list[0]?.id ?? "") : kept.current } });
    await this.#setKey(id, undefined, "local");
  }

  async use(id: string): Promise<void> {
    const kept = await this.#kept();
    if (kept.list.some((each) => each.id === id)) await this.local.set({ accounts: { ...kept, current: id } });
  }

  /** Moves every key to where they are to be kept from now on. */
  async keepIn(keep: "local" | "session"): Promise<void> {
    const all = await this.#keys();
    const [to, from] = keep === "local" ? [this.vault, this.session] : [this.session, this.vault];
    if (Object.keys(await keys(from)).length === 0) return;
    await to.set({ keys: all });
    await from.remove(["keys"]);
  }

  /** Every key there is, by its phone. */
  async #keys(): Promise<Record<string, string>> {
    await this.#adopt();
    return { ...(await keys(this.vault)), ...(await keys(this.session)) };
  }

  /** Earlier versions kept keys beside the list: they move to the vault before anything is read. */
  #adopt(): Promise<void> {
    this.#adopted ??= this.#move();
    this.#adopted.catch(() => (this.#adopted = undefined));
    return this.#adopted;
  }

  async #move(): Promise<void> {
    const old = await keys(this.local);
    if (Object.keys(old).length > 0) await this.vault.set({ keys: { ...old, ...(await keys(this.vault)) } });
    await this.local.remove(["keys"]);
  }

  async #setKey(id: string, ha1: string | undefined, keep: "local" | "session"): Promise<void> {
    await this.#adopt();
    for (const [name, area] of [["local", this.vault], ["session", this.session]] as const) {
      const { [id]: _, ...others } = await keys(area);
      const next = ha1 !== undefined && name === keep ? { ...others, [id]: ha1 } : others;
      if (Object.keys(next).length > 0) await area.set({ keys: next });
      else await area.remove(["keys"]);
    }
  }

  async #kept(): Promise<Kept> {
    const { accounts } = (await this.local.get(["accounts"])) as { accounts?: Partial<Kept> };
    const list = Array.isArray(accounts?.list) ? accounts.list : [];
    const current = list.some((each) => each.id === accounts?.current) ? (accounts?.current ?? "") : (list[0]?.id ?? "");
    return { list, current };
  }
}

async function keys(area: Area): Promise<Record<string, string>> {
  const { keys: found } = await area.get(["keys"]);
  return typeof found === "object" && found !== null ? (found as Record<string, string>) : {};
}
