"""Where mail goes: by SMTP, or into a folder where no server is set up."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

SMTP_TIMEOUT_S = 15
_UNTRUSTED = (
    "メールサーバーの証明書を信じられません。[mail]のhostを証明書の名前にするか、発行元の証明書を"
    "update-ca-certificatesで加えてください / the mail server's certificate is not trusted: write the name it is for "
    "as host in [mail], or add its issuer with update-ca-certificates"
)
KEPT = 200
"""Mails kept in the folder; older ones go."""


class NotSent(Exception):
    """The mail did not go out. The text says why."""


class Mailbox(Protocol):
    """The port."""

    def send(self, to: str, subject: str, text: str, now: int) -> None:
        """Send a mail at Unix second `now`. Raises NotSent."""


@dataclass(frozen=True, slots=True)
class FileMailbox:
    """A folder of .eml files, newest last by name: for trying things out, and for whoever has no mail server yet."""

    folder: Path

    def send(self, to: str, subject: str, text: str, now: int) -> None:
        """Write the mail into the folder, for its owner only."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            kept = sorted(self.folder.glob("*.eml"))
            number = int(kept[-1].name.split("-")[1].removesuffix(".eml")) + 1 if kept else 1
            path = self.folder / f"{now:012}-{number:06}.eml"
            path.touch(mode=0o600)
            path.write_bytes(_mail("yukemuri@localhost", to, subject, text).as_bytes(policy=SMTP))
            for old in kept[: -KEPT + 1]:
                old.unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            raise NotSent(str(error)) from error


@dataclass(frozen=True, slots=True)
class SmtpMailbox:
    """A mail server of the village's own or a provider's, spoken to over TLS only.

    Its certificate must be `host`'s, by somebody this machine trusts: who could stand between would read the codes by
    which members come in, and the password.
    """

    host: str
    port: int
    sender: str
    username: str
    password: str

    def send(self, to: str, subject: str, text: str, now: int) -> None:
        """Hand the mail over. On port 465 TLS is there from the beginning, else it is asked for."""
        with self._opened() as server:
            server.send_message(_mail(self.sender, to, subject, text))

    def greet(self) -> None:
        """Come in and go again: whether a mail could be handed over. Raises NotSent."""
        with self._opened() as server:
            server.noop()

    @contextmanager
    def _opened(self) -> Iterator[smtplib.SMTP]:
        try:
            with self._connected(ssl.create_default_context()) as server:
                if self.username:
                    server.login(self.username, self.password)
                yield server
        except ssl.SSLCertVerificationError as error:
            raise NotSent(f"{_UNTRUSTED} ({error.verify_message})") from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise NotSent(str(error)) from error

    def _connected(self, tls: ssl.SSLContext) -> smtplib.SMTP:
        # Without a context of ours smtplib believes any certificate.
        if self.port == smtplib.SMTP_SSL_PORT:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=SMTP_TIMEOUT_S, context=tls)
        server = smtplib.SMTP(self.host, self.port, timeout=SMTP_TIMEOUT_S)
        try:
            server.starttls(context=tls)
        except BaseException:
            server.close()
            raise
        return server


def _mail(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail.set_content(text)
    return mail
