"""CORS, as the reference answers it and as browsers ask for it today."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from c2ctest import Api, Calls, LiveCall, Reply, Service, signer
from c2ctest.fixtures import MakeService

ALLOWED = ["https://crm.example.com", "chrome-extension://abcdefghijklmnopabcdefghijklmnop", "http://localhost:8080"]
PATHS = ["/challenge", "/call"]


@pytest.fixture(scope="module")
def listed(new_service: MakeService) -> Iterator[Service]:
    with new_service(server={"allowed_origins": ALLOWED}) as started:
        yield started


def preflight(api: Api, path: str, origin: str, private_network: bool = False) -> Reply:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    if private_network:
        headers["Access-Control-Request-Private-Network"] = "true"
    return api.request("OPTIONS", path, headers=headers)


def actual(api: Api, path: str, origin: str | None, body: object = None) -> Reply:
    headers = {"Content-Type": "application/json"} | ({"Origin": origin} if origin else {})
    return api.request("POST", path, json.dumps(body or {"aor": "alice@127.0.0.1", "destination": "1"}).encode(), headers)


def cors_of(reply: Reply) -> dict[str, str]:
    return {name.lower(): value for name, value in reply.headers.items() if name.lower().startswith("access-control-")}


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_is_answered_204_without_a_body(api: Api, path: str) -> None:
    reply = preflight(api, path, "https://anything.example")
    assert (reply.status, reply.body) == (204, b"")
    assert "Content-Length" not in reply.headers
    assert cors_of(reply) == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "POST, OPTIONS",
        "access-control-allow-headers": "Content-Type",
        "access-control-max-age": "7200",
    }


@pytest.mark.parametrize("path", PATHS)
def test_options_without_an_origin_is_204_too(api: Api, path: str) -> None:
    assert api.request("OPTIONS", path).status == 204


@pytest.mark.parametrize("path", PATHS)
def test_any_origin_may_read_every_answer(api: Api, path: str) -> None:
    reply = actual(api, path, "https://anything.example")
    assert cors_of(reply) == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "POST, OPTIONS",
        "access-control-allow-headers": "Content-Type",
        "access-control-expose-headers": "Retry-After",
    }


@pytest.mark.parametrize("origin", ALLOWED)
@pytest.mark.parametrize("path", PATHS)
def test_a_listed_origin_is_echoed(listed: Service, path: str, origin: str) -> None:
    for reply in (preflight(listed.api, path, origin), actual(listed.api, path, origin)):
        assert cors_of(reply)["access-control-allow-origin"] == origin
        assert cors_of(reply)["access-control-allow-methods"] == "POST, OPTIONS"
        assert cors_of(reply)["access-control-allow-headers"] == "Content-Type"
        assert reply.headers.get_all("Vary") == ["Origin"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://crm.example.com",
        "https://crm.example.com:8443",
        "https://crm.example.com.evil.example",
        "https://crm.example.com/",
        "https://sub.crm.example.com",
        "null",
        "*",
        "",
        "chrome-extension://another",
    ],
)
def test_any_other_origin_is_given_no_permission(listed: Service, origin: str) -> None:
    for reply in (preflight(listed.api, "/call", origin), actual(listed.api, "/call", origin)):
        assert cors_of(reply) == {}
        assert reply.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://crm.example.com", "file://"])
@pytest.mark.parametrize("path", [*PATHS, "/calls/any", "/nothing"])
def test_a_page_that_may_not_ask_is_refused_before_anything_is_counted(listed: Service, path: str, origin: str) -> None:
    wrong = {"aor": "grace@127.0.0.1", "destination": "1", "nonce": "x", "response": "0" * 32}
    for _ in range(40):  # more than the wrong digests and requests that one address has
        assert actual(listed.api, path, origin, wrong).verdict == (403, "forbidden")
    assert listed.api.challenge("grace@127.0.0.1").status == 200


@pytest.mark.parametrize("scheme", ["chrome-extension", "moz-extension", "safari-web-extension"])
def test_an_extension_may_ask_whatever_the_list(listed: Service, scheme: str) -> None:
    assert actual(listed.api, "/challenge", f"{scheme}://0b5c9e3e-1111-2222-3333-444455556666").status == 200


def test_a_star_for_the_first_label_allows_every_name_below(new_service: MakeService) -> None:
    pattern = "https://*.example.com:8443"
    with new_service(server={"allowed_origins": [pattern, "http://intranet"]}) as service:
        for origin in ("https://crm.example.com:8443", "https://a.b.example.com:8443", "http://intranet"):
            assert cors_of(actual(service.api, "/challenge", origin))["access-control-allow-origin"] == origin
        others = ("https://example.com:8443", "https://crm.example.com", "http://crm.example.com:8443", "https://.example.com:8443")
        for origin in (*others, "https://crmexample.com:8443", "https://crm.example.com:8443.evil.example", pattern):
            assert actual(service.api, "/challenge", origin).status == 403, origin


@pytest.mark.parametrize(
    "requested",
    ["sentry-trace,baggage", "traceparent, tracestate", "x-datadog-trace-id,x-datadog-parent-id", "content-type,newrelic", "b3"],
)
def test_headers_that_a_watching_script_adds_are_granted(listed: Service, requested: str) -> None:
    headers = {"Origin": ALLOWED[0], "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": requested}
    granted = cors_of(listed.api.request("OPTIONS", "/call", headers=headers))["access-control-allow-headers"]
    names = [name.strip().lower() for name in granted.split(",")]
    assert names == ["content-type", *(name.strip() for name in requested.split(",") if name.strip() != "content-type")]


def test_what_is_no_list_of_headers_is_not_granted(listed: Service) -> None:
    headers = {"Origin": ALLOWED[0], "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "a b,<c>,, d:e"}
    granted = cors_of(listed.api.request("OPTIONS", "/call", headers=headers))["access-control-allow-headers"]
    assert granted == "Content-Type, a, b, c, d, e"


def test_an_answer_to_nobody_says_that_it_depends_on_the_origin(listed: Service) -> None:
    reply = actual(listed.api, "/challenge", None)
    assert reply.status == 200
    assert cors_of(reply) == {}
    assert reply.headers["Vary"] == "Origin"


def test_errors_can_be_read_by_a_listed_origin(listed: Service) -> None:
    origin = ALLOWED[0]
    refusals = [
        actual(listed.api, "/challenge", origin, {"aor": "x"}),
        actual(listed.api, "/call", origin, {"aor": "a@b", "destination": "1"}),
        actual(listed.api, "/nothing", origin),
        listed.api.request("GET", "/call", headers={"Origin": origin}),
    ]
    assert [reply.status for reply in refusals] == [400, 401, 404, 405]
    for reply in refusals:
        assert cors_of(reply)["access-control-allow-origin"] == origin, reply.status


def test_a_body_that_is_too_large_is_told_to_a_listed_origin_too(listed: Service) -> None:
    reply = listed.api.request("POST", "/call", b"x" * 5000, {"Origin": ALLOWED[0]})
    assert reply.status == 413
    assert cors_of(reply).get("access-control-allow-origin") == ALLOWED[0]


def test_a_preflight_of_a_private_network_is_answered_where_the_origin_may_ask(api: Api, listed: Service) -> None:
    name = "access-control-allow-private-network"
    assert name not in cors_of(preflight(api, "/call", "https://x.example", private_network=True)), "any page would reach in"
    assert cors_of(preflight(listed.api, "/call", ALLOWED[0], private_network=True))[name] == "true"
    assert name not in cors_of(preflight(listed.api, "/call", "https://evil.example", private_network=True))
    assert name not in cors_of(preflight(listed.api, "/call", ALLOWED[0]))


def test_only_a_preflight_is_told_how_long_it_holds(listed: Service) -> None:
    assert cors_of(preflight(listed.api, "/call", ALLOWED[0]))["access-control-max-age"] == "7200"
    assert "access-control-max-age" not in cors_of(actual(listed.api, "/call", ALLOWED[0]))


# The live call

LIVE_GRANT = {
    "access-control-allow-methods": "GET, DELETE, OPTIONS",
    "access-control-allow-headers": "Authorization, Content-Type, Last-Event-ID",
}
EXPOSED = {"access-control-expose-headers": "Retry-After"}


def live_preflight(api: Api, origin: str, method: str) -> Reply:
    headers = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}
    return api.request("OPTIONS", "/calls/any", headers=headers)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_live_calls_preflight_is_answered_without_its_ticket(api: Api, listed: Service, method: str) -> None:
    for asked, origin, granted in ((api, "https://anything.example", "*"), (listed.api, ALLOWED[0], ALLOWED[0])):
        reply = live_preflight(asked, origin, method)
        assert (reply.status, reply.body) == (204, b"")
        assert cors_of(reply) == {"access-control-allow-origin": granted, **LIVE_GRANT, "access-control-max-age": "7200"}


def live_answers(service: Service, calls: Calls, origin: str, statuses: tuple[int, ...] = (200, 200, 204, 401, 405, 204)) -> list[Reply]:
    """Every kind of answer: a snapshot, a stream, a stream that is over, refusals and a hang-up."""
    call = LiveCall.place(service.api, signer("alice"), "+34900000486", iden=calls.iden())
    assert call.stream().finish()[-1] == "failed"
    headers = {"Origin": origin, "Authorization": f"Bearer {call.ticket}"}
    events = {**headers, "Accept": "text/event-stream"}
    asked = [("GET", headers), ("GET", events), ("GET", events | {"Last-Event-ID": "4"}), ("GET", {"Origin": origin})]
    asked += [("POST", headers), ("DELETE", headers)]
    replies = [service.api.request(method, f"/calls/{call.iden}", headers=sent) for method, sent in asked]
    assert [reply.status for reply in replies] == list(statuses)
    return replies


def test_a_page_of_any_origin_may_follow_a_call(service: Service, calls: Calls) -> None:
    for reply in live_answers(service, calls, "https://anything.example"):
        assert cors_of(reply) == {"access-control-allow-origin": "*", **LIVE_GRANT, **EXPOSED}


def test_a_page_of_a_listed_origin_may_follow_a_call_and_another_may_not(listed: Service, calls: Calls) -> None:
    for reply in live_answers(listed, calls, ALLOWED[1]):
        assert cors_of(reply) == {"access-control-allow-origin": ALLOWED[1], **LIVE_GRANT, **EXPOSED}
        assert reply.headers.get_all("Vary") == ["Origin"]  # type: ignore[attr-defined]
    for reply in [*live_answers(listed, calls, "https://evil.example", (403,) * 6), live_preflight(listed.api, "https://evil.example", "GET")]:
        assert cors_of(reply) == {}
        assert reply.headers["Vary"] == "Origin"
