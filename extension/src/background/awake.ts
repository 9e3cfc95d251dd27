/**
 * A browser stops an idle background after 30 seconds, and a stream that is being read does not count as work. While a call is live, a call of the
 * extension API every 20 seconds does (Chrome's documentation asks for just that); the toast's port adds its own messages,
 * and should the background be stopped all the same, an alarm starts it again and the keeper takes the calls up from the session's storage.
 */
const EVERY = 20_000;
const ALARM = "calls";

export class Awake {
  #timer: ReturnType<typeof setInterval> | undefined;

  set(live: boolean): void {
    if (live === (this.#timer !== undefined)) return;
    if (live) {
      this.#timer = setInterval(() => void chrome.runtime.getPlatformInfo(), EVERY);
      void chrome.alarms.create(ALARM, { periodInMinutes: 0.5 });
    } else {
      clearInterval(this.#timer);
      this.#timer = undefined;
      void chrome.alarms.clear(ALARM);
    }
  }
}
