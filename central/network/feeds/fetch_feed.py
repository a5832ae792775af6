"""A feed's zip from the address where its publisher keeps it.

The address is typed at the office and followed by its server, which stands inside networks that the public does not:
only public addresses are talked to, and that is checked on the connection itself, for every hop.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Self
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from rules.network.feed.problems import FeedUnreadable

MAX_ZIP_BYTES = 32 * 1024 * 1024
MAX_REDIRECTS = 5
TOTAL_S = 60.0
"""For everything: a server that drips bytes must not hold a thread longer."""
STEP_S = 15.0
"""For one connection or one answer to come."""
CHUNK = 64 * 1024
REDIRECTS = (301, 302, 303, 307, 308)
KEPT_IN_PATH = "/%:@!$&'()*+,;=~-._?"

Allowed = Callable[[IPv4Address | IPv6Address], bool]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is one of the internet's, not of this machine or its own networks."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_global


class _Deadline:
    """Ends whatever is read from a socket when the time is over, however slowly bytes drip."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._sock: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        self._timer.join()

    def watch(self, sock: socket.socket) -> None:
        """This socket is the one that is read."""
        self._sock = sock
        if self.is_over:
            self._end()

    def _end(self) -> None:
        self.is_over = True
        if self._sock is not None:
            # It may have been closed in this very moment. The plain shutdown: a TLS socket's own would take the TLS
            # away under the thread that reads.
            with suppress(OSError):
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)


def fetch(
    address: str,
    allowed: Allowed = is_public,
    context: ssl.SSLContext | None = None,
    total_s: float = TOTAL_S,
    most: int = MAX_ZIP_BYTES,
) -> bytes:
    """What stands at `address` (http or https), at most `most` bytes, within `total_s` seconds.

    Raises FeedUnreadable, whose text says what to do.
    """
    tls = context or ssl.create_default_context()
    with _Deadline(total_s) as deadline:
        for _ in range(MAX_REDIRECTS + 1):
            url = _checked(address)
            try:
                with closing(_connect(url, allowed, tls, deadline)) as sock:
                    found = _ask(sock, url, most)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise _unreachable(error, late=deadline.is_over) from error
            if deadline.is_over:
                raise _unreachable(TimeoutError(), late=True)
            if isinstance(found, bytes):
                return found
            address = _next(url, address, found)
    raise FeedUnreadable(
        "転送が続いて終わりません。配布元に正しいアドレスを確かめてください。",
        "It leads on from address to address; ask the publisher for the right one.",
    )


def _next(url: SplitResult, address: str, location: str) -> str:
    try:
        target = urljoin(address, location)
        leaves_https = url.scheme == "https" and urlsplit(target).scheme != "https"
    except ValueError as error:
        raise FeedUnreadable(
            "転送先がアドレスとして読めません。配布元に正しいアドレスを確かめてください。",
            "It leads on to what is no address; ask the publisher for the right one.",
        ) from error
    if leaves_https:
        raise FeedUnreadable(
            "転送先がhttpsではありません。配布元に正しいアドレスを確かめてください。",
            "It leads on to an address without https; ask the publisher for the right one.",
        )
    return target


def _checked(address: str) -> SplitResult:
    try:
        url = urlsplit(address)
        named = bool(_ascii(url)) and url.port != 0
    except ValueError:
        named = False
    if not named or url.scheme not in ("http", "https") or url.username is not None:
        raise FeedUnreadable(
            "アドレスとして読めません。https:// から始まるアドレスを写してください。",
            "That is no address; copy the one that begins with https://.",
        )
    return url


def _connect(url: SplitResult, allowed: Allowed, tls: ssl.SSLContext, deadline: _Deadline) -> socket.socket:
    """A connection to the server, of which is sure that it may be talked to before a byte is sent."""
    host = _ascii(url)
    port = url.port or (443 if url.scheme == "https" else 80)
    sock = socket.create_connection((host, port), timeout=STEP_S)
    try:
        deadline.watch(sock)
        if not allowed(ip_address(sock.getpeername()[0].partition("%")[0])):
            raise FeedUnreadable(
                "公開されたサーバーではありません。配布元の公開アドレスを使ってください。",
                "That is not a public server; use the address where the publisher keeps the feed.",
            )
        if url.scheme != "https":
            return sock
        safe = tls.wrap_socket(sock, server_hostname=host)
        deadline.watch(safe)
        return safe
    except BaseException:
        sock.close()
        raise


def _ask(sock: socket.socket, url: SplitResult, most: int) -> bytes | str:
    """What the server has there, or where it says that it is."""
    connection = http.client.HTTPConnection(_ascii(url), url.port)
    connection.sock = sock
    path = quote(url.path or "/", safe=KEPT_IN_PATH)
    query = f"?{quote(url.query, safe=KEPT_IN_PATH)}" if url.query else ""
    headers = {"User-Agent": "yukemuri", "Accept": "application/zip, */*", "Connection": "close"}
    connection.request("GET", path + query, headers=headers)
    with closing(connection.getresponse()) as answer:
        location = answer.getheader("Location")
        if answer.status in REDIRECTS and location:
            return location
        return _body(answer, most)


def _ascii(url: SplitResult) -> str:
    return (url.hostname or "").encode("idna").decode()


def _body(answer: http.client.HTTPResponse, most: int) -> bytes:
    if answer.status != HTTPStatus.OK:
        reason = f"{answer.status} {answer.reason}"
        raise FeedUnreadable(
            f"サーバーがデータを渡しません({reason})。アドレスを確かめてください。",
            f"The server does not give the feed ({reason}); check the address.",
        )
    data = bytearray()
    while chunk := answer.read(CHUNK):
        data += chunk
        if len(data) > most:
            raise FeedUnreadable(
                f"{most // 1024 // 1024}MiBを超えます。GTFS-JPのzipのアドレスか確かめてください。",
                f"It is larger than {most // 1024 // 1024} MiB; check that this is the address of a GTFS zip.",
            )
    return bytes(data)


def _unreachable(error: Exception, *, late: bool) -> FeedUnreadable:
    if late or isinstance(error, TimeoutError):
        return FeedUnreadable(
            "時間内に届きませんでした。しばらくしてもう一度お試しください。",
            "It did not arrive in time; try again later.",
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return FeedUnreadable(
            f"サーバーの証明書を確かめられません({error.verify_message})。配布元に連絡してください。",
            f"The server's certificate cannot be verified ({error.verify_message}); tell the publisher.",
        )
    if isinstance(error, socket.gaierror):
        return FeedUnreadable(
            "この名前のサーバーが見つかりません。アドレスとネットワークを確かめてください。",
            "There is no server of that name; check the address and the network.",
        )
    return FeedUnreadable(
        f"サーバーにつながりません({error})。アドレスとネットワークを確かめてください。",
        f"The server cannot be reached ({error}); check the address and the network.",
    )
