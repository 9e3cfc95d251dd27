/** The pieces that the options page is put together from. */
import { h } from "../ui/dom.ts";

let ids = 0;

/** A control with its label, and beneath it what there is to say about it. */
export function field(label: string, control: HTMLElement, ...notes: (HTMLElement | string)[]): HTMLElement {
  const id = (control.id ||= `field-${++ids}`);
  const described = notes.map((note) => (typeof note === "string" ? h("p", { class: "note quiet" }, note) : note));
  for (const note of described) note.id ||= `note-${++ids}`;
  if (described.length > 0) control.setAttribute("aria-describedby", described.map((note) => note.id).join(" "));
  return h("div", { class: "field" }, h("label", { for: id }, label), control, ...described);
}

export function checkbox(label: string, checked: boolean, changed: (checked: boolean) => void): { element: HTMLElement; box: HTMLInputElement } {
  const box = h("input", { type: "checkbox", checked });
  box.addEventListener("change", () => changed(box.checked));
  return { element: h("label", { class: "check" }, box, h("span", {}, label)), box };
}

export function select(choices: [value: string, label: string][], value: string, changed: (value: string) => void): HTMLSelectElement {
  const element = h("select", {}, ...choices.map(([each, label]) => h("option", { value: each, selected: each === value }, label)));
  element.addEventListener("change", () => changed(element.value));
  return element;
}

export function button(label: string, clicked: () => void, kind = "plain"): HTMLButtonElement {
  const element = h("button", { type: "button", class: kind }, label);
  element.addEventListener("click", clicked);
  return element;
}

export function section(title: string, ...children: (HTMLElement | string)[]): HTMLElement {
  const id = `section-${++ids}`;
  return h("section", { "aria-labelledby": id }, h("h2", { id }, title), ...children);
}
