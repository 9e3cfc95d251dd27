"""Click a number in a page, and the phones ring; the page says how it goes."""

from __future__ import annotations

from collections.abc import Callable

from c2ctest import Service
from c2ctest.fixtures import MakeService
from desk import Desk
from lab.waiting import wait_until

BILBAO = "+34 944 10 01 01"
DIALLED = "+34944100101"


def test_a_click_rings_both_phones_and_hang_up_ends_it(service: Service, sit_down: Callable[..., Desk], kind: str) -> None:
    desk = sit_down(service.url, kind=kind)
    assert desk.browser.call(BILBAO) == f"Call {BILBAO}"
    iden = desk.new_call()
    call = desk.calls.wait(iden, "is answered on both legs", lambda call: call.leg1_answered and call.leg2_answered)
    assert (call.count, call.destination) == (1, DIALLED)
    card = desk.browser.card("connected")
    assert (card["number"], card["status"], card["alert"]) == (BILBAO, "Connected", "")
    wait_until("the time goes by", lambda: desk.browser.card("connected")["timer"] > card["timer"])
    desk.browser.press("Hang up")
    card = desk.browser.card("disconnected")
    assert card["status"].startswith("Call ended after 00:0")
    wait_until("the end of its channels", lambda: not desk.calls.lives(iden))
    assert (service.call_log(iden)[0]["iden"], len(desk.new_calls())) == (iden, 1)
    desk.browser.move(5, 5)
    desk.browser.noCard()


def test_a_page_that_forbids_everything_looks_the_same(service: Service, sit_down: Callable[..., Desk], kind: str) -> None:
    desk = sit_down(service.url, kind=kind)
    desk.browser.open(f"{desk.pages}/strict.html")
    desk.browser.call(BILBAO)
    desk.calls.mine(desk.new_call())
    desk.browser.card("connected")
    (hang_up,) = [button for button in desk.browser.looks()["buttons"] if button["name"] == "Hang up"]
    assert hang_up["height"] == 32
    desk.browser.press("Hang up")
    desk.browser.card("disconnected")


