"""The counter's pages as a clerk works them: an office whose line is in force, a till, members at the desk."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask
from sqlalchemy import select
from werkzeug.wrappers import Response

from central.access.browser import COOKIES
from central.access.sessions import Kind
from central.access.who import Role
from central.app import create_app
from central.audit.store import all_entries
from central.counter.set_up import change_settings
from central.database.tables import passes
from central.devices.data_folder import Office
from central.my_page.pages import Issuing
from central.passes.store import KnownPass, find_pass
from rules.tariff.tariff import STANDARD
from tests.central.office import NOW, new_office
from tests.central.office_pages import field as value_of
from tests.central.office_pages import post
from tests.central.settled_bench import put_line
from tests.central.signed_in import as_staff, cookie
from tests.central.ticket_bench import PRODUCTS
from tests.central.today_village import Shown, seal
from tests.ride.builders import ISSUER, edition


@dataclass
class OverHttp:
    """A browser as far as forms go, signed in as that role, at a server's address."""

    own: str
    role: Role

    def get(self, path: str) -> Response:
        return self._asks("GET", path)

    def post(self, path: str, data: dict[str, Any], **_of_a_test_client: Any) -> Response:
        return self._asks("POST", path, urlencode(data, doseq=True))

    def _asks(self, method: str, path: str, body: str = "") -> Response:
        where = urlsplit(f"{self.own}{path}")
        connection = HTTPConnection(where.netloc, timeout=30)
        headers = {
            "Cookie": f"{COOKIES[Kind.STAFF]}={cookie(Kind.STAFF, self.role)}",
            "Origin": self.own,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            target = f"{where.path}?{where.query}" if where.query else where.path
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return Response(answer.read(), answer.status, list(answer.headers.items()))
        finally:
            connection.close()


@dataclass
class Clerk:
    """Somebody of the staff before the pages, at the moment `now`."""

    office: Office
    now: int = NOW
    app: Flask = field(init=False)
    clients: dict[Role, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        issuing = Issuing(ISSUER, self.office.keys, secrets.token_bytes)
        self.app = create_app(self.office.database, Shown(), lambda: self.now, seal, issuing=issuing)

    def goes_over_http(self, own: str, role: Role = Role.CASHIER) -> None:
        """From now on whoever has that role asks the server at `own`."""
        self.client(role)
        self.clients[role] = OverHttp(own, role)

    def client(self, role: Role = Role.CASHIER) -> Any:
        if role not in self.clients:
            self.clients[role] = as_staff(self.app.test_client(), role)
        return self.clients[role]

    def opens(self, path: str, role: Role = Role.CASHIER, status: int = 200) -> Response:
        answer: Response = self.client(role).get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer

    def sends(
        self, path: str, form: dict[str, Any] | None = None, role: Role = Role.CASHIER, status: int = 303
    ) -> Response:
        """A form with the id that its page made."""
        answer = post(self.client(role), path, {"id": secrets.token_hex(8), **(form or {})})
        assert answer.status_code == status, (path, answer.status_code, answer.get_data(as_text=True))
        return answer

    def sets_right(
        self, path: str, asked: dict[str, Any], form: dict[str, Any], status: int = 303
    ) -> Response:
        """Looks at what the ride at `path` would come to, and sets it right by that."""
        looked = self.opens(f"{path}?{urlencode(asked)}").get_data(as_text=True)
        seen = re.search(r'name="seen" value="(\w+)"', looked)
        return self.sends(f"{path}/correct", asked | {"seen": seen[1] if seen else ""} | form, status=status)

    def opens_till(self, cash: int = 20_000) -> None:
        self.sends("/counter/till/open", {"cash": cash})

    def registers(self, name: str = "山田 花子", yen: int = 0, **more: Any) -> str:
        """The new member's number. What is sent is what the page's own form has."""
        page = self.opens("/counter/new")
        form = {"id": value_of(page, "id"), "name": name, "class": "0", **({"yen": yen} if yen else {})}
        answer = self.sends("/counter/new", form | more)
        found = re.search(r"/members/(\d{8})\?new=1", answer.location)
        assert found, answer.location
        return found[1]

    def cards(self, member: str) -> list[KnownPass]:
        """Every pass of a member, in the order of issue."""
        with self.office.database.read() as connection:
            ids = connection.scalars(
                select(passes.c.pass_id).where(passes.c.member == member).order_by(passes.c.valid_from)
            )
            found = [find_pass(connection, each) for each in ids]
        return [each for each in found if each is not None]

    def written(self) -> list[tuple[str, str, str]]:
        """Who, what and about whom of all that was written down, but for signing in."""
        with self.office.database.read() as connection:
            return [(each.who, each.what, each.about) for each in all_entries(connection)]


@contextmanager
def clerk_at(folder: Path) -> Iterator[Clerk]:
    """A clerk whose office sells tickets for the line of `tests.ride.builders`."""
    with new_office(folder) as office:
        with office.database.write() as connection:
            put_line(connection, replace(edition(), tariff=replace(STANDARD, products=PRODUCTS)))
            change_settings(connection, "佐藤", {"issuer": "大蔵村", "contact": "役場 0233-75-2111"}, NOW)
        yield Clerk(office)
