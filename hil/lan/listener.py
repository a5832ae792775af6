"""The office's own pages by HTTPS on the local network, beside the server on the loopback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server

THREADS = 8
SILENT_S = 5
"""So long whoever connects may be silent; until TLS is agreed on, the next one waits behind them."""
MAX_HEADER_BYTES = 16_384
MAX_BODY_BYTES = 64 * 1024
_OFFICE = "/staff/"
_CLOSED = (
    "役場の画面は、デモを動かしている機械でだけ開けます。電話では /m/ を開いてください。 / "
    "The office's pages open on the machine that runs the demo, and nowhere else. On a phone, open /m/.\n"
)
_log = logging.getLogger(__name__)


class _Server(Server):
    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        # A phone that does not trust the authority yet hangs up in the middle; that is no error of ours.
        _log.log(level, "%s", msg.strip(), exc_info=traceback)


class LanListener:
    """One cheroot with a certificate. Staff cannot sign in here, so nothing of the office opens either."""

    def __init__(self, app: WSGIApplication, address: str, port: int, certificate: Path, key: Path) -> None:
        self._server = _Server(
            (address, port),
            without_office(app),
            numthreads=THREADS,
            server_name=address,
            timeout=SILENT_S,
            shutdown_timeout=1,
        )
        self._server.max_request_header_size = MAX_HEADER_BYTES
        self._server.max_request_body_size = MAX_BODY_BYTES
        self._certificate, self._key = certificate, key
        self._thread = Thread(target=self._serve, name="lan", daemon=True)

    def start(self) -> None:
        """Listen and serve. Raises OSError where the address or port cannot be had."""
        self._server.ssl_adapter = BuiltinSSLAdapter(str(self._certificate), str(self._key))
        self._server.prepare()
        self._thread.start()

    def stop(self) -> None:
        """Close the port and let requests finish, for a second."""
        self._server.stop()
        self._thread.join()

    def _serve(self) -> None:
        self._server.serve()


def without_office(app: WSGIApplication) -> WSGIApplication:
    """The pages, but those through which staff come in: the link that makes an administrator is for this machine."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(_OFFICE):
            return app(environ, start)
        body = _CLOSED.encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        start("403 Forbidden", headers)
        return [body]

    return answer


def beside(address: str, port: int, certificate: Path, key: Path) -> Callable[[WSGIApplication], LanListener]:
    """How central's wiring makes the listener once it has its pages."""
    return lambda app: LanListener(app, address, port, certificate, key)
