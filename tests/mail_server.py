"""A real mail server on the loopback that speaks TLS and keeps what it is given."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from central.settings import MailSettings
from hil.virtual.ports import free_port
from tests.faults.authority import Authority

HERE = "127.0.0.1"
USER, PASSWORD = "bus", "long enough"


@dataclass
class MailServer:
    """`ca` vouches for it. `mails` are what was handed over, in order, `passwords` what it was told.

    With `refuses` set, no mail is taken. Whoever says no name is let in as well.
    """

    port: int
    ca: Path
    mails: list[EmailMessage] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    refuses: bool = False

    @property
    def settings(self) -> MailSettings:
        """What central's settings say to use it."""
        return MailSettings(
            host=HERE, port=self.port, sender="office@example.jp", username=USER, password=PASSWORD
        )

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's port
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Who it is from."""
        if self.refuses:
            return "451 later"
        envelope.mail_from = address
        return "250 go on"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - likewise
        """Keep a mail."""
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 kept"

    def authenticate(self, *about: object) -> AuthResult:
        """Let one user in."""
        said = about[-1]
        assert isinstance(said, LoginPassword)
        self.passwords.append(said.password.decode())
        is_right = (said.login, said.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)


@contextmanager
def mail_server(folder: Path, *, tls_at_once: bool = False) -> Iterator[MailServer]:
    """One, running until the end; without `tls_at_once` TLS is asked for. Its authority lies in `folder`."""
    authority = Authority(folder)
    pair = authority.for_server("mail", HERE)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(pair.certificate, pair.key)
    server = MailServer(free_port(), authority.ca)
    controller = Controller(
        server,
        HERE,
        server.port,
        ssl_context=tls if tls_at_once else None,
        tls_context=None if tls_at_once else tls,
        require_starttls=not tls_at_once,
        auth_require_tls=not tls_at_once,
        authenticator=server.authenticate,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
