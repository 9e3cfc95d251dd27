/** What is selected in this frame, fields included; undefined where the focus is elsewhere. */
export function selectedText(): string | undefined {
  if (!document.hasFocus()) return undefined;
  const focused = document.activeElement;
  if (focused instanceof HTMLIFrameElement || focused instanceof HTMLFrameElement) return undefined;
  if ((focused instanceof HTMLInputElement && focused.type !== "password") || focused instanceof HTMLTextAreaElement) {
    const { selectionStart, selectionEnd, value } = focused;
    if (selectionStart !== null && selectionEnd !== null && selectionEnd > selectionStart) return value.slice(selectionStart, selectionEnd);
  }
  return String(getSelection() ?? "").slice(0, 200);
}
