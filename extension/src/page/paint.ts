/** Marks numbers by the CSS Custom Highlight API: nothing is put into the page. Where there is none, nothing is painted. */

import highlightCss from "./page.css";

const name = "click2call-number";

/** A style sheet of the manifest is no part of the page, and the page cannot take it away. */
function styledByManifest(): boolean {
  return chrome.runtime.getManifest().content_scripts?.some(({ css }) => css?.length) ?? false;
}

export class Paint {
  private readonly highlight = typeof Highlight === "function" && "highlights" in CSS ? new Highlight() : undefined;
  private readonly dressed = new WeakSet<DocumentOrShadowRoot>();

  on(): void {
    if (!this.highlight) return;
    CSS.highlights.set(name, this.highlight);
    if (!styledByManifest()) this.enter(document);
  }

  off(): void {
    this.highlight?.clear();
    if (this.highlight && CSS.highlights.get(name) === this.highlight) CSS.highlights.delete(name);
  }

  add(range: AbstractRange): void {
    this.highlight?.add(range);
  }

  remove(range: AbstractRange): void {
    this.highlight?.delete(range);
  }

  /** The manifest's style sheet ends at a shadow root. Firefox keeps content scripts from giving one to it: nothing is painted there then. */
  enter(root: DocumentOrShadowRoot): void {
    if (!this.highlight || this.dressed.has(root)) return;
    this.dressed.add(root);
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(highlightCss);
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    } catch {
      // Hovering works all the same.
    }
  }
}