def test_the_callers_states_are_told_while_the_phone_rings(service: Service, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(service.url, name="dave")
    desk.browser.call(BILBAO)
    iden = desk.new_call()
    assert desk.browser.card("callingCaller")["status"] == "Your phone rings: pick it up"
    desk.browser.press("Hang up")
    assert desk.browser.card("failed")["status"] == "Call cancelled"
    wait_until("the end of its channels", lambda: not desk.calls.lives(iden))


def test_closing_the_card_of_a_live_call_leaves_the_background_in_peace(service: Service, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(service.url, name="dave")
    desk.browser.call(BILBAO)
    desk.new_call()
    desk.browser.card("callingCaller")
    desk.browser.press("Close")
    desk.browser.noCard()
    desk.browser.countConnects()
    # Another call, so that the page is told of a change while its own goes on.
    dial = [["fill", "#number", "944 100 480"], ["waitFor", "button.main:enabled"], ["key", "Enter"], ["waitFor", ".card[data-phase=callingCaller]"]]
    desk.browser.inOwn("popup.html", dial)
    for iden in desk.new_calls():
        desk.calls.mine(iden)
    desk.browser.evaluate("new Promise((resolve) => setTimeout(resolve, 5000))")
    assert desk.browser.connects() <= 2, "the window, in its tab and by itself"


def test_a_busy_number_is_told(service: Service, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(service.url)
    desk.browser.call("+34 944 100 486")
    desk.new_call()
    card = desk.browser.card("failed")
    assert (card["alert"], card["help"], card["status"]) == ("The number is busy", "Try again later.", "")
    assert "Call again" in desk.browser.buttons()


def test_a_busy_phone_of_ones_own_is_told(service: Service, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(service.url, name="carol")
    desk.browser.call(BILBAO)
    desk.new_call()
    assert desk.browser.card("failed")["alert"] == "Your phone is busy"


def test_a_phone_that_is_not_registered_is_told(start_service: MakeService, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(start_service(call={"preflight": "reject"}).url, name="frank")
    desk.browser.call(BILBAO)
    card = desk.browser.card("refused")
    assert (card["alert"], card["help"]) == ("Your phone is not registered", "Check that it is on and connected, then call again.")
    assert desk.new_calls() == {}


def test_a_wrong_password_is_told_with_the_way_to_the_settings(service: Service, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(service.url, password="wrong")
    desk.browser.call(BILBAO)
    assert desk.browser.card("refused")["alert"] == "The service does not accept your phone"
    assert {"Settings", "Call again"} <= set(desk.browser.buttons())
    assert desk.new_calls() == {}


def test_a_service_that_is_down_is_told_and_called_again_when_it_is_back(start_service: MakeService, sit_down: Callable[..., Desk]) -> None:
    service = start_service()
    desk = sit_down(service.url)
    service.stop()
    desk.browser.call(BILBAO)
    card = desk.browser.card("refused")
    assert card["alert"] == "The service cannot be reached"
    assert "Open the service's address" in desk.browser.buttons()
    service.start()
    desk.browser.press("Call again")
    desk.browser.card("connected")
    desk.new_call()


def test_an_untrusted_certificate_is_told_with_the_way_to_accept_it(
    start_service: MakeService, sit_down: Callable[..., Desk], certificate: dict[str, str]
) -> None:
    desk = sit_down(start_service(server=certificate).url)
    desk.browser.call(BILBAO)
    card = desk.browser.card("refused")
    assert "open its address once and accept the certificate" in card["help"]
    assert "Open the service's address" in desk.browser.buttons()
    assert desk.new_calls() == {}


def test_undo_means_that_nothing_was_ever_sent(service: Service, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(service.url, settings={"undoSeconds": 5})
    desk.browser.call(BILBAO)
    card = desk.browser.card("undo")
    assert card["status"] == "About to call" and card["timer"].endswith(" s")
    desk.browser.press("Undo")
    assert desk.browser.card("cancelled")["status"] == "Not called"
    desk.browser.call("+34 944 100 486")
    desk.browser.card("undo")
    desk.browser.key("Escape")
    assert desk.browser.card("cancelled")["status"] == "Not called"
    assert desk.new_calls() == {}


def test_a_double_click_is_one_call(service: Service, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(service.url)
    name = desk.browser.pointAt(BILBAO)
    desk.browser.evaluate("new Promise((resolve) => setTimeout(resolve, 400))")
    desk.browser.pressTwice(name)
    desk.browser.card("connected")
    iden = desk.new_call()
    assert desk.calls.count(iden) == 1
    desk.browser.press("Hang up")
    desk.browser.card("disconnected")
    assert len(desk.new_calls()) == 1


def test_a_tel_link_is_called_too(service: Service, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(service.url)
    desk.browser.call("call Madrid")
    iden = desk.new_call()
    assert desk.calls.wait(iden, "is there", lambda call: bool(call.destination)).destination == "+34911000002"
    desk.browser.press("Hang up")


def test_a_call_outlives_its_page_and_the_background(service: Service, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(service.url)
    desk.browser.call(BILBAO)
    iden = desk.new_call()
    desk.browser.card("connected")
    desk.browser.stopWorker()
    desk.browser.open(f"{desk.pages}/strict.html")
    desk.browser.card("connected")
    desk.browser.press("Hang up")
    desk.browser.card("disconnected")
    wait_until("the end of its channels", lambda: not desk.calls.lives(iden))


def test_the_words_are_spanish_where_the_browser_is(service: Service, sit_down: Callable[..., Desk]) -> None:
    desk = sit_down(service.url, settings={"language": "es"})
    desk.browser.call("+34 944 100 486")
    desk.new_call()
    card = desk.browser.card("failed")
    assert (card["alert"], card["help"]) == ("El número comunica", "Inténtelo más tarde.")


def test_the_service_need_not_allow_the_extensions_origin(start_service: MakeService, sit_down: Callable[..., Desk], kind: str) -> None:
    desk = sit_down(start_service(server={"allowed_origins": ["https://nobody.example"]}).url, kind=kind)
    desk.browser.call(BILBAO)
    desk.new_call()
    desk.browser.card("connected")
    desk.browser.press("Hang up")
    desk.browser.card("disconnected")
