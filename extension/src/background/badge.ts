/** The mark on the extension's button while a call is live. */
import { isOver, type CallView } from "../messages.ts";

export async function showBadge(calls: CallView[]): Promise<void> {
  const live = calls.find((call) => !isOver(call.phase));
  await chrome.action.setBadgeText({ text: live ? (live.phase === "connected" ? "●" : "…") : "" });
  if (live) {
    await chrome.action.setBadgeBackgroundColor({ color: "#0b6b4f" });
    await (chrome.action as Partial<typeof chrome.action>).setBadgeTextColor?.({ color: "#ffffff" });
  }
}
