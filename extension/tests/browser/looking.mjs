// Functions that are run inside a page by the drivers; each stands alone, for it is sent as text.

/** Run with a closed shadow root as its `this`: what is in it, as a person sees it. */
export function inside() {
  const box = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return { x: x + width / 2, y: y + height / 2, width, height };
  };
  const text = (element, selector) => element.querySelector(selector)?.textContent ?? "";
  return {
    isToast: this.querySelector(".toasts") !== null,
    cards: [...this.querySelectorAll(".card")].map((card) => ({
      phase: card.dataset.phase,
      tone: card.dataset.tone,
      number: text(card, ".number"),
      status: text(card, "[role=status]"),
      alert: text(card, "[role=alert]"),
      timer: text(card, "[role=timer]"),
      help: text(card, ".help"),
      box: box(card),
    })),
    buttons: [...this.querySelectorAll("button")].map((button) => ({
      name: button.getAttribute("aria-label") ?? button.textContent,
      focused: button.matches(":focus"),
      background: getComputedStyle(button).backgroundColor,
      color: getComputedStyle(button).color,
      ...box(button),
    })),
  };
}

/** Where a text stands in the page: the middle of its first occurrence. */
export function whereIs(text) {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.indexOf(text);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + text.length);
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x: x + width / 2, y: y + height / 2 };
  }
  return undefined;
}

export async function until(what, look, milliseconds = 15_000) {
  const deadline = Date.now() + milliseconds;
  let seen;
  for (;;) {
    seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
