"""The pages with a clock and a mailbox in the test's hand."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from central.access.members.mailbox import NotSent
from central.access.staff.change_staff import NotChanged
from central.access.staff.invite import NotInvited, invite
from central.access.who import Role
from central.app import SigningIn, create_app
from central.audit import store as audit
from central.audit.verify_audit import verify
from central.database.transaction import Database
from tests.central.office_pages import post
from tests.central.today_village import Shown, seal
from tests.laid import laid

NOW = 1_790_000_000
PASSPHRASE = "yuki to kaze no uta"
MAIL = "guest@example.jp"


@dataclass
class Mails:
    """What was sent, newest last; `broken` sends nothing."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    broken: bool = False

    def send(self, to: str, subject: str, text: str, now: int) -> None:
        if self.broken:
            raise NotSent("broken")
        self.sent.append((to, subject, text))

    @property
    def code(self) -> str:
        found = re.search(r"\b\d{6}\b", self.sent[-1][2])
        assert found is not None
        return found[0]


@dataclass
class Desk:
    database: Database
    now: int = NOW
    mails: Mails = field(default_factory=Mails)
    demo: bool = False

    def app(self) -> Flask:
        signing_in = SigningIn(self.mails, lambda: self.now, "bus.example.jp")
        return create_app(self.database, Shown(self.demo), lambda: self.now, seal, signing_in=signing_in)

    def invited(self, name: str = "sato", role: Role = Role.CLERK) -> str:
        with self.database.write() as connection:
            secret = invite(connection, name, role, "system", self.now, secrets.token_bytes)
        assert isinstance(secret, str) and not isinstance(secret, NotInvited | NotChanged)
        return secret

    def hired(self, client: FlaskClient, name: str = "sato", role: Role = Role.CLERK) -> None:
        """Invited and signed in by the link."""
        answer = accept(client, self.invited(name, role))
        assert answer == 303

    def by_mail(self, client: FlaskClient, mail: str = MAIL) -> str:
        """Signed in by a code; where that leads."""
        post(client, "/m/sign-in/mail", {"mail": mail})
        answer = post(client, "/m/sign-in/code", {"mail": mail, "code": self.mails.code})
        assert answer.status_code == 303
        return answer.location

    def audited(self) -> list[tuple[str, str, str]]:
        """Who did what about whom, oldest first; the chain holds."""
        with self.database.read() as connection:
            assert verify(connection).problems == []
            return [(each.who, each.what, each.about) for each in audit.all_entries(connection)]


def accept(client: FlaskClient, secret: str, passphrase: str = PASSPHRASE, again: str | None = None) -> int:
    typed = {"invitation": secret, "passphrase": passphrase, "again": passphrase if again is None else again}
    return post(client, "/staff/invitation", typed).status_code


def sign_in(client: FlaskClient, name: str = "sato", passphrase: str = PASSPHRASE) -> int:
    return post(client, "/staff/sign-in", {"name": name, "passphrase": passphrase}).status_code


@contextmanager
def new_desk(folder: Path) -> Iterator[Desk]:
    with closing(laid(folder)) as database:
        yield Desk(database)
