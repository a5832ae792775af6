"""HTTPS for machines, by the server's certificate of their own authority, beside the pages for people."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from threading import Thread
from wsgiref.types import WSGIApplication

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server

from rules.messages.enrolment import MAX_REQUEST_BYTES

THREADS = 4
SILENT_S = 5
"""So long whoever connects may be silent; until TLS is agreed on, the next one waits behind them."""
MAX_HEADER_BYTES = 16 * 1024
_log = logging.getLogger(__name__)


class _Server(Server):
    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        # Whoever does not trust us hangs up in the middle; that is no error of ours.
        _log.log(level, "%s", msg.strip(), exc_info=traceback)


class DoorListener:
    """From `start` to `stop`. `pair` are files: the server's certificate and its key."""

    def __init__(self, app: WSGIApplication, host: str, port: int, pair: tuple[Path, Path]) -> None:
        self._server = _Server((host, port), app, numthreads=THREADS, timeout=SILENT_S, shutdown_timeout=1)
        self._server.max_request_header_size = MAX_HEADER_BYTES
        self._server.max_request_body_size = MAX_REQUEST_BYTES
        self._pair = pair
        self._thread = Thread(target=self._server.serve, name="door", daemon=True)

    def start(self) -> None:
        """Listen and serve. Raises OSError where address or port cannot be had, or the certificate is not usable."""
        adapter = BuiltinSSLAdapter(*(str(each) for each in self._pair))
        adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._server.ssl_adapter = adapter
        self._server.prepare()
        self._thread.start()

    def stop(self) -> None:
        """Close the port and let requests finish, for a second."""
        self._server.stop()
        self._thread.join()
