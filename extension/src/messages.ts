/**
 * What the parts of the extension say to each other. Pages' content scripts, the popup and the options page talk to the
 * background only; the background alone talks to the service. Everything here is plain data, so that it survives
 * structured cloning and the storage.
 *
 * Who may say what is checked by the background: a content script is trusted with no more than the page that it lives in,
 * so it may ask for a call and for what it needs to find numbers, and may touch only calls that its own tab shows.
 */

import type { CallReason, CallState } from "./client/index.js";

/** A two-letter country, as libphonenumber's: "ES". */
export type Country = string;

/** The languages that the extension speaks; src/words has one file for each. */
export type Language = "en" | "es";

// ---------------------------------------------------------------------------------------------------------------------
// Settings as a page needs them

/**
 * How the page's content script finds numbers. The site is the host name in the address bar: every frame of a tab follows
 * the top frame's. Nothing secret is in here.
 */
export interface PageSettings {
  /** Off: nothing is looked for, nothing painted. tel: links are left to the browser. */
  enabled: boolean;
  site: string;
  /** The country whose local forms are understood; "" means that only international forms are. */
  country: Country;
  /**
   * Internal extensions in Asterisk's pattern language without the leading underscore: "1XX", "[2-4]XXX", "*21". X is 0-9, Z 1-9, N 2-9,
   * [15-7] one of these. No "." and no "!": they would match nearly everything.
   */
  extensions: string[];
  /** Texts that the user called "not a number" on this site, as `ignoredKey` below makes them. */
  ignored: string[];
  /** Seconds in which a click can be undone before anything is sent: 0 to 5. */
  undoSeconds: number;
  language: Language;
}

/** Two writings of one number have one key: what is left when all but digits, + and * is taken away. */
export function ignoredKey(text: string): string {
  return text.normalize("NFKC").replace(/[^0-9+*]/g, "");
}

// ---------------------------------------------------------------------------------------------------------------------
// Reading one number (src/numbers/index.ts exports `readNumber: (text: string, rules: NumberRules) => ReadNumber | undefined`)

export interface NumberRules {
  country: Country;
  extensions: string[];
}

/** One number as a person wrote it, understood. */
export interface ReadNumber {
  /** What the service is sent: ^[+*0-9]+$, E.164 with its + for anything but an internal extension or a service code. */
  dial: string;
  /** The same for eyes: "+34 944 10 01 01". */
  display: string;
}

// ---------------------------------------------------------------------------------------------------------------------
// A call as it is shown

/**
 * undo: nothing is sent yet. sending: asked for, not yet answered. cancelled: undone before it was sent. refused: the service did not
 * take it (see `problem`). lost: it was placed, but how it goes on is not known (see `problem`). The others are the service's.
 */
export type Phase = "undo" | "sending" | CallState | Over;
type Over = "disconnected" | "failed" | "cancelled" | "refused" | "lost";
/** A phase in which the call is under way, and can be hung up. */
export type Live = Exclude<Phase, Over | "undo">;

export type Reason = CallReason;

/** Why a call was not placed, or is no longer known; src/words has a sentence and a remedy for each. */
export type Problem =
  | "noAccount"
  | "noKey"
  | "noServer"
  | "noPermission"
  | "badNumber"
  | "notRegistered"
  | "notAllowed"
  | "wrongPassword"
  | "tooMany"
  | "overloaded"
  | "unreachable"
  | "backend"
  | "clash"
  | "protocol"
  | "interrupted"
  | "unseen";

export interface CallView {
  /** The iden. */
  id: string;
  number: string;
  display: string;
  phase: Phase;
  reason?: Reason;
  problem?: Problem;
  /** Seconds until it is worth while to try again, where the service said so. */
  retryAfter?: number;
  /** Milliseconds since 1970 on this machine's clock. */
  createdAt: number;
  undoUntil?: number;
  connectedAt?: number;
  endedAt?: number;
  /** The call could not be told to end the last time that it was tried. */
  hangUpFailed?: boolean;
  /** Hang-up was asked for and is not answered yet. */
  hangingUp?: boolean;
  /** The page kept it from being seen. */
  hidden?: true;
  /** The service's address, only where the remedy is to open it. */
  serverUrl?: string;
}

