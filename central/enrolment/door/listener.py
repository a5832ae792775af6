"""HTTPS for machines, by the server's certificate of their own authority, beside the pages for people.

Nobody waits for somebody else's silence: TLS is agreed on in the thread of the connection, and where all places are
taken, the address that has most of them gives up its oldest.
"""

from __future__ import annotations

import logging
import re
import socket
import ssl
from collections import Counter
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from wsgiref.types import WSGIApplication

from cheroot.errors import FatalSSLAlert
from cheroot.server import HTTPConnection
from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server

from rules.messages.enrolment import MAX_REQUEST_BYTES

PLACES = 32
"""Connections at once, each with a thread."""
WAITING = 128
"""Connections that the kernel keeps until they are accepted; for one more, the caller tries again a second later."""
SILENT_S = 5
"""So long whoever is inside may be silent."""
MAX_HEADER_BYTES = 16 * 1024
_FRONT = re.compile(rb"PROXY TCP[46] ([0-9a-f.:]+) \S+ \d+ \d+\r\n")
"""https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, version 1, at most so many bytes:"""
_FRONT_BYTES = 107
_log = logging.getLogger(__name__)


def caller(connection: socket.socket, peer: str) -> str:
    """The address from which somebody calls: `peer`, or who nginx, on this machine, says is there before TLS begins.

    Raises OSError where it says so in no way that there is.
    """
    # By the plain socket's own functions: what stands before TLS is not read by TLS.
    take = socket.socket.recv
    address = ip_address(peer)
    address = (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
    if not address.is_loopback or take(connection, 1, socket.MSG_PEEK) != b"P":
        return peer
    line = b""
    while not line.endswith(b"\n") and len(line) < _FRONT_BYTES:
        more = take(connection, 1)
        if not more:
            break
        line += more
    said = _FRONT.fullmatch(line)
    if said is None:
        raise ConnectionError("the front does not say who is there")
    return said[1].decode("ascii")


class _Connection(HTTPConnection):
    def communicate(self) -> bool:
        """One request, False: nothing follows. Whoever does not trust us hangs up; that is no error of ours."""
        try:
            self.remote_addr = caller(self.socket, self.remote_addr)
            self.socket.do_handshake()
        except OSError as error:
            _log.info("%s: %s", self.remote_addr, error)
            return False
        return bool(super().communicate())  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Its place is free."""
        self.server.leave(self)
        super().close()


class _Adapter(BuiltinSSLAdapter):
    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, Any]]:
        """Without agreeing on anything: the thread that calls accepts the next ones."""
        try:
            return self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False), {}
        except OSError as error:
            raise FatalSSLAlert(*error.args) from error


class _Server(Server):
    ConnectionClass = _Connection
    keep_alive_conn_limit = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._lock = Lock()
        self._inside: dict[HTTPConnection, None] = {}

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        # Who hangs up in the middle leaves no trace of ours.
        _log.log(level, "%s", msg.strip(), exc_info=traceback and level >= logging.ERROR)

    def process_conn(self, conn: HTTPConnection) -> None:
        """A place for a new one, that of the oldest from where most are if there is none."""
        with self._lock:
            self._inside[conn] = None
            if len(self._inside) > PLACES:
                ((crowd, _),) = Counter(each.remote_addr for each in self._inside).most_common(1)
                oldest = next(each for each in self._inside if each.remote_addr == crowd)
                del self._inside[oldest]
                with suppress(OSError):
                    socket.socket.shutdown(oldest.socket, socket.SHUT_RDWR)
        super().process_conn(conn)

    def leave(self, conn: HTTPConnection) -> None:
        """It needs no place any more."""
        with self._lock:
            self._inside.pop(conn, None)


class DoorListener:
    """From `start` to `stop`. `pair` are files: the server's certificate and its key."""

    def __init__(self, app: WSGIApplication, host: str, port: int, pair: tuple[Path, Path]) -> None:
        self._server = _Server(
            (host, port),
            app,
            numthreads=PLACES,
            request_queue_size=WAITING,
            timeout=SILENT_S,
            shutdown_timeout=1,
        )
        self._server.max_request_header_size = MAX_HEADER_BYTES
        self._server.max_request_body_size = MAX_REQUEST_BYTES
        self._pair = pair
        self._thread = Thread(target=self._server.serve, name="door", daemon=True)

    def start(self) -> None:
        """Listen and serve. Raises OSError where address or port cannot be had, or the certificate is not usable."""
        adapter = _Adapter(*(str(each) for each in self._pair))
        adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._server.ssl_adapter = adapter
        self._server.prepare()
        self._thread.start()

    def stop(self) -> None:
        """Close the port and let requests finish, for a second."""
        self._server.stop()
        self._thread.join()
