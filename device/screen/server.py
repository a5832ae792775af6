"""Serves a machine's page on loopback, from threads of its own."""

from __future__ import annotations

from errno import EADDRINUSE
from threading import Event, Thread
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

THREADS = 10
"""On a bus three live streams of the driver's page, two of the rider's, and a few short questions at once."""
STOP_S = 2.0


class PortBusy(Exception):
    """Another program, or another copy of this one, already listens on the page's port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"画面のポート {host}:{port} は使用中です。もう一つ動いている端末を止めるか、設定で別の番号にしてください。"
            f" / The screen's port {host}:{port} is in use. Stop the other program or set another port."
        )


class ScreenServer:
    """One waitress. Port 0 takes any free one; `port` tells which after `start`."""

    def __init__(self, app: Flask, host: str = "127.0.0.1", port: int = 8080) -> None:
        self.host = host
        self.port = port
        self._app = app
        self._sockets: dict[int, Any] = {}
        self._server: Any = None
        self._thread: Thread | None = None
        self._stopping = Event()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{self.host}:{self.port}/"

    def start(self) -> None:
        """Listen and serve. Raises PortBusy; any other OSError means the address is not this machine's."""
        try:
            self._server = create_server(
                self._app,
                map=self._sockets,
                host=self.host,
                port=self.port,
                threads=THREADS,
                connection_limit=32,
                channel_request_lookahead=1,
                max_request_header_size=16_384,
                max_request_body_size=4_096,
                ident=None,
            )
        except OSError as error:
            wasyncore.close_all(self._sockets, ignore_all=True)
            if error.errno == EADDRINUSE:
                raise PortBusy(self.host, self.port) from error
            raise
        self.port = int(self._server.effective_port)
        self._thread = Thread(target=self._serve, name="screen", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every live page, within 3 seconds. A stopped server stays stopped."""
        if self._thread is None:
            return
        self._stopping.set()
        self._server.pull_trigger()
        self._thread.join()
        self._thread = None
        self._close_all_but_the_trigger()
        workers = self._server.task_dispatcher
        workers.shutdown(timeout=STOP_S)
        if not workers.threads:
            # A worker still at work would write its wake-up byte to whatever took over the trigger's descriptor.
            self._server.trigger.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            wasyncore.loop(timeout=1.0, use_poll=True, map=self._sockets, count=1)

    def _close_all_but_the_trigger(self) -> None:
        for dispatcher in list(self._sockets.values()):
            if dispatcher is self._server:
                wasyncore.dispatcher.close(dispatcher)
            elif dispatcher is not self._server.trigger:
                dispatcher.handle_close()
