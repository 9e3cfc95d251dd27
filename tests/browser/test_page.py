"""What a page, a keyboard and a screen reader meet; what the extension's own pages do."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from c2ctest import Service
from desk import Desk
from driver import Browser
from lab.terminals import by_name
from lab.waiting import wait_until

BILBAO = "+34 944 10 01 01"
Sit = Callable[..., Desk]

# What a hostile page can do: look for what was added, look into it, and make events of its own on everything.
SPY = """(() => {
  const roots = [...document.querySelectorAll("*")].filter((element) => element.shadowRoot);
  const added = [...document.documentElement.children].filter((element) => !["HEAD", "BODY"].includes(element.tagName));
  const texts = added.map((element) => element.textContent + element.innerHTML);
  for (const element of [...added, document.body, document.documentElement, window]) {
    for (const type of ["pointerdown", "mousedown", "mouseup", "click"]) {
      element.dispatchEvent(new MouseEvent(type, { bubbles: true, composed: true, clientX: 100, clientY: 100 }));
    }
    element.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, composed: true }));
    element.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, composed: true }));
    if (element.click) element.click();
  }
  return { roots: roots.length, added: added.length, texts: texts.join("") };
})()"""


def test_a_page_can_neither_see_nor_press_what_is_shown(service: Service, sit_down: Sit) -> None:
    desk = sit_down(service.url, settings={"undoSeconds": 5})
    before = desk.browser.evaluate("document.body.innerHTML")
    desk.browser.pointAt(BILBAO)
    seen = desk.browser.evaluate(SPY)
    assert seen == {"roots": 0, "added": 1, "texts": ""}
    assert desk.browser.looks()["cards"] == [], "a made-up click called"
    desk.browser.call(BILBAO)
    desk.browser.card("undo")
    seen = desk.browser.evaluate(SPY)
    assert (seen["roots"], seen["texts"]) == (0, "")
    assert desk.browser.card("undo", "cancelled")["phase"] == "undo", "a made-up Escape undid it"
    desk.browser.press("Undo")
    assert desk.browser.evaluate("document.body.innerHTML") == before
    assert desk.browser.evaluate("typeof chrome.runtime") == "undefined"
    assert desk.new_calls() == {}


def lines(tree: list[dict[str, Any]]) -> list[str]:
    return [f"{node['role']}: {node['name']}" for node in tree]


def test_a_screen_reader_is_told_each_state(service: Service, sit_down: Sit) -> None:
    desk = sit_down(service.url)
    desk.browser.call(BILBAO)
    iden = desk.new_call()
    desk.browser.card("connected")
    tree = desk.browser.accessibility()
    read = lines(tree)
    assert f"region: click2call: {BILBAO}" in read
    assert "button: Hang up" in read and "button: Close" in read
    live = {node["role"]: node["live"] for node in tree if node.get("live")}
    assert live == {"status": "polite", "alert": "assertive"} or live == {"status": "polite"}
    assert any(node["role"] == "timer" and not node.get("live") for node in tree)
    desk.browser.press("Hang up")
    desk.browser.card("disconnected")
    wait_until("the end of its channels", lambda: not desk.calls.lives(iden))


def test_a_screen_reader_is_told_a_failure_at_once(service: Service, sit_down: Sit) -> None:
    desk = sit_down(service.url, password="wrong")
    desk.browser.call(BILBAO)
    desk.browser.card("refused")
    tree = desk.browser.accessibility()
    (alert,) = [node for node in tree if node["role"] == "alert"]
    assert alert["live"] == "assertive"
    assert any("does not accept your phone" in line for line in lines(tree))
    assert {"button: Settings", "button: Call again", "button: Close"} <= set(lines(tree))


def test_a_call_can_be_ended_with_the_keyboard_alone(service: Service, sit_down: Sit) -> None:
    desk = sit_down(service.url)
    desk.browser.call(BILBAO)
    iden = desk.new_call()
    desk.browser.card("connected")
    focused: list[str] = []

    def on_hang_up() -> bool:
        desk.browser.key("Tab")
        focused.extend(button["name"] for button in desk.browser.looks()["buttons"] if button["focused"])
        return focused[-1:] == ["Hang up"]

    wait_until("Hang up has the focus", on_hang_up)
    desk.browser.key("Enter")
    desk.browser.card("disconnected")
    wait_until("the end of its channels", lambda: not desk.calls.lives(iden))


def test_the_settings_keep_no_password(service: Service, start_browser: Callable[..., Any]) -> None:
    alice = by_name("alice")
    told = start_browser().setUp({"server": service.url, "aor": alice.aor, "password": alice.password})
    assert told["told"] == "The service answers."
    kept = str(told["stored"])
    assert alice.password not in kept and alice.aor in kept


# Put beside the extension's own content script, with the same rights: it tells the page what it can read.
PROBE = """window.addEventListener("message", async ({ data }) => {
  if (data !== "probe") return;
  const api = globalThis.browser ?? chrome;
  const read = (area) => Promise.resolve().then(() => api.storage[area].get(null)).catch((error) => String(error));
  const databases = (await indexedDB.databases()).map(({ name }) => name);
  document.documentElement.dataset.found = JSON.stringify({ local: await read("local"), session: await read("session"), databases });
});"""


@pytest.mark.parametrize("kept", ["local", "session"])
def test_a_content_script_finds_no_key(extension: dict[str, Path], pages: str, tmp_path: Path, kind: str, kept: str) -> None:
    probed = Path(shutil.copytree(extension[kind], tmp_path / "extension"))
    manifest = json.loads((probed / "manifest.json").read_text())
    manifest["content_scripts"][0]["js"].append("probe.js")
    (probed / "manifest.json").write_text(json.dumps(manifest))
    (probed / "probe.js").write_text(PROBE)
    browser = Browser(kind, probed, {})
    try:
        browser.addPhone("alice@pbx.example", "s3cret", {"keepKeys": kept})
        ha1 = hashlib.md5(b"alice:pbx.example:s3cret").hexdigest()
        browser.open(f"{pages}/shop.html")
        browser.evaluate("postMessage('probe', '*')")
        wait_until("an answer", lambda: bool(browser.evaluate("document.documentElement.dataset.found ?? ''")))
        found = browser.evaluate("document.documentElement.dataset.found")
        assert ha1 not in found and '"keys"' not in found
        assert json.loads(found)["databases"] == []
        # And it is there for who may have it.
        browser.call(BILBAO)
        alerts: list[str] = []

        def tried() -> bool:
            alerts[:] = [card["alert"] for card in browser.looks()["cards"] if card["alert"]]
            return alerts != []

        wait_until("a call with that phone", tried)
        assert alerts[0] in ("The service cannot be reached", "The browser does not let this extension reach the service")
    finally:
        browser.close()


def test_the_popup_dials_and_keeps_recent_calls(service: Service, sit_down: Sit) -> None:
    desk = sit_down(service.url)
    steps = [["fill", "#number", "944 10 01 01"], ["waitFor", "button.main:enabled"], ["text", "#preview"]]
    assert desk.browser.inOwn("popup.html", steps) == "Dials +34 944 10 01 01"
    dialled = [*steps, ["key", "Enter"], ["waitFor", ".card[data-phase=connected]"], ["click", ".card .act.end"]]
    over = [*dialled, ["waitFor", ".card[data-phase=disconnected]"], ["waitFor", ".recent li"], ["text", ".recent li"]]
    assert "Call ended after 00:0" in desk.browser.inOwn("popup.html", over)
    assert len(desk.new_calls()) == 1
    wait_until("the end of its channels", lambda: not desk.calls.lives(desk.new_call()))


def test_what_is_called_no_number_is_not_offered_again(service: Service, sit_down: Sit) -> None:
    desk = sit_down(service.url)
    desk.browser.pointAt(BILBAO)
    desk.browser.evaluate("new Promise((resolve) => setTimeout(resolve, 400))")
    desk.browser.press("Not a phone number")
    wait_until("the offer is gone", lambda: "Not a phone number" not in desk.browser.buttons())
    stored = desk.browser.inOwn("options.html", [["stored"]])
    assert stored["local"]["settings"]["sites"] == [{"site": "127.0.0.1", "ignored": ["+34944100101"]}]
    desk.browser.open(f"{desk.pages}/shop.html")
    desk.browser.pointAt("+34 944 100 480")
