"""HTTP/1.1 at the socket: routes, limits, connections, and requests that try to be two."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack

import pytest
from c2ctest import Api, RawConnection, RawReply, Service
from c2ctest.fixtures import MakeService
from c2ctest.raw import Headers, request

AOR_BODY = b'{"aor":"alice@127.0.0.1"}'
CHUNKED: Headers = [("Transfer-Encoding", "chunked")]


def chunks(*parts: bytes, trailer: bytes = b"") -> bytes:
    return b"".join(b"%X\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n" + trailer + b"\r\n"


def chunked_request(body: bytes, headers: Headers | None = None, **more: object) -> bytes:
    return request(headers=(headers or []) + CHUNKED, length=False, **more) + body  # type: ignore[arg-type]


def challenge(realm: str = "127.0.0.1", **more: object) -> bytes:
    return request(body=json.dumps({"aor": f"alice@{realm}"}).encode(), **more)  # type: ignore[arg-type]


# Routes

@pytest.mark.parametrize("path", ["/", "/challenge/", "/Challenge", "/CALL", "//call", "/call/x", "/%63all", "/metrics"])
@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS"])
def test_another_path_is_not_found(api: Api, method: str, path: str) -> None:
    reply = api.request(method, path, AOR_BODY if method == "POST" else None)
    assert reply.verdict == (404, "not found")
    assert reply.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/challenge", "/call"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_another_method_is_refused_with_the_allowed_ones(api: Api, method: str, path: str) -> None:
    reply = api.request(method, path)
    assert reply.verdict == (405, "method not allowed")
    assert reply.headers["Allow"] == "POST, OPTIONS"


def test_head_is_refused_without_a_body(service: Service) -> None:
    with service.connect() as connection:
        connection.send(request("HEAD", length=False))
        reply = connection.reply(to_head=True)
        assert (reply.status, reply.header("Allow")) == (405, "POST, OPTIONS")
        assert connection.ask(challenge()).status == 200


def test_a_method_in_small_letters_is_another_method(service: Service) -> None:
    with service.connect() as connection:
        assert connection.ask(challenge(method="post")).status == 405


@pytest.mark.parametrize("target", ["/challenge?x=1", "/challenge?", "http://localhost/challenge", "http://x:9090/challenge?x"])
def test_a_query_and_an_absolute_target_reach_the_same_path(service: Service, target: str) -> None:
    with service.connect() as connection:
        assert connection.ask(challenge(target=target)).status == 200


@pytest.mark.parametrize("scheme", ["HTTP", "https", "HttpS"])
def test_an_absolute_target_may_be_of_either_scheme_in_any_case(service: Service, scheme: str) -> None:
    with service.connect() as connection:
        assert connection.ask(challenge(target=f"{scheme}://localhost/challenge")).status == 200


@pytest.mark.parametrize("version", [f"HTTP/1.{minor}" for minor in range(2, 10)])
def test_a_later_minor_version_is_read_as_http_1_1(service: Service, version: str) -> None:
    with service.connect() as connection:
        for _ in range(2):
            reply = connection.ask(challenge(version=version))
            assert (reply.status, reply.version, reply.header("Connection")) == (200, "HTTP/1.1", None)
        assert connection.ask(challenge(version=version, host=None)).status == 400, "as in HTTP/1.1"


def test_blank_lines_before_a_request_are_passed_over(service: Service) -> None:
    with service.connect() as connection:
        connection.send(b"\r\n" + challenge() + b"\r\n" + challenge() + b"\r\n\r\n\r\n" + challenge() + b"\r")
        assert [connection.reply().status for _ in range(3)] == [200] * 3
        connection.send(b"\n" + challenge())
        assert connection.reply().status == 200, "and one in two pieces"


def test_every_answer_is_dated_json_of_known_length(service: Service) -> None:
    with service.connect() as connection:
        for data in (challenge(), request(body=b"{"), request("GET", length=False), request(target="/x")):
            reply = connection.ask(data)
            assert reply.header("Content-Type") == "application/json"
            assert reply.all("Content-Length") == [str(len(reply.body))]
            assert (reply.header("Date") or "").endswith(" GMT")


# Connections

def test_a_connection_stays_open_for_the_next_request(service: Service) -> None:
    with service.connect() as connection:
        for number in range(10):
            reply = connection.ask(challenge(f"r{number}"))
            assert (reply.status, reply.json["realm"]) == (200, f"r{number}")
            assert reply.header("Connection") is None


def test_a_connection_stays_open_after_errors_of_the_content(service: Service) -> None:
    with service.connect() as connection:
        for data, status in ((request(body=b"{"), 400), (request(target="/x"), 404), (request("PUT"), 405), (challenge(), 200)):
            assert connection.ask(data).status == status


def test_connection_close_is_honoured(service: Service) -> None:
    with service.connect() as connection:
        reply = connection.ask(challenge(headers=[("Connection", "close")]) + challenge())
        assert (reply.status, reply.header("Connection")) == (200, "close")
        assert connection.closed()


def test_http_1_0_closes(service: Service) -> None:
    with service.connect() as connection:
        reply = connection.ask(challenge(version="HTTP/1.0"))
        assert (reply.status, reply.header("Connection")) == (200, "close")
        assert connection.closed()


def test_http_1_0_needs_no_host(service: Service) -> None:
    with service.connect() as connection:
        assert connection.ask(challenge(version="HTTP/1.0", host=None)).status == 200


def test_http_1_0_stays_open_if_asked(service: Service) -> None:
    with service.connect() as connection:
        for _ in range(2):
            reply = connection.ask(challenge(version="HTTP/1.0", headers=[("Connection", "keep-alive")]))
            assert (reply.status, reply.header("Connection")) == (200, "keep-alive")


def test_pipelined_requests_are_answered_in_order(service: Service) -> None:
    realms = [f"r{number}" for number in range(100)]
    with service.connect() as connection:
        connection.send(b"".join(challenge(realm) for realm in realms))
        assert [connection.reply().json["realm"] for _ in realms] == realms


def test_pipelined_requests_of_all_kinds_are_answered_in_order(service: Service) -> None:
    kinds = [
        (challenge("one"), 200),
        (request("OPTIONS", length=False), 204),
        (chunked_request(chunks(b'{"aor":', b'"a@two"}')), 200),
        (request(body=b""), 400),
        (request("GET", "/x", length=False), 404),
        (request(target="/call", body=b'{"aor":"a@b","destination":"1"}'), 401),
    ]
    with service.connect() as connection:
        connection.send(b"".join(data for data, _ in kinds))
        assert [connection.reply().status for _ in kinds] == [status for _, status in kinds]


def test_a_request_may_come_byte_by_byte(service: Service) -> None:
    with service.connect() as connection:
        for data in (challenge(), chunked_request(chunks(AOR_BODY))):
            for byte in data:
                connection.send(bytes([byte]))
            assert connection.reply().status == 200


def test_two_requests_may_be_cut_anywhere(service: Service) -> None:
    data = challenge("one") + challenge("two")
    with service.connect() as connection:
        for cut in range(1, len(data), 7):
            connection.send(data[:cut])
            connection.send(data[cut:])
            assert [connection.reply().json["realm"] for _ in range(2)] == ["one", "two"]


def test_a_client_that_has_finished_sending_is_still_answered(service: Service) -> None:
    with service.connect() as connection:
        connection.send(challenge())
        connection.finish_sending()
        assert connection.reply().status == 200
        assert connection.closed()


def test_empty_lines_before_a_request_do_no_harm_or_end_the_connection(service: Service) -> None:
    # RFC 9112 §2.2 wants at least one ignored; a refusal is allowed, a misread request is not.
    with service.connect() as connection:
        assert connection.ask(b"\r\n" + challenge()).status in (200, 400)


def test_as_many_connections_as_configured_are_held_and_the_next_is_told(start_service: MakeService) -> None:
    service = start_service(server={"workers": 1, "max_connections": 2})
    with service.connect() as first, service.connect() as second:
        assert first.ask(challenge()).status == second.ask(challenge()).status == 200
        with service.connect() as third:
            reply = third.reply()
            assert (reply.status, reply.error) == (503, "too many connections")
            assert reply.header("Retry-After") == "1"
            assert third.closed()
        assert first.ask(challenge()).status == 200


def test_who_has_all_connections_gives_way_to_others(start_service: MakeService) -> None:
    service = start_service(server={"workers": 1, "max_connections": 8})
    where = ("127.0.0.1", service.port)
    with ExitStack() as silent:
        held = [silent.enter_context(socket.create_connection(where, source_address=("127.0.0.9", 0))) for _ in range(8)]
        with service.connect() as other:
            assert other.ask(challenge()).status == 200
        assert held[0].recv(1) == b"", "the one that has waited longest"


# Bodies

@pytest.mark.parametrize(
    "body",
    [
        chunks(AOR_BODY),
        chunks(*(AOR_BODY[i : i + 1] for i in range(len(AOR_BODY)))),
        b"19;name=value;other=\"a;b\"\r\n" + AOR_BODY + b"\r\n0\r\n\r\n",
        b"00019\r\n" + AOR_BODY + b"\r\n000\r\n\r\n",
        chunks(AOR_BODY, trailer=b"X-Checksum: 1\r\n"),
        chunks(AOR_BODY, trailer=b"Host: other\r\nHost: another\r\nExpect: x\r\nOrigin: https://x\r\n"),
    ],
    ids=["one chunk", "a chunk a byte", "extensions", "leading zeros", "a trailer", "trailers that would be wrong as headers"],
)  # fmt: skip
def test_a_chunked_body_is_read(service: Service, body: bytes) -> None:
    assert len(AOR_BODY) == 0x19
    with service.connect() as connection:
        assert connection.ask(chunked_request(body)).status == 200
        assert connection.ask(challenge("next")).json["realm"] == "next"


@pytest.mark.parametrize("spelling", ["chunked", "Chunked", "CHUNKED"])
def test_chunked_is_known_in_any_case(service: Service, spelling: str) -> None:
    with service.connect() as connection:
        data = request(headers=[("transfer-encoding", spelling)], length=False) + chunks(AOR_BODY)
        assert connection.ask(data).status == 200


def padded(size: int) -> bytes:
    return AOR_BODY + b" " * (size - len(AOR_BODY))


def test_a_body_of_4096_bytes_is_the_largest(service: Service) -> None:
    with service.connect() as connection:
        assert connection.ask(request(body=padded(4096))).status == 200
        assert connection.ask(chunked_request(chunks(padded(4096)))).status == 200


@pytest.mark.parametrize("path", ["/challenge", "/call"])
@pytest.mark.parametrize(
    "data",
    [
        lambda path: request(target=path, body=padded(4097)),
        lambda path: request(target=path, headers=[("Content-Length", "4097")], length=False),
        lambda path: request(target=path, headers=[("Content-Length", "99999999999999999999")], length=False),
        lambda path: chunked_request(chunks(padded(4097)), target=path),
        lambda path: chunked_request(chunks(padded(4000), b" " * 97), target=path),
        lambda path: chunked_request(b"1001\r\n", target=path),
        lambda path: request(target=path, body=padded(65536)),
    ],
    ids=["4097 bytes", "4097 announced", "2^66 announced", "one chunk", "two chunks", "chunk announced", "64 KiB"],
)
def test_a_larger_body_is_refused_and_the_connection_closed(service: Service, path: str, data) -> None:  # type: ignore[no-untyped-def]
    with service.connect() as connection:
        reply = connection.ask(data(path))
        assert (reply.status, reply.error) in ((413, "request too large"), (400, "bad request"))
        assert reply.status == 413 or b"99999" in data(path)
        assert reply.header("Connection") == "close"
        assert connection.closed()


@pytest.mark.parametrize("where", ["a header", "the target", "many headers"])
def test_a_head_beyond_its_limit_is_refused(service: Service, where: str) -> None:
    data = {
        "a header": challenge(headers=[("X-Long", "x" * 20000)]),
        "the target": challenge(target="/" + "x" * 20000),
        "many headers": challenge(headers=[(f"X-{number}", "x" * 20) for number in range(800)]),
    }[where]
    with service.connect() as connection:
        reply = connection.ask(data)
        assert (reply.status, reply.header("Connection")) == (413, "close")
        assert connection.closed()


def test_who_sends_a_large_body_to_its_end_reads_the_refusal_and_no_reset(service: Service) -> None:
    for _ in range(20):
        with service.connect() as connection:
            reply = connection.ask(request(body=b"x" * 3_000_000))
            assert (reply.status, reply.error) == (413, "request too large")
            assert connection.closed()


def test_expect_100_continue_is_answered_before_the_body(service: Service) -> None:
    head = request(headers=[("Expect", "100-continue"), ("Content-Length", str(len(AOR_BODY)))], length=False)
    with service.connect() as connection:
        for _ in range(2):
            interim = connection.ask(head)
            assert (interim.status, interim.headers) == (100, ())
            assert connection.ask(AOR_BODY).status == 200


def test_expect_100_continue_is_answered_before_a_chunked_body(service: Service) -> None:
    with service.connect() as connection:
        assert connection.ask(chunked_request(b"", [("Expect", "100-Continue")])).status == 100
        assert connection.ask(chunks(AOR_BODY)).status == 200


def test_expect_with_its_body_at_once_is_answered_in_the_end(service: Service) -> None:
    with service.connect() as connection:
        reply = connection.ask(challenge(headers=[("Expect", "100-continue")]))
        assert (reply if reply.status != 100 else connection.reply()).status == 200


def test_http_1_0_is_sent_no_interim_answer(service: Service) -> None:
    with service.connect() as connection:
        headers = [("Expect", "100-continue"), ("Content-Length", str(len(AOR_BODY)))]
        connection.send(request(headers=headers, version="HTTP/1.0", length=False))
        connection.send(AOR_BODY)
        assert connection.reply().status == 200


def test_a_body_that_is_too_large_is_not_asked_for(service: Service) -> None:
    with service.connect() as connection:
        reply = connection.ask(request(headers=[("Expect", "100-continue"), ("Content-Length", "4097")], length=False))
        assert reply.status == 413


@pytest.mark.parametrize("expectation", ["200-ok", "100-continue, x", "x"])
def test_another_expectation_is_refused(service: Service, expectation: str) -> None:
    with service.connect() as connection:
        reply = connection.ask(challenge(headers=[("Expect", expectation)]))
        assert (reply.status, reply.error) == (417, "expectation failed")
        assert connection.closed()


# Requests that try to be two. Each is followed by one that a fooled server would answer.

def framing(*headers: tuple[str, str], body: bytes = b"", version: str = "HTTP/1.1", host: str | None = "localhost") -> bytes:
    return request(headers=list(headers), body=body, version=version, host=host, length=False)


LENGTH = str(len(AOR_BODY))
SMUGGLED = {
    "chunked and a length": framing(("Transfer-Encoding", "chunked"), ("Content-Length", LENGTH), body=chunks(AOR_BODY)),
    "a length and chunked": framing(("Content-Length", LENGTH), ("Transfer-Encoding", "chunked"), body=chunks(AOR_BODY)),
    "gzip and a length": framing(("Transfer-Encoding", "gzip"), ("Content-Length", LENGTH), body=AOR_BODY),
    "gzip": framing(("Transfer-Encoding", "gzip"), body=AOR_BODY),
    "identity": framing(("Transfer-Encoding", "identity"), body=AOR_BODY),
    "identity and a length": framing(("Transfer-Encoding", "identity"), ("Content-Length", LENGTH), body=AOR_BODY),
    "chunked, gzip": framing(("Transfer-Encoding", "chunked, gzip"), body=chunks(AOR_BODY)),
    "gzip, chunked": framing(("Transfer-Encoding", "gzip, chunked"), body=chunks(AOR_BODY)),
    "chunked, chunked": framing(("Transfer-Encoding", "chunked, chunked"), body=chunks(AOR_BODY)),
    "chunked twice": framing(("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked"), body=chunks(AOR_BODY)),
    "chunked and identity": framing(("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "identity"), body=chunks(AOR_BODY)),
    "xchunked": framing(("Transfer-Encoding", "xchunked"), body=chunks(AOR_BODY)),
    "chunked with a vertical tab": framing(("Transfer-Encoding", "\x0bchunked"), body=chunks(AOR_BODY)),
    "quoted chunked": framing(("Transfer-Encoding", '"chunked"'), body=chunks(AOR_BODY)),
    "an empty transfer encoding": framing(("Transfer-Encoding", ""), body=AOR_BODY),
    "an empty transfer encoding and a length": framing(("Transfer-Encoding", ""), ("Content-Length", LENGTH), body=AOR_BODY),
    "chunked in HTTP/1.0": framing(("Transfer-Encoding", "chunked"), body=chunks(AOR_BODY), version="HTTP/1.0"),
    "a space before the colon": framing(("Transfer-Encoding ", "chunked"), body=chunks(AOR_BODY)),
    "a tab before the colon": framing(("Content-Length\t", LENGTH), body=AOR_BODY),
    "a space before the name": framing((" Content-Length", LENGTH), body=AOR_BODY),
    "a folded length": framing(("Content-Length", f"0\r\n {LENGTH}"), body=AOR_BODY),
    "a folded transfer encoding": framing(("Transfer-Encoding", "gzip,\r\n chunked"), body=chunks(AOR_BODY)),
    "a length as trailer": chunked_request(chunks(AOR_BODY, trailer=b"Content-Length: 4\r\n")),
    "a transfer encoding as trailer": chunked_request(chunks(AOR_BODY, trailer=b"Transfer-Encoding: gzip\r\n")),
    "the same length twice": framing(("Content-Length", LENGTH), ("Content-Length", LENGTH), body=AOR_BODY),
    "two lengths": framing(("Content-Length", LENGTH), ("Content-Length", "0"), body=AOR_BODY),
    "a list of lengths": framing(("Content-Length", f"{LENGTH}, {LENGTH}"), body=AOR_BODY),
    "a signed length": framing(("Content-Length", f"+{LENGTH}"), body=AOR_BODY),
    "a negative length": framing(("Content-Length", "-1"), body=AOR_BODY),
    "a hexadecimal length": framing(("Content-Length", "0x19"), body=AOR_BODY),
    "an empty length": framing(("Content-Length", ""), body=AOR_BODY),
    "a length with a word": framing(("Content-Length", f"{LENGTH} x"), body=AOR_BODY),
    "no Host": framing(("Content-Length", LENGTH), body=AOR_BODY, host=None),
    "two Hosts": framing(("Host", "localhost"), ("Content-Length", LENGTH), body=AOR_BODY),
    "a Host with a path": framing(("Content-Length", LENGTH), body=AOR_BODY, host="localhost/x"),
    "a Host with a user": framing(("Content-Length", LENGTH), body=AOR_BODY, host="user@localhost"),
    "a Host with a space": framing(("Content-Length", LENGTH), body=AOR_BODY, host="local host"),
    "NUL in a header": framing(("X-A", "a\0b"), ("Content-Length", LENGTH), body=AOR_BODY),
    "CR in a header": framing(("X-A", "a\rb"), ("Content-Length", LENGTH), body=AOR_BODY),
    "a header without a colon": request().replace(b"\r\n\r\n", b"\r\nNothing\r\n\r\n"),
    "line feeds alone": challenge().replace(b"\r\n", b"\n"),
    "a chunk size of no digits": chunked_request(b"\r\n" + AOR_BODY),
    "a signed chunk size": chunked_request(b"+19\r\n" + AOR_BODY + b"\r\n0\r\n\r\n"),
    "a chunk size with 0x": chunked_request(b"0x19\r\n" + AOR_BODY + b"\r\n0\r\n\r\n"),
    "a chunk size beyond 64 bits": chunked_request(b"10000000000000019\r\n" + AOR_BODY + b"\r\n0\r\n\r\n"),
    "a chunk without its end": chunked_request(b"19\r\n" + AOR_BODY + b"XX0\r\n\r\n"),
    "a space in the target": challenge(target="/challenge x"),
    "no version": b"POST /challenge\r\nHost: localhost\r\n\r\n",
    "HTTP/1.x": challenge(version="HTTP/1.x"),
    "HTTP/1.10": challenge(version="HTTP/1.10"),
    "another scheme": challenge(target="ftp://localhost/challenge"),
    "no scheme but a colon": challenge(target="x?y://z/challenge"),
    "LF in a chunk's extension": chunked_request(b'19;x="a\nb"\r\n' + AOR_BODY + b"\r\n0\r\n\r\n"),
    "NUL in a chunk's extension": chunked_request(b'19;x="a\0b"\r\n' + AOR_BODY + b"\r\n0\r\n\r\n"),
    "CR in a chunk's extension": chunked_request(b'19;x="a\rb"\r\n' + AOR_BODY + b"\r\n0\r\n\r\n"),
    "many blank lines": b"\r\n" * 8 + challenge(),
    "a blank line without its CR": b"\n" + challenge(),
    "HTTP/2.0": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP in small letters": challenge(version="http/1.1"),
    "TLS on a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 32 + b"\r\n\r\n",
}


def refused_alone(connection: RawConnection, data: bytes) -> RawReply:
    reply = connection.ask(data)
    assert reply.header("Connection") == "close"
    assert connection.closed(), "something was answered after the refusal"
    return reply


@pytest.mark.parametrize("data", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_ambiguous_or_malformed_framing_is_400_and_the_end_of_the_connection(service: Service, data: bytes) -> None:
    with service.connect() as connection:
        reply = refused_alone(connection, data + challenge("smuggled"))
        assert reply.status in (400, 413) if "10000000000000019" in data.decode("latin-1") else reply.status == 400
        assert reply.error in ("bad request", "request too large")


def test_a_folded_header_is_read_as_one_line(service: Service) -> None:
    # RFC 9112 §5.2 leaves the choice between a refusal and this.
    folded = framing(("X-A", "b\r\n Transfer-Encoding: gzip"), ("Content-Length", LENGTH), body=AOR_BODY)
    with service.connect() as connection:
        connection.send(folded + challenge("next"))
        assert connection.reply().json["realm"] == "127.0.0.1"
        assert connection.reply().json["realm"] == "next"


def test_answers_to_earlier_pipelined_requests_come_before_a_refusal(service: Service) -> None:
    with service.connect() as connection:
        connection.send(challenge("one") + challenge("two") + SMUGGLED["gzip"] + challenge("three"))
        assert [connection.reply().status for _ in range(3)] == [200, 200, 400]
        assert connection.closed()


def test_the_service_answers_others_while_a_request_never_ends(service: Service) -> None:
    with service.connect() as slow, service.connect() as slower:
        slow.send(b"POST /challenge HTTP/1.1\r\nHost: x\r\nContent-Le")
        slower.send(chunked_request(b"19\r\n{"))
        for _ in range(4):
            assert service.api.challenge("alice@127.0.0.1").status == 200
