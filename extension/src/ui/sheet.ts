/** Custom properties are the one thing that a page could set, or register, for what is in a shadow root: it must not know their names. */
const own = `--own-${[...crypto.getRandomValues(new Uint32Array(2))].join("-")}-`;

/**
 * Gives a shadow root its style in a way that no page's content security policy forbids. Firefox refuses adoptedStyleSheets to content scripts
 * (Mozilla bug 1928865), but lets their own <style> elements past the page's policy.
 */
export function dress(root: ShadowRoot, source: string): void {
  const css = source.replaceAll("--", own);
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    if (root.adoptedStyleSheets.length === 1) return;
  } catch {
    // The other way, then.
  }
  const style = document.createElement("style");
  style.textContent = css;
  root.append(style);
}
