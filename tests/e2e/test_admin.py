"""server.admin_listen: /healthz, /readyz and /metrics, and what is shipped for Prometheus and Grafana."""

from __future__ import annotations

import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from c2ctest import Api, Calls, LiveCall, Service, build_folder, run, signer
from c2ctest.fixtures import MakeService, temporary_file
from c2ctest.raw import RawConnection, request
from lab import Lab
from lab.ports import PortPicker
from lab.redis import Redis
from lab.service_config import merge, to_yaml
from lab.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
ALICE = signer("alice")
LISTENING = "+34900000001"
MOST_CONNECTIONS = 32
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass
class Family:
    kind: str = ""
    help: str = ""
    samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = field(default_factory=dict)


class Page:
    """/metrics, read as Prometheus' text format wants to be: HELP and TYPE first, then the samples of that name."""

    def __init__(self, text: str) -> None:
        assert text.endswith("\n")
        self.families: dict[str, Family] = {}
        current = ""
        for line in text.splitlines():
            if line.startswith("# HELP "):
                _, _, current, words = line.split(" ", 3)
                assert current not in self.families, f"{current} comes twice"
                self.families[current] = Family(help=words)
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name == current
                self.families[name].kind = kind
            else:
                found = SAMPLE.fullmatch(line)
                assert found, line
                family = self.families[current]
                name = found[1]
                suffixes = ("_bucket", "_sum", "_count") if family.kind == "histogram" else ("",)
                assert name in {current + suffix for suffix in suffixes}, line
                key = (name, frozenset(LABEL.findall(found[2] or "")))
                assert key not in family.samples, f"{line} comes twice"
                family.samples[key] = float(found[3])

    def value(self, name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return next(family.samples[key] for family in self.families.values() if key in family.samples)

    def names(self) -> set[str]:
        return {sample for family in self.families.values() for sample, _ in family.samples}


class Watched:
    """A service with an admin listener."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.port = int(str(service.config["server"]["admin_listen"]).rsplit(":", 1)[1])
        self.api = Api(HOST, self.port)

    def page(self) -> Page:
        answer = self.api.request("GET", "/metrics")
        assert answer.status == 200
        return Page(answer.body.decode())

    def missing(self) -> list[str]:
        answer = self.api.request("GET", "/readyz")
        missing = [each["part"] for each in answer.json["missing"]]
        assert (answer.status, answer.json["ready"]) == ((503, False) if missing else (200, True))
        return missing


@pytest.fixture(scope="session")
def make_watched(new_service: MakeService) -> Any:
    def make(**overrides: Any) -> Watched:
        admin = f"{HOST}:{PortPicker().pick(HOST)}"
        server = {"admin_listen": admin, **(overrides.pop("server", None) or {})}
        return Watched(new_service(server=server, **overrides))

    return make


@pytest.fixture(scope="module")
def watched(make_watched: Any) -> Iterator[Watched]:
    made: Watched = make_watched(progress={"webhook": {"url": f"http://{HOST}:1/", "secret": "a-secret-of-the-webhook"}})
    with made.service:
        yield made


def test_a_service_with_all_its_parts_is_alive_and_ready(watched: Watched) -> None:
    assert watched.api.request("GET", "/healthz").json == {"alive": True}
    assert watched.missing() == []


def test_who_is_refused_by_a_limit_is_counted_there(make_watched: Any) -> None:
    limits = {"requests_per_address": 3, "calls_per_terminal": 1, "wrong_digests": 1}
    made: Watched = make_watched(server={"trusted_proxies": ["127.0.0.0/8"]}, throttle=limits)
    with made.service:
        for _ in range(5):
            made.service.api.request("GET", "/call", headers={"X-Forwarded-For": "192.0.2.7"})
        for response, status in (("0" * 32, 403), (None, 429)):
            assert made.service.api.call(ALICE, LISTENING, response=response).status == status
        page = made.page()
    refused = {limit: page.value("click2call_throttle_refused_total", limit=limit) for limit in limits}
    assert refused == {"requests_per_address": 2, "calls_per_terminal": 0, "wrong_digests": 1}
    held = {limit: page.value("click2call_throttle_entries", limit=limit) for limit in limits}
    assert held == {"requests_per_address": 1, "calls_per_terminal": 0, "wrong_digests": 1}
    assert all(page.value("click2call_throttle_entries_max", limit=limit) >= 16_384 for limit in limits)


def test_what_is_asked_is_counted_where_it_belongs(watched: Watched, calls: Calls) -> None:
    asked = ("click2call_http_requests_total", "click2call_http_request_duration_seconds_count", "click2call_calls_total")
    before = watched.page()
    api = watched.service.api
    assert api.call(ALICE, LISTENING, iden=calls.iden()).status == 200
    assert api.call(ALICE, LISTENING, response="0" * 32).status == 403
    assert api.request("GET", "/nowhere").status == 404
    assert api.request("OPTIONS", "/call").status == 204
    after = watched.page()

    def more(name: str, **labels: str) -> float:
        return after.value(name, **labels) - before.value(name, **labels)

    assert more(asked[0], endpoint="challenge", code="200") == 2
    assert more(asked[0], endpoint="call", code="200") == more(asked[0], endpoint="call", code="403") == 1
    assert more(asked[0], endpoint="other", code="404") == more(asked[0], endpoint="preflight", code="204") == 1
    assert more(asked[1], endpoint="call") == 2
    assert more(asked[2], outcome="placed") == more(asked[2], outcome="forbidden") == 1
    for backend, times in (("claims", 2), ("directory", 2), ("routing", 1), ("originate", 1)):
        assert more("click2call_backend_duration_seconds_count", backend=backend) == times, backend
    assert after.value("click2call_backend_duration_seconds_count", backend="kamailio") >= 1
    assert more("click2call_backend_errors_total", backend="directory") == 0
    assert more("click2call_ami_events_total") > 0
    assert after.value("click2call_calls_live") >= 1
    assert after.value("click2call_claims") >= 2
    assert [value for _, value in after.families["click2call_ami_link_up"].samples.items()] == [1]
    assert after.value("click2call_build_info", version=version()) == 1
    assert after.value("process_resident_memory_bytes") > 1_000_000


def version() -> str:
    return run([build_folder() / "click2calld", "--version"]).text.split()[-1]


def test_an_open_stream_and_its_connection_are_counted_until_it_ends(watched: Watched, calls: Calls) -> None:
    def streams() -> float:
        return watched.page().value("click2call_http_event_streams")

    answer = watched.service.api.call(ALICE, LISTENING, iden=calls.iden(), progress=True).json
    live = LiveCall(watched.service.api, answer["iden"], answer["ticket"])
    stream = live.stream()
    wait_until("a stream that is counted", lambda: streams() == 1)
    assert watched.page().value("click2call_http_connections", listener="public") >= 1
    stream.close()
    wait_until("the stream's end", lambda: streams() == 0)


def test_every_metric_is_explained_and_named_by_the_conventions(watched: Watched) -> None:
    for name, family in watched.page().families.items():
        assert NAME.fullmatch(name) and name.startswith(("click2call_", "process_")), name
        assert family.help.endswith(".") and family.samples, name
        assert family.kind in ("counter", "gauge", "histogram"), name
        assert name.endswith("_total") == (family.kind == "counter"), name
        assert family.kind != "histogram" or name.endswith("_seconds"), name
        assert not re.search(r"_(ms|us|milliseconds|kb|mb|kilobytes|percent)(_|$)", name), name


def test_a_histogram_adds_up(watched: Watched) -> None:
    family = watched.page().families["click2call_http_request_duration_seconds"]
    for endpoint in ("challenge", "call"):
        buckets = sorted(
            (float(dict(labels)["le"]), value)
            for (name, labels), value in family.samples.items()
            if ("endpoint", endpoint) in labels and name.endswith("_bucket")
        )
        counts = [value for _, value in buckets]
        assert counts == sorted(counts) and counts[-1] > 0
        total = frozenset({("endpoint", endpoint)})
        assert counts[-1] == family.samples[("click2call_http_request_duration_seconds_count", total)]


def metrics_named(text: str) -> set[str]:
    return set(re.findall(r"\b(?:click2call|process)_[a-z0-9_]+", text))


def expressions() -> list[str]:
    board = json.loads((ROOT / "packaging/grafana/click2call.json").read_text())
    rules = yaml.safe_load((ROOT / "packaging/prometheus/alerts.yml").read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    variables = [each["query"] for each in board["templating"]["list"]]
    return queries + variables + [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def page_with_all(watched: Watched, make_watched: Any, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """Of two services: there is none with a webhook and a Redis in the lab."""
    page = watched.page()
    redis = Redis(tmp_path_factory.mktemp("redis"), HOST, PortPicker().pick(HOST))
    redis.configure()
    redis.start()
    try:
        sharing: Watched = make_watched(claims={"redis_url": redis.url})
        with sharing.service:
            page.families = sharing.page().families | page.families
    finally:
        redis.kill()
    return page


def test_alerts_and_dashboard_name_only_metrics_that_exist_and_leave_none_out(page_with_all: Page) -> None:
    named = {name for text in expressions() for name in metrics_named(text)}
    page = page_with_all
    assert named - page.names() == set()
    seen = {re.sub(r"_(bucket|sum|count)$", "", name) for name in named}
    assert set(page.families) - seen == {"process_virtual_memory_bytes", "process_threads"}
    documented = metrics_named((ROOT / "docs/metrics.md").read_text())
    assert set(page.families) - documented == set()


def test_alerts_and_dashboard_name_only_labels_that_exist(page_with_all: Page) -> None:
    known = {label for family in page_with_all.families.values() for _, labels in family.samples for label, _ in labels}
    used = {label for text in expressions() for label in re.findall(r'(\w+)(?:=~|!~|!=|=)"', text)}
    assert used - known - {"instance", "job"} == set()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/metrics", 405),
        ("DELETE", "/healthz", 405),
        ("GET", "/", 404),
        ("POST", "/call", 404),
        ("POST", "/challenge", 404),
    ],
)
def test_the_admin_listener_answers_nothing_else(watched: Watched, method: str, path: str, status: int) -> None:
    answer = watched.api.request(method, path)
    assert answer.status == status
    assert status != 405 or answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_head_is_get_without_the_body_and_the_public_listener_has_neither(watched: Watched, path: str) -> None:
    head = watched.api.request("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["Content-Length"]) > 0
    assert watched.service.api.request("GET", path).status == 404


def test_the_page_says_which_format_it_is_in(watched: Watched) -> None:
    headers = watched.api.request("GET", "/metrics").headers
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert headers["Access-Control-Allow-Origin"] is None


def test_a_connection_beyond_the_most_takes_the_place_of_the_one_that_has_waited_longest(watched: Watched) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(RawConnection(HOST, watched.port)) for _ in range(MOST_CONNECTIONS)]
        for one in held:
            assert one.ask(request("GET", "/healthz", length=False)).status == 200
        assert held[0].ask(request("GET", "/healthz", length=False)).status == 200
        with RawConnection(HOST, watched.port) as late:
            assert late.ask(request("GET", "/healthz", length=False)).status == 200
            assert held[1].closed(), "who had asked longest ago"
            assert held[0].ask(request("GET", "/healthz", length=False)).status == 200
        assert watched.service.api.challenge(ALICE.aor).status == 200


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"])
def test_who_holds_all_connections_keeps_no_health_check_out(watched: Watched, sent: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(2 * MOST_CONNECTIONS):
            stack.enter_context(RawConnection(HOST, watched.port)).send(sent)
        for path in ("/healthz", "/readyz", "/metrics") * 5:
            assert watched.api.request("GET", path).status == 200


OWN_HOSTS = ["localhost", "LOCALHOST:9091", "127.0.0.1", "10.1.2.3:9091", "[2001:db8::1]:9091", socket.gethostname()]
OTHER_HOSTS = ["evil.example", "evil.example:9091", "localhost.evil.example", "127.0.0.1.evil.example", "metrics.example.com"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_only_who_asks_by_a_name_of_this_machine_is_answered(watched: Watched, path: str) -> None:
    with RawConnection(HOST, watched.port) as connection:
        for host in OWN_HOSTS:
            assert connection.ask(request("GET", path, host=host, length=False)).status == 200, host
        for host in OTHER_HOSTS:
            reply = connection.ask(request("GET", path, host=host, length=False))
            assert (reply.status, reply.error) == (403, "not a host of this listener, see server.admin_hosts"), host
        connection.send(request("GET", path, host=None, version="HTTP/1.0", length=False))
        assert connection.reply().status == 200


def test_a_page_of_another_site_is_refused_whatever_host_it_names(watched: Watched) -> None:
    headers = {"Origin": "http://evil.example"}
    assert watched.api.request("GET", "/metrics", headers=headers).verdict == (403, "forbidden")


def test_other_names_by_which_it_is_asked_stand_in_the_configuration(make_watched: Any) -> None:
    watched = make_watched(server={"admin_hosts": ["metrics.example.com"]})
    with watched.service, RawConnection(HOST, watched.port) as connection:
        for host, status in (("metrics.example.com:9091", 200), ("Metrics.example.com", 200), ("example.com", 403)):
            assert connection.ask(request("GET", "/readyz", host=host, length=False)).status == status


def test_a_request_that_is_too_large_is_refused(watched: Watched) -> None:
    with RawConnection(HOST, watched.port) as one:
        assert one.ask(request("GET", "/metrics", [("X-Long", "a" * 5000)], length=False)).status == 413


def test_an_application_server_that_cannot_be_reached_is_named(make_watched: Any) -> None:
    closed = PortPicker().pick(HOST)
    made = make_watched(ami={"port": closed}, kamailio=None, routing={"application_servers": [HOST]})
    with made.service:
        wait_until("a refused connection", lambda: made.missing() == ["application_servers"])
        answer = made.api.request("GET", "/readyz").json
        assert answer["missing"][0]["why"] == f"{HOST}: connection refused"
        assert made.api.request("GET", "/healthz").status == 200
        page = made.page()
        assert page.value("click2call_ready", part="application_servers") == 0
        assert page.value("click2call_ami_link_up", server=HOST) == 0


def test_a_directory_that_is_away_is_noticed_though_nobody_calls(make_watched: Any, lab: Lab) -> None:
    made = make_watched(db={"port": PortPicker().pick(HOST)})
    with made.service:
        wait_until("a directory that is missing", lambda: made.missing() == ["directory"])
        assert made.service.api.challenge(ALICE.aor).status == 200
        made.service.reload(merge(made.service.config, {"db": {"port": lab.ports.db}}))
        wait_until("a directory that is there", lambda: made.missing() == [])


def test_a_service_that_ends_is_not_ready_while_it_finishes(make_watched: Any) -> None:
    made = make_watched()
    with made.service as service:
        body = b'{"aor":"alice@127.0.0.1"}'
        with service.connect() as half:
            half.send(request(body=body)[:-5])
            wait_until("a request under way", lambda: made.page().value("click2call_http_connections", listener="public") == 1)
            service.signal(signal.SIGTERM)
            wait_until("a service that drains", lambda: made.missing() == ["service"])
            assert made.page().value("click2call_ready", part="service") == 0
            half.send(body[-5:])
            assert half.reply().status == 200
        assert service.wait() == 0


def test_numbers_go_on_after_a_reload(make_watched: Any) -> None:
    made = make_watched()
    with made.service as service:
        service.api.challenge(ALICE.aor)
        before = made.page().value("click2call_http_requests_total", endpoint="challenge", code="200")
        service.reload()
        service.api.challenge(ALICE.aor)
        assert made.page().value("click2call_http_requests_total", endpoint="challenge", code="200") == before + 1
        assert made.missing() == []


def test_a_port_that_is_taken_stops_the_start_with_a_sentence(make_watched: Any, tmp_path: Path) -> None:
    made = make_watched()
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = {**made.service.config, "server": {**made.service.config["server"], "admin_listen": f"{HOST}:{port}"}}
        path = temporary_file(tmp_path, "config.yml", to_yaml(config))
        done = run([build_folder() / "click2calld", "--config", path])
    assert done.code == 1
    assert f"server.admin_listen: cannot listen on {HOST}:{port}: Address already in use" in done.text
