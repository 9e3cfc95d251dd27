"""Makes the pictures of docs/images and extension/store: python3 -m pytest tests/browser/pictures.py. No test: nobody but a person can tell
whether they look right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from c2ctest import Service
from c2ctest.fixtures import MakeService
from desk import Desk
from lab.terminals import by_name
from lab.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
STORE = ROOT / "extension" / "store"
BILBAO = "+34 944 10 01 01"
BUSY = "+34 944 100 486"
SCHEMES = ("light", "dark")
Sit = Callable[..., Desk]


@pytest.fixture(params=["en", "es"])
def language(request: pytest.FixtureRequest) -> str:
    return request.param  # type: ignore[no-any-return]


def settle(desk: Desk) -> None:
    desk.browser.evaluate("new Promise((resolve) => setTimeout(resolve, 400))")


def toast(desk: Desk, name: str, language: str) -> None:
    desk.browser.move(5, 300)
    for scheme in SCHEMES:
        desk.browser.scheme(scheme)
        settle(desk)
        desk.browser.screenshot(str(IMAGES / f"toast-{name}-{language}-{scheme}.png"), "toast")
    desk.browser.scheme("light")


def at_contact(desk: Desk) -> Desk:
    desk.browser.open(f"{desk.pages}/contact.html")
    return desk


def end(desk: Desk) -> None:
    hang_up = next(name for name in desk.browser.buttons() if name in ("Hang up", "Colgar"))
    desk.browser.press(hang_up)
    wait_until("the end of the calls", lambda: not any(desk.calls.lives(iden) for iden in desk.new_calls()))


def test_a_call_from_click_to_end(service: Service, sit_down: Sit, language: str) -> None:
    desk = at_contact(sit_down(service.url, settings={"language": language, "undoSeconds": 5, "extensions": ["1XX"]}))
    for scheme in SCHEMES:
        desk.browser.scheme(scheme)
        desk.browser.move(5, 300)
        settle(desk)
        desk.browser.pointAt(BILBAO)
        settle(desk)
        desk.browser.screenshot(str(IMAGES / f"button-{language}-{scheme}.png"))
    desk.browser.call(BILBAO)
    desk.browser.card("undo")
    toast(desk, "undo", language)
    desk.browser.card("connected")
    settle(desk)
    toast(desk, "connected", language)
    for scheme in SCHEMES:
        desk.browser.scheme(scheme)
        settle(desk)
        desk.browser.screenshot(str(IMAGES / f"page-{language}-{scheme}.png"))
        desk.browser.picture("popup.html", str(IMAGES / f"popup-call-{language}-{scheme}.png"), {"scheme": scheme, "width": 348, "height": 100, "full": True})
    if language == "en":
        desk.browser.scheme("light")
        desk.browser.size(1280, 800)
        settle(desk)
        desk.browser.screenshot(str(STORE / "call.png"))
        desk.browser.size(960, 640)
    end(desk)
    desk.browser.card("disconnected")
    toast(desk, "ended", language)
    desk.browser.call(BUSY)
    desk.browser.card("failed")
    toast(desk, "busy", language)
    for scheme in SCHEMES:
        desk.browser.picture("popup.html", str(IMAGES / f"popup-{language}-{scheme}.png"), {"scheme": scheme, "width": 348, "height": 100, "full": True})
        options = {"scheme": scheme, "width": 760, "height": 900, "full": True}
        desk.browser.picture("options.html", str(IMAGES / f"options-{language}-{scheme}.png"), options)


def test_a_phone_that_rings(service: Service, sit_down: Sit, language: str) -> None:
    desk = at_contact(sit_down(service.url, name="dave", settings={"language": language}))
    desk.browser.call(BILBAO)
    desk.browser.card("callingCaller")
    toast(desk, "ringing", language)
    end(desk)


def test_a_number_that_rings(service: Service, sit_down: Sit, language: str) -> None:
    desk = sit_down(service.url, settings={"language": language})
    desk.browser.call("+34 944 100 480")
    desk.browser.card("callingCallee")
    toast(desk, "calling", language)


def test_failures(start_service: MakeService, sit_down: Sit, language: str) -> None:
    service = start_service(call={"preflight": "reject"})
    desk = at_contact(sit_down(service.url, name="frank", settings={"language": language}))
    desk.browser.call(BILBAO)
    before = desk.browser.card("refused")["alert"]
    toast(desk, "not-registered", language)
    service.stop()
    desk.browser.call(BUSY)
    wait_until("another failure", lambda: desk.browser.card("refused")["alert"] != before)
    toast(desk, "unreachable", language)


def test_a_wrong_password(service: Service, sit_down: Sit, language: str) -> None:
    desk = at_contact(sit_down(service.url, password="wrong", name=by_name("alice").name, settings={"language": language}))
    desk.browser.call(BILBAO)
    desk.browser.card("refused")
    toast(desk, "wrong-password", language)
