/**
 * Gives a shadow root its style in a way that no page's content security policy forbids. Firefox refuses adoptedStyleSheets to content scripts
 * (Mozilla bug 1928865), but lets their own <style> elements past the page's policy.
 */
export function dress(root: ShadowRoot, css: string): void {
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
