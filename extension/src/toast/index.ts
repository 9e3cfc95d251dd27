/** The tab's calls in its top frame, and what the background asks of every frame besides. */
import {
  CALL_PORT,
  isOver,
  type BackgroundMessage,
  type CallView,
  type Language,
  type PortRequest,
  type PortUpdate,
} from "../messages.ts";
import { languageOf, words } from "../words/index.ts";
import { selectedText } from "./selection.ts";
import { Toasts } from "./view.ts";

/** Each message to the background keeps it from being stopped as idle. */
const STILL_HERE = 15_000;
const CONNECT_AGAIN = 500;

class ToastHost {
  #port: chrome.runtime.Port | undefined;
  #language: Language = languageOf(navigator.language);
  #pulse: ReturnType<typeof setInterval> | undefined;
  readonly #toasts = new Toasts(
    () => words(this.#language),
    (act, { id }) => this.#send(act === "openOptions" ? { kind: act } : { kind: act, id }),
    ({ id }) => this.#send({ kind: "dismiss", id }),
    () => this.#send({ kind: "hidden" }),
  );

  constructor() {
    // Escape takes back a click for as long as that is possible, wherever the focus is; the page still gets the key.
    const onKey = (event: KeyboardEvent) => {
      const call = event.isTrusted && event.key === "Escape" ? this.#toasts.undoable() : undefined;
      if (call) this.#send({ kind: "end", id: call.id });
    };
    window.addEventListener("keydown", onKey, true);
  }

  show(call: CallView): void {
    this.#connect();
    this.#toasts.show([call, ...this.#toasts.calls.filter(({ id }) => id !== call.id)]);
  }

  speak(language: Language): void {
    this.#language = language;
  }

  #connect(): void {
    if (this.#port) return;
    try {
      this.#port = chrome.runtime.connect({ name: CALL_PORT });
    } catch {
      return this.#interrupted();
    }
    this.#port.onMessage.addListener((update: PortUpdate) => this.#updated(update));
    this.#port.onDisconnect.addListener(() => {
      this.#port = undefined;
      setTimeout(() => this.#lost(), CONNECT_AGAIN);
    });
    this.#pulse ??= setInterval(() => this.#send({ kind: "stillHere" }), STILL_HERE);
  }

  #updated({ calls }: PortUpdate): void {
    this.#toasts.show(calls);
    // A live call whose card was closed is listened to all the same: whoever goes is asked to show it again.
    if (this.#toasts.calls.length > 0 || calls.some(({ phase }) => !isOver(phase))) return;
    this.#port?.disconnect();
    this.#port = undefined;
    clearInterval(this.#pulse);
    this.#pulse = undefined;
  }

  /** The background went away. It comes back when it is asked, unless the extension itself was removed or replaced. */
  #lost(): void {
    if (this.#toasts.calls.every(({ phase }) => isOver(phase))) return;
    if (chrome.runtime?.id) this.#connect();
    else this.#interrupted();
  }

  #interrupted(): void {
    this.#toasts.show(this.#toasts.calls.map((call) => (isOver(call.phase) ? call : { ...call, phase: "lost", problem: "interrupted" })));
  }

  #send(request: PortRequest): void {
    this.#connect();
    this.#port?.postMessage(request);
  }
}

/** Answers the background: in every frame its selection, in the top frame the calls and the site. */
export function startToast(): void {
  const top = window.top === window;
  let host: ToastHost | undefined;
  chrome.runtime.onMessage.addListener((message: BackgroundMessage, sender, reply) => {
    if (sender.id !== chrome.runtime.id || sender.tab) return false;
    if (message.kind === "selection") {
      const text = selectedText();
      // Only the frame that has the focus answers; the others keep silent, so that its answer is the first.
      if (text === undefined) return false;
      reply(text);
      return true;
    }
    if (!top) return false;
    if (message.kind === "site") reply(location.hostname);
    if (message.kind === "showCall") {
      host ??= new ToastHost();
      host.speak(message.language);
      host.show(message.call);
      reply(true);
    }
    return false;
  });
}
