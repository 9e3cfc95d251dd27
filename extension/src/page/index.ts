/** Finds numbers in this frame and offers to call them. The page is not changed, and nothing leaves it but a number that is clicked. */

import { askBackground, ignoredKey, type BackgroundMessage, type PageSettings } from "../messages.ts";
import { createFinder, type Finder } from "../numbers/index.ts";
import { itemsIn } from "./items.ts";
import { Numbers } from "./numbers.ts";
import { Offer } from "./offer.ts";
import { Paint } from "./paint.ts";
import { Scanner, type Reader } from "./scanner.ts";
import { isEditor } from "./skip.ts";
import { Watch } from "./watch.ts";

/** Elements that may get a shadow root after they came are looked at again after these many milliseconds. */
const secondLooks = [500, 2000, 8000];

class Page {
  private settings: PageSettings | undefined;
  private finder: Finder | undefined;
  private ignored: ReadonlySet<string> = new Set();
  private readonly paint = new Paint();
  private readonly numbers = new Numbers(this.paint);
  private readonly roots = new Set<ShadowRoot>();
  private readonly waiting = new Set<Element>();
  private scanner: Scanner | undefined;
  private watch: Watch | undefined;
  private offer: Offer | undefined;
  private looks = 0;

  start(): void {
    this.stop();
    if (isEditor(document)) return;
    this.scanner = new Scanner(this.reader());
    this.watch = new Watch({
      text: (node) => this.numbers.drop(node),
      removed: () => this.numbers.sweep(),
      place: (node) => this.scanner?.add(node),
      turned: (element) => this.numbers.dropUnder(element),
    });
    this.watch.observe(document);
    this.scanner.add(document.documentElement);
  }

  stop(): void {
    this.scanner?.stop();
    this.watch?.stop();
    this.offer?.stop();
    this.numbers.clear();
    this.paint.off();
    this.roots.clear();
    this.scanner = this.watch = this.offer = undefined;
  }

  private reader(): Reader {
    return {
      items: (block) => (this.finder && this.settings ? itemsIn(block, this.finder, this.settings, this.ignored) : nothing()),
      found: (item) => this.numbers.add(item),
      reread: (node) => this.numbers.drop(node),
      root: (root) => this.enter(root),
      later: (element) => this.lookLater(element),
      ready: () => this.ready(),
    };
  }

  private async ready(): Promise<boolean> {
    const settings = this.settings ?? (await patientSettings());
    if (!settings) return false;
    this.take(settings);
    if (!settings.enabled) {
      this.stop();
      return false;
    }
    this.paint.on();
    this.offer = new Offer(
      this.numbers,
      () => this.settings ?? settings,
      (changed, text) => this.taught(changed, text),
    );
    return true;
  }

  private take(settings: PageSettings): void {
    this.settings = settings;
    this.finder = createFinder(settings);
    this.ignored = new Set(settings.ignored);
  }

  private enter(root: ShadowRoot): void {
    if (this.roots.has(root)) return;
    this.roots.add(root);
    this.paint.enter(root);
    this.watch?.observe(root);
    this.scanner?.add(root);
  }

  private lookLater(element: Element): void {
    this.waiting.add(element);
    if (this.waiting.size === 1) this.looks = 0;
    if (this.looks < secondLooks.length && this.waiting.size === 1) this.lookAgain();
  }

  private lookAgain(): void {
    const delay = secondLooks[this.looks];
    this.looks += 1;
    if (delay === undefined) {
      this.waiting.clear();
      return;
    }
    setTimeout(() => {
      for (const element of this.waiting) {
        if (element.shadowRoot) this.enter(element.shadowRoot);
        if (element.shadowRoot || !element.isConnected) this.waiting.delete(element);
      }
      if (this.waiting.size > 0) this.lookAgain();
    }, delay);
  }

  private taught(settings: PageSettings | undefined, text: string): void {
    this.numbers.dropKey(text, ignoredKey);
    if (settings) this.take(settings);
  }

  /** What was found under other rules is forgotten. */
  changed(settings: PageSettings): void {
    const same = JSON.stringify(settings) === JSON.stringify(this.settings);
    if (same) return;
    this.settings = settings;
    if (settings.enabled) this.start();
    else this.stop();
  }

  /** By keyboard to the next number's button, in the frame that has the focus. */
  next(): void {
    const inFrame = document.activeElement instanceof HTMLIFrameElement || document.activeElement instanceof HTMLFrameElement;
    if (document.hasFocus() && !inFrame) this.offer?.next(1);
  }
}

/** While the browser starts, its pages may be there before the background is. */
async function patientSettings(): Promise<PageSettings | undefined> {
  for (const delay of [300, 1500, 6000]) {
    const settings = await askBackground({ kind: "settings" });
    if (settings || !chrome.runtime?.id) return settings;
    await new Promise((resolve) => setTimeout(resolve, delay));
  }
  return askBackground({ kind: "settings" });
}

function* nothing(): Generator<never> {
  // There are no rules yet.
}

/** Only what people read: no pictures, no feeds, no text files. */
function isReadable(): boolean {
  return document.documentElement instanceof HTMLElement && /^(?:text\/html|application\/xhtml\+xml)$/.test(document.contentType);
}

export function startPage(): void {
  if (!isReadable()) return;
  const page = new Page();
  chrome.runtime.onMessage.addListener((message: BackgroundMessage, sender) => {
    if (sender.id !== chrome.runtime.id || sender.tab) return;
    if (message.kind === "settingsChanged") page.changed(message.settings);
    if (message.kind === "nextNumber") page.next();
  });
  page.start();
}
