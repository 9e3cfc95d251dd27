/**
 * What may lie over our part of a page and lets clicks through to it, for browsers that do not say so. Ours is in the top layer, so that only
 * what came into it later can; which came last, no browser tells.
 */

interface Dom {
  openOrClosedShadowRoot?: ShadowRoot | null;
}

/** What is ours in the page: it counts for nothing. */
export const ours = new WeakSet<Node>();

/** All of the page's in the top layer that can be found. */
export function topLayer(root: Document | ShadowRoot = document): Element[] {
  return [...root.querySelectorAll(":popover-open, :modal, :fullscreen")].filter((element) => !ours.has(element));
}

/** To find the shadow roots costs a walk through the whole page: it is done no more often than this, in milliseconds. */
const walkEvery = 200;
let walked = -Infinity;
let roots: ShadowRoot[] = [];

function shadowRoots(within: Document | ShadowRoot): ShadowRoot[] {
  const found = [...within.querySelectorAll("*")].map((element) => (ours.has(element) ? null : rootOf(element))).filter((root) => root !== null);
  return found.flatMap((root) => [root, ...shadowRoots(root)]);
}

function deepTopLayer(): Element[] {
  if (performance.now() - walked > walkEvery) {
    roots = shadowRoots(document);
    walked = performance.now();
  }
  return [topLayer(), ...roots.map(topLayer)].flat();
}

function rootOf(element: Element): ShadowRoot | null {
  return (element as Element & Dom).openOrClosedShadowRoot ?? element.shadowRoot;
}

export function liesUnhittableOver(host: Element, box: DOMRect): boolean {
  return deepTopLayer().some((element) => paintsBackdrop(element) || anyUnhittable(element, host, box));
}

function unhittable(style: CSSStyleDeclaration): boolean {
  return style.pointerEvents === "none" && style.visibility === "visible" && style.display !== "none";
}

function paintsBackdrop(element: Element): boolean {
  const style = getComputedStyle(element, "::backdrop");
  if (!unhittable(style)) return false;
  const empty = style.backgroundImage === "none" && style.boxShadow === "none" && style.outlineStyle === "none" && style.borderTopStyle === "none";
  return !empty || !/^(?:transparent|rgba\(.*, 0\))$/.test(style.backgroundColor);
}

function anyUnhittable(element: Element, host: Element, box: DOMRect): boolean {
  if (element === host) return false;
  if (unhittable(getComputedStyle(element)) && meets(element.getBoundingClientRect(), box)) return true;
  for (const pseudo of ["::before", "::after"]) {
    const style = getComputedStyle(element, pseudo);
    if (style.content !== "none" && style.content !== "normal" && unhittable(style)) return true;
  }
  const inner = rootOf(element);
  return [...(inner?.children ?? []), ...element.children].some((child) => anyUnhittable(child, host, box));
}

function meets(a: DOMRect, b: DOMRect): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
