/** Where nothing is looked for: what people write in, code, and what is not text. By tags and attributes alone, so that no style is computed. */

const never = new Set(
  (
    "script style noscript template head title meta link base textarea input select option optgroup datalist code pre kbd samp xmp " +
    "listing plaintext svg math canvas audio video iframe frame object embed img picture map progress meter"
  ).split(" "),
);

const writing = new Set(["textbox", "searchbox", "spinbutton"]);

/** Editors that draw their text themselves and keep the real one in a hidden field. */
const editors =
  /(?:^|\s)(?:CodeMirror|cm-editor|monaco-editor|ace_editor|ProseMirror|ql-editor|tox-edit-area|DraftEditor-root|kix-appview-editor|lexical-editor|trix-content)(?:\s|$)/;

/** This element and everything in it is left alone. */
export function skipped(element: Element): boolean {
  if (never.has(element.localName)) return true;
  const editable = element.getAttribute("contenteditable");
  if (editable !== null && editable.toLowerCase() !== "false") return true;
  const role = element.getAttribute("role");
  if (role !== null && writing.has(role)) return true;
  const names = element.getAttribute("class");
  return names !== null && names.length > 8 && editors.test(names);
}

/** `node`, or something that it is in, up to and across the shadow roots, is left alone. */
export function insideSkipped(node: Node): boolean {
  let at: Node | null = node;
  while (at !== null) {
    if (at instanceof Element && skipped(at)) return true;
    at = at.parentNode ?? (at instanceof ShadowRoot ? at.host : null);
  }
  return false;
}

/** The whole document is an editor. */
export function isEditor(document: Document): boolean {
  if (document.designMode === "on") return true;
  return document.body !== null && skipped(document.body);
}
