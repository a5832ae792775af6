"""A mail server on the loopback that speaks TLS and keeps what it is given."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from central.settings import MailSettings
from tests.faults.authority import Authority


class Sink(socketserver.ThreadingTCPServer):
    """`mails` are what was handed over, in order; with `refuses` set, none is taken."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.context = context
        self.mails: list[EmailMessage] = []
        self.refuses = False

    @property
    def settings(self) -> MailSettings:
        """What central's settings say to use it."""
        return MailSettings(host="127.0.0.1", port=self.server_address[1], sender="office@example.jp")


class _Talk(socketserver.BaseRequestHandler):
    server: Sink

    def handle(self) -> None:
        with ExitStack() as closing:
            self._talk(self.request, closing)

    def _talk(self, connection: socket.socket, closing: ExitStack) -> None:
        lines = closing.enter_context(connection.makefile("rb"))
        connection.sendall(b"220 sink\r\n")
        while line := lines.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"EHLO":
                connection.sendall(b"250-sink\r\n250 STARTTLS\r\n")
            elif word == b"STARTTLS":
                connection.sendall(b"220 go\r\n")
                connection = self.server.context.wrap_socket(connection, server_side=True)
                closing.callback(connection.close)
                lines = closing.enter_context(connection.makefile("rb"))
            elif word == b"DATA":
                connection.sendall(b"354 go\r\n")
                body = b""
                while (part := lines.readline()) not in (b".\r\n", b""):
                    body += part
                mail = message_from_bytes(body, policy=default)
                self.server.mails.append(mail)
                connection.sendall(b"250 kept\r\n")
            elif word == b"QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            elif word == b"MAIL" and self.server.refuses:
                connection.sendall(b"451 later\r\n")
            else:
                connection.sendall(b"250 ok\r\n")


@contextmanager
def smtp_sink(folder: Path) -> Iterator[Sink]:
    """Running, until the end."""
    pair = Authority(folder).for_machine("sink")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    with Sink(context) as sink:
        threading.Thread(target=sink.serve_forever, args=(0.05,), daemon=True).start()
        yield sink
        sink.shutdown()
