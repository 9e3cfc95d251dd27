"""HTTPS from tls_cert and tls_key."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from c2ctest import Api, RawConnection, Service, build_folder, run, signer
from c2ctest.calls import Calls
from c2ctest.fixtures import MakeService
from c2ctest.raw import request

AOR_BODY = b'{"aor":"alice@127.0.0.1"}'
CHALLENGE = request(body=AOR_BODY)


def make_certificate(folder: Path, name: str, key: str) -> tuple[Path, Path]:
    certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
    algorithm = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if key == "ec" else ["-newkey", "rsa:2048"]
    done = run(
        ["openssl", "req", "-x509", *algorithm, "-nodes", "-keyout", private, "-out", certificate, "-days", "2"]
        + ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    )
    assert done.code == 0, done.err
    return certificate, private


@pytest.fixture(scope="module", params=["ec", "rsa"])
def secure(
    request: pytest.FixtureRequest, new_service: MakeService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    certificate, key = make_certificate(tmp_path_factory.mktemp("tls"), "click2calld", request.param)
    with new_service(server={"tls_cert": str(certificate), "tls_key": str(key)}) as started:
        yield started


def context(lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.minimum_version, made.maximum_version = lowest, highest
    return made


V1_1, V1_2, V1_3 = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.mark.parametrize(("version", "name"), [(V1_2, "TLSv1.2"), (V1_3, "TLSv1.3")])
def test_a_call_over_tls_of_each_version(secure: Service, calls: Calls, version: ssl.TLSVersion, name: str) -> None:
    tls = context(version, version)
    api = Api(secure.host, secure.port, tls)
    assert api.call(signer("heidi"), "+34900000200", iden=calls.iden()).status == 200
    with socket.create_connection((secure.host, secure.port)) as plain, tls.wrap_socket(plain) as wrapped:
        assert wrapped.version() == name


def test_a_client_that_trusts_the_certificate_verifies_it(secure: Service) -> None:
    trusting = ssl.create_default_context(cafile=str(secure.config["server"]["tls_cert"]))
    assert Api(secure.host, secure.port, trusting).challenge("alice@127.0.0.1").status == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        Api(secure.host, secure.port, ssl.create_default_context()).challenge("alice@127.0.0.1")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, V1_1])
def test_older_versions_are_refused_by_the_service(secure: Service, version: ssl.TLSVersion) -> None:
    with pytest.warns(DeprecationWarning):
        old = context(version, version)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection((secure.host, secure.port)) as plain:
        with pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"):
            old.wrap_socket(plain)


@pytest.mark.parametrize("ciphers", ["AES128-SHA", "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256"])
def test_ciphers_without_forward_secrecy_or_authenticated_encryption_are_refused(secure: Service, ciphers: str) -> None:
    weak = context(V1_2, V1_2)
    weak.set_ciphers(ciphers)
    with socket.create_connection((secure.host, secure.port)) as plain:
        with pytest.raises(ssl.SSLError, match="ALERT_HANDSHAKE_FAILURE"):
            weak.wrap_socket(plain)


def key_exchange(service: Service, group: str) -> str:
    """What OpenSSL's own client says of a handshake in which it offers this group alone."""
    done = run(["openssl", "s_client", "-connect", f"{service.host}:{service.port}", "-tls1_3", "-groups", group])
    return done.out + done.err


@pytest.mark.parametrize("group", ["X25519", "P-256", "P-384"])
def test_the_usual_key_exchanges_are_taken(secure: Service, group: str) -> None:
    assert "New, TLSv1.3, Cipher is TLS_" in key_exchange(secure, group)


@pytest.mark.parametrize("group", ["ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192", "P-521", "X448"])
def test_a_key_exchange_that_costs_more_than_the_usual_ones_is_refused(secure: Service, group: str) -> None:
    said = key_exchange(secure, group)
    assert "alert handshake failure" in said and "New, (NONE), Cipher is (NONE)" in said


@pytest.mark.parametrize("version", [V1_2, V1_3])
def test_a_session_is_resumed(secure: Service, version: ssl.TLSVersion) -> None:
    tls = context(version, version)

    def visit(session: ssl.SSLSession | None) -> tuple[bool, ssl.SSLSession | None]:
        with socket.create_connection((secure.host, secure.port)) as plain, tls.wrap_socket(plain, session=session) as wrapped:
            wrapped.sendall(CHALLENGE)
            # Under TLS 1.3 the ticket comes with the first bytes after the handshake.
            assert wrapped.recv(65536).startswith(b"HTTP/1.1 200 ")
            return bool(wrapped.session_reused), wrapped.session

    reused, session = visit(None)
    assert not reused
    for _ in range(8):  # whichever worker takes the connection
        reused, session = visit(session)
        assert reused


def test_keep_alive_pipelining_and_refusals_work_over_tls(secure: Service) -> None:
    with secure.connect() as connection:
        connection.send(CHALLENGE * 20)
        assert [connection.reply().status for _ in range(20)] == [200] * 20
        reply = connection.ask(request(headers=[("Transfer-Encoding", "gzip")], length=False))
        assert (reply.status, reply.header("Connection")) == (400, "close")
        assert connection.closed()


def test_who_sends_a_large_body_to_its_end_reads_the_refusal_over_tls_too(secure: Service) -> None:
    for _ in range(20):
        with secure.connect() as connection:
            reply = connection.ask(request(body=b"x" * 3_000_000))
            assert (reply.status, reply.error) == (413, "request too large")
            assert connection.closed()


@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS", "DELETE", "get"])
def test_plain_http_on_the_tls_port_is_told_so(secure: Service, method: str) -> None:
    with RawConnection(secure.host, secure.port) as connection:
        reply = connection.ask(request(method, body=AOR_BODY))
        assert (reply.status, reply.error) == (400, "plain HTTP was sent to an HTTPS port")
        assert reply.header("Connection") == "close"
        assert connection.closed()


def test_what_is_neither_tls_nor_http_is_given_no_answer(secure: Service) -> None:
    for data in (b"\0" * 64, b"\r\n" * 32, b"\xff" * 64):
        with RawConnection(secure.host, secure.port) as connection:
            connection.send(data)
            with pytest.raises((EOFError, ConnectionError)):
                assert connection.reply().status == 0


def test_a_handshake_that_never_ends_holds_nobody_up(secure: Service) -> None:
    with socket.create_connection((secure.host, secure.port)), socket.create_connection((secure.host, secure.port)):
        results: list[int] = []
        threads = [
            threading.Thread(target=lambda: results.append(secure.api.challenge("alice@127.0.0.1").status)) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == [200] * 8


@pytest.mark.parametrize("fault", ["no certificate", "no key", "another's key", "no PEM"])
def test_a_start_with_files_that_do_not_fit_fails_with_a_sentence(new_service: MakeService, tmp_path: Path, fault: str) -> None:
    certificate, key = make_certificate(tmp_path, "one", "ec")
    if fault == "no certificate":
        certificate.unlink()
    elif fault == "no key":
        key.unlink()
    elif fault == "another's key":
        _, key = make_certificate(tmp_path, "two", "ec")
    else:
        certificate.write_text("hello\n")
    made = new_service(server={"tls_cert": str(certificate), "tls_key": str(key)})
    done = run([build_folder() / "click2calld", "--config", made.config_path])
    assert done.code == 1
    wrong = key if fault in ("no key", "another's key") else certificate
    assert str(wrong) in done.err and "server.tls_" in done.err
    assert done.err.count("\n") == 1
