"""Pages that want a click on something else to be a call. No service is set up: a click that counts is answered with that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driver import Browser
from lab.waiting import wait_until

BILBAO = "+34 944 10 01 01"
IN_DIALOG = "+34 944 10 04 80"
CALLED = "No service is set up"
NOT_CALLED = "Not called: the page hid the button"
Start = Callable[..., Browser]

# Where the number is, as the page says.
PLACE = "text()"
# What a page can do to the button, and whether the click then meets it. It says so where it does.
ATTACKS = [
    "opacity",
    "nearlyNoOpacity",
    "transform",
    "scale",
    "clip",
    "filter",
    "blend",
    "mask",
    "zoom",
    "zoomOfTheRoot",
    "moved",
    "strippedUnderAnImportantSheet",
    "animation",
    "removedAndPutAgain",
    "veilInTheTopLayer",
    "backdropInTheTopLayer",
    "noTopLayer",
    "viewTransition",
]
# Here a click goes through, or meets nothing of ours at that moment.
MAY_MISS = {"clip", "removedAndPutAgain", "zoom", "zoomOfTheRoot", "strippedUnderAnImportantSheet", "viewTransition", "animation"}


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest, extension: dict[str, Path]) -> Any:
    made = Browser(request.param, extension[request.param], {})
    yield made
    made.close()


def pause(browser: Browser, milliseconds: int) -> None:
    browser.evaluate(f"new Promise((resolve) => setTimeout(resolve, {milliseconds}))")


def alerts(browser: Browser) -> list[str]:
    return [card["alert"] for card in browser.looks()["cards"]]


def click_target(browser: Browser) -> None:
    at = browser.evaluate("target()")
    browser.move(at["x"], at["y"])
    browser.click(at["x"], at["y"])


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_click_on_what_cannot_be_seen_calls_nobody_and_that_is_said(browser: Browser, pages: str, attack: str) -> None:
    browser.open(f"{pages}/attack.html")
    browser.pointAt(BILBAO)
    browser.evaluate(f"attack('{attack}')")
    pause(browser, 700)
    for _ in range(3):
        click_target(browser)
        pause(browser, 120)
    pause(browser, 400)
    said = alerts(browser)
    assert CALLED not in said
    if attack not in MAY_MISS:
        assert NOT_CALLED in said


def test_a_click_at_the_moment_in_which_it_is_moved_under_the_pointer_calls_nobody(browser: Browser, pages: str) -> None:
    browser.open(f"{pages}/attack.html")
    browser.pointAt(BILBAO)
    pause(browser, 600)
    browser.evaluate("document.addEventListener('mousemove', (event) => event.target.id === 'play' && attacks.moved(), true)")
    browser.move(540, 305)
    browser.click(540, 305)
    pause(browser, 500)
    assert CALLED not in alerts(browser)


def test_events_that_nobody_made_call_nobody(browser: Browser, pages: str) -> None:
    browser.open(f"{pages}/attack.html")
    browser.pointAt(BILBAO)
    pause(browser, 600)
    browser.evaluate("makeUp()")
    pause(browser, 500)
    assert alerts(browser) == []


HARMLESS = [
    "html { opacity: 0 } body { opacity: 0; filter: opacity(0) }",
    "html { filter: invert(1); clip-path: inset(50%) } body { transform: scale(0.1) }",
    "* { opacity: 0 !important; transform: scale(9) !important; clip-path: inset(50%) !important; animation: gone 1s infinite !important }"
    " @keyframes gone { from, to { opacity: 0 } }",
    "* { --accent: transparent !important; --surface: transparent !important; --text: transparent !important }"
    " @property --on-accent { syntax: '<length>'; inherits: true; initial-value: 0px }",
    "body::after { content: ''; position: fixed; inset: 0; background: #fff; z-index: 2147483647; pointer-events: none }",
    "html { zoom: 3 }",
]


@pytest.mark.parametrize("style", HARMLESS)
def test_what_a_page_does_to_itself_does_not_reach_the_button(browser: Browser, pages: str, style: str) -> None:
    browser.open(f"{pages}/attack.html")
    browser.pointAt(BILBAO)
    browser.evaluate(f"sheet({style!r})")
    pause(browser, 700)
    call = browser.button(f"Call {BILBAO}")
    assert (call["background"], call["color"]) == ("rgb(11, 107, 79)", "rgb(255, 255, 255)")
    assert 25 < call["height"] < 40
    browser.click(call["x"], call["y"])
    wait_until("the call", lambda: CALLED in alerts(browser))


def test_a_number_in_a_modal_dialogue_is_called_and_the_toast_is_over_it(browser: Browser, pages: str) -> None:
    browser.open(f"{pages}/attack.html")
    browser.evaluate("box.showModal()")
    browser.call(IN_DIALOG)
    wait_until("the call", lambda: CALLED in alerts(browser))
    browser.press("Close")
    browser.noCard()
    browser.evaluate("box.close()")
    browser.call(BILBAO)
    wait_until("the call", lambda: CALLED in alerts(browser))
    browser.evaluate("box.showModal()")
    pause(browser, 600)
    browser.press("Close")
    browser.noCard()


@pytest.mark.parametrize(("gone", "said"), [(False, CALLED), (True, NOT_CALLED)])
def test_a_click_in_a_frame_counts_unless_the_page_around_hides_the_frame(start_browser: Start, pages: str, gone: bool, said: str) -> None:
    browser = start_browser("chromium")
    browser.open(f"{pages}/framed.html")
    browser.evaluate(f"document.querySelector('iframe').className = '{'gone' if gone else ''}'")
    place = browser.evaluate(f"frames[0].{PLACE}")

    def offered() -> bool:
        browser.move(place["x"] - 3, place["y"])
        browser.move(place["x"], place["y"])
        pause(browser, 250)
        return bool(browser.evaluate("frames[0].hosts().length"))

    wait_until("the button", offered)
    pause(browser, 700)
    at = browser.evaluate("frames[0].target()")
    browser.move(at["x"], at["y"])
    browser.click(at["x"], at["y"])
    wait_until("an answer", lambda: alerts(browser) == [said])


def test_a_quick_click_on_what_is_new_does_nothing_and_says_nothing(browser: Browser, pages: str) -> None:
    browser.open(f"{pages}/attack.html")
    place = browser.evaluate(PLACE)
    browser.move(place["x"] - 3, place["y"])
    browser.move(place["x"], place["y"])
    browser.evaluate(
        "new Promise((resolve) => { const look = () => (hosts().some((one) => one.matches(':popover-open')) ? resolve() : setTimeout(look, 1)); look(); })"
    )
    click_target(browser)
    pause(browser, 100)
    assert alerts(browser) == []


@pytest.mark.parametrize("style", ["opacity: 0", "left: -2000px", "display: none"])
def test_a_page_that_hides_a_call_is_told_of_in_the_extensions_window(start_browser: Start, pages: str, style: str) -> None:
    browser = start_browser("chromium")
    browser.addPhone("alice@pbx.example", "s3cret", {"undoSeconds": 5})
    browser.open(f"{pages}/attack.html")
    browser.call(BILBAO)
    browser.card("undo")
    name, value = style.split(": ")
    browser.evaluate(f"setInterval(style('{name}', '{value}'), 5)")
    told = browser.inOwn("popup.html", [["waitFor", ".card .help:not(:empty)"], ["text", ".card .help"]])
    assert told == "The page tries to hide this call. It can be ended in the extension's window too."