/** No more will happen to it. */
export function isOver(phase: Phase): phase is Over {
  return phase === "disconnected" || phase === "failed" || phase === "cancelled" || phase === "refused" || phase === "lost";
}

// ---------------------------------------------------------------------------------------------------------------------
// Content script to background: chrome.runtime.sendMessage, one answer each

/**
 * Call this number. Sent only for an event whose isTrusted is true. The answer comes when the call is known, not when it is
 * placed; its course is shown by the toast of the tab's top frame, whichever frame asked.
 */
export interface CallRequest {
  kind: "call";
  /** ReadNumber.dial */
  number: string;
  /** ReadNumber.display; shown as plain text, cut at 40 characters. */
  display?: string;
  /** The click met what cannot have been seen: nothing is called, and that is shown. */
  unseen: boolean;
  /** Nobody can tell: there is time to undo whatever the settings say, and the call is made only if that can be seen. */
  unproven: boolean;
}
export type CallAnswer = { ok: true; id: string } | { ok: false; problem: Problem };

/** Asked once for each frame that has something to look for; changes come as SettingsChanged. */
export interface SettingsRequest {
  kind: "settings";
}

/** "This is not a number": remembered for the site of the tab. The answer is the site's new settings. */
export interface NotANumberRequest {
  kind: "notANumber";
  text: string;
}

export type PageRequest = CallRequest | SettingsRequest | NotANumberRequest;
export type PageAnswer<R extends PageRequest> = R extends CallRequest ? CallAnswer : PageSettings;

/** Typed chrome.runtime.sendMessage; undefined where the extension was reloaded under the page or the background did not answer. */
export async function askBackground<R extends PageRequest>(request: R): Promise<PageAnswer<R> | undefined> {
  try {
    return (await chrome.runtime.sendMessage(request)) as PageAnswer<R> | undefined;
  } catch {
    return undefined;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Background to content script: chrome.tabs.sendMessage

/** To every frame of a tab whose site's settings changed. */
export interface SettingsChanged {
  kind: "settingsChanged";
  settings: PageSettings;
}

/** To the top frame: show this call. The toast then opens the port below. (src/toast answers it, not src/page.) */
export interface ShowCall {
  kind: "showCall";
  call: CallView;
  language: Language;
}

/** To every frame: who has the focus and a selection answers with its text. (src/toast answers it.) */
export interface SelectionRequest {
  kind: "selection";
}

/** To the top frame: its host name, for the settings of frames. (src/toast answers it.) */
export interface SiteRequest {
  kind: "site";
}

/** To every frame: the call button goes to the next number. */
export interface NextNumber {
  kind: "nextNumber";
}

export type BackgroundMessage = SettingsChanged | ShowCall | SelectionRequest | SiteRequest | NextNumber;

// ---------------------------------------------------------------------------------------------------------------------
// The port between what shows a call (the toast, the popup) and the background

export const CALL_PORT = "calls";

/** undo and hangUp are one button at different times: the background does what fits the phase in which it arrives. */
export type PortRequest =
  | { kind: "end"; id: string }
  | { kind: "again"; id: string }
  | { kind: "dismiss"; id: string }
  | { kind: "openServer"; id: string }
  /** "Call again" was clicked, and cannot have been seen. */
  | { kind: "unseen"; id: string }
  /** The page keeps the tab's calls from being seen. */
  | { kind: "hidden" }
  | { kind: "openOptions" }
  | { kind: "stillHere" };

/** The calls that whoever listens may see, newest first: the tab's own for a toast, all for the popup. Sent on each change. */
export interface PortUpdate {
  kind: "calls";
  calls: CallView[];
}
