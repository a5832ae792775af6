"""A feed is fetched from its address, or the clerk is told in a sentence why not. The servers are real, on loopback."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from central.network.feeds.fetch_feed import fetch, is_public
from rules.network.feed.problems import FeedUnreadable

ZIP = b"PK" + bytes(range(256)) * 100
Answer = Callable[[BaseHTTPRequestHandler], None]


def anybody(_address: object) -> bool:
    return True


def gives(body: bytes) -> Answer:
    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(200)
        asked.send_header("Content-Length", str(len(body)))
        asked.end_headers()
        asked.wfile.write(body)

    return answer


def leads_to(location: str) -> Answer:
    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(302)
        asked.send_header("Location", location.format(port=asked.connection.getsockname()[1]))
        asked.end_headers()

    return answer


def refuses(status: int) -> Answer:
    return lambda asked: asked.send_error(status)


def drips(asked: BaseHTTPRequestHandler) -> None:
    """A byte now and then, until the other side hangs up."""
    asked.send_response(200)
    asked.end_headers()
    pause = threading.Event()
    for _ in range(500):
        asked.wfile.write(b"x")
        asked.wfile.flush()
        pause.wait(0.02)


def never_ends(asked: BaseHTTPRequestHandler) -> None:
    asked.send_response(200)
    asked.end_headers()
    for _ in range(10_000):
        asked.wfile.write(bytes(64 * 1024))


def talks_nonsense(asked: BaseHTTPRequestHandler) -> None:
    asked.wfile.write(b"good morning\r\n\r\n")


@contextmanager
def serving(pages: dict[str, Answer], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server of these pages; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                pages[self.path](self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def refusal(address: str, allowed: Callable[..., bool] = anybody, **more: object) -> str:
    with pytest.raises(FeedUnreadable) as refused:
        fetch(address, allowed, **more)  # type: ignore[arg-type]
    said: FeedUnreadable = refused.value
    assert said.message_ja.endswith("。")
    assert said.message_en.endswith(".")
    return said.message_en


def test_what_stands_at_the_address_comes_whole() -> None:
    with serving({"/feed.zip?v=1": gives(ZIP)}) as port:
        assert fetch(f"http://127.0.0.1:{port}/feed.zip?v=1", anybody) == ZIP


def test_a_japanese_path_is_asked_for_as_servers_write_it() -> None:
    with serving({"/%E5%A4%A7%E8%94%B5%E6%9D%91.zip": gives(ZIP)}) as port:
        assert fetch(f"http://127.0.0.1:{port}/大蔵村.zip", anybody) == ZIP


def test_redirects_are_followed_a_few_times_and_no_more() -> None:
    pages = {"/a": leads_to("/b"), "/b": leads_to("http://localhost:{port}/c"), "/c": gives(ZIP)}
    with serving(pages | {"/loop": leads_to("/loop")}) as port:
        assert fetch(f"http://127.0.0.1:{port}/a", anybody) == ZIP
        assert "from address to address" in refusal(f"http://127.0.0.1:{port}/loop")


@pytest.mark.parametrize("location", ["http://[::1", "http://[x]/", "http://a:b/", "//[", "ftp://x/"])
def test_a_redirect_to_what_is_no_address_is_a_refusal(location: str) -> None:
    with serving({"/": leads_to(location)}) as port:
        assert "no address" in refusal(f"http://127.0.0.1:{port}/")


def test_only_public_servers_are_asked_and_that_holds_for_every_hop() -> None:
    asked: list[str] = []
    with serving({"/": lambda handler: asked.append(handler.path)}) as port:
        for host in ("127.0.0.1", "localhost"):
            assert "not a public server" in refusal(f"http://{host}:{port}/", is_public)
    assert asked == []
    with serving({"/a": leads_to("/inside"), "/inside": gives(ZIP)}) as port:
        hops = iter([True, False])
        assert "not a public server" in refusal(f"http://127.0.0.1:{port}/a", lambda _: next(hops))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("192.168.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("0.1.2.3", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_server_that_says_no_is_quoted(status: int) -> None:
    with serving({"/": refuses(status)}) as port:
        assert str(status) in refusal(f"http://127.0.0.1:{port}/")


def test_what_is_too_large_is_given_up_while_it_comes() -> None:
    with serving({"/": never_ends}) as port:
        assert "larger than 1 MiB" in refusal(f"http://127.0.0.1:{port}/", most=1024 * 1024)


def test_a_server_that_drips_is_given_up_when_the_time_is_over() -> None:
    with serving({"/": drips}) as port:
        assert "in time" in refusal(f"http://127.0.0.1:{port}/", total_s=0.3)


def test_a_server_that_says_nothing_is_given_up_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "in time" in refusal(f"http://127.0.0.1:{silent.getsockname()[1]}/", total_s=0.3)


def test_nobody_at_that_port_and_no_such_name_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "cannot be reached" in refusal(f"http://127.0.0.1:{port}/")
    assert "no server of that name" in refusal("http://nowhere.invalid/")


def test_an_answer_that_is_no_http_is_a_refusal() -> None:
    with serving({"/": talks_nonsense}) as port:
        assert "cannot be reached" in refusal(f"http://127.0.0.1:{port}/")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that signed itself, with its key."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "server.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_https_is_verified_and_never_left_for_http(certificate: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    pages = {"/": gives(ZIP), "/down": leads_to("http://localhost:1/"), "/drip": drips}
    with serving(pages, server) as port:
        assert fetch(f"https://localhost:{port}/", anybody, trusting) == ZIP
        assert "certificate" in refusal(f"https://localhost:{port}/")
        assert "certificate" in refusal(f"https://127.0.0.1:{port}/", context=trusting)
        assert "without https" in refusal(f"https://localhost:{port}/down", context=trusting)
        assert "in time" in refusal(f"https://localhost:{port}/drip", context=trusting, total_s=0.3)


@pytest.mark.parametrize(
    "address",
    [
        "", "feed.zip", "ftp://example.com/", "file:///etc/passwd", "http://", "http:///x", "http://[::1/",
        "http://example.com:99999/", "http://user:secret@example.com/", "http://a..b/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_is_no_address_is_not_asked(address: str) -> None:
    assert "no address" in refusal(address)


@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://", "http://127.0.0.1:1/", "//"]))
def test_whatever_is_typed_ends_in_a_sentence(typed: str, start: str) -> None:
    # Nobody is allowed, so nothing is asked of whatever name this may be; port 1 of loopback answers nobody.
    address = start + typed
    if start.endswith("://") and start:
        address = f"{start}127.0.0.1:1/{typed}"
    refusal(address, lambda _: False, total_s=5.0)
