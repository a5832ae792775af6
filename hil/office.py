"""The village office of the bench: publishes the line, registers the bus, opens wallets and hands out passes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.access.sessions import Kind, begin
from central.access.staff.change_staff import NotChanged
from central.access.staff.invite import NotInvited, invite
from central.access.who import Role
from central.audit.write_down import SYSTEM
from central.devices.data_folder import open_office
from central.devices.register_device import DeviceKind, register_device
from central.kiosks.keep_kiosks import register_kiosk
from central.kiosks.kiosk import Kiosk, Visit
from central.members.register_member import NewMember, register
from central.network.editions.publish_edition import Publishing, publish
from central.network.editions.store import SqlEditionStore
from central.network.feeds.open_feed import open_feed
from central.network.receive_feed import receive_feed
from central.network.tariff.store import add_tariff
from central.passes.issue_pass import Issuer, PassWanted, issue_card
from central.programmes.keep_programmes import add_programme, approve_budget
from central.wallets.charge_member import charge_cash
from hil.member_page import PageRider, enrol
from hil.riders import GUEST, GUEST_WITH_CARD, PEOPLE, Carried, Habit, Person, new_phone_key
from hil.said_before import SPENT_AT_ONCE, said_before
from rules.ledger.lots import Origin
from rules.ledger.programmes import LegalClass, Programme
from rules.messages.edition_file import seal_edition
from rules.money import Yen
from rules.passes.rider_pass import IssuedPass, PassBody, PassFlag, PassKind, issue
from rules.passes.seal import compressed, public_bytes
from rules.products.bus_ticket import BusTicket
from rules.tariff.tariff import STANDARD

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser
    from sqlalchemy import Connection

    from hil.riders import Rider
    from rules.network.edition import Edition
    from rules.passes.seal import PhoneKey, SigningKey

ISSUER = 6366
"""大蔵村's number on passes: the last digits of its code as a municipality (063665)."""
PLENTY = Yen(30_000)
TICKET = BusTicket(
    1, "バス回数券", "Bus ticket", Yen(1_100), None, Yen(1_000), first_day=date(2020, 1, 1), last_day=None
)
"""What members can buy at the bench."""
LIFE_HOURS = 168
BATH = Programme("bath", "入浴ポイント", "Bathing points", "village", LegalClass.GIVEN, Origin.FREE)
KIOSK = Kiosk(
    "kiosk-001",
    1,
    "肘折温泉 上の湯",
    "Kaminoyu, Hijiori",
    BATH.id,
    (Visit(1, "おとな", "Adult", 50), Visit(2, "こども", "Child", 20)),
)
BUDGET = 1_000_000
"""Points that the bath may give away."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A set-up office: its data folder, what a unit is told to trust, the edition in force."""

    data: Path
    root_public: bytes
    edition: Edition


def open_bench_office(
    data: Path,
    feed: Path,
    day: date,
    now: int,
    buses: dict[str, SigningKey],
    notice: str,
    kiosk: SigningKey | None = None,
) -> Opened:
    """A fresh office whose edition, of the feed in a zip or folder, is in force on `day`.

    `buses` are the units' signing keys by name; `kiosk` is that of KIOSK, where the bath has one.
    """
    office = open_office(data, now)
    try:
        with office.database.write() as connection:
            add_tariff(connection, replace(STANDARD, products=(TICKET,)), now)
            said_before(connection, SPENT_AT_ONCE)
        draft = receive_feed(office.database, open_feed(feed), feed.name, now)
        with office.database.write() as connection:
            for name, key in buses.items():
                register_device(connection, name, DeviceKind.BUS, public_bytes(key))
            if kiosk is not None:
                add_programme(connection, BATH, "demo", now)
                approve_budget(connection, BATH.id, BUDGET, "demo", "demo", now)
                register_kiosk(connection, KIOSK, public_bytes(kiosk), "demo", now)
            down = office.keys.down
            edition = publish(
                draft.read,
                SqlEditionStore(connection),
                lambda packed: seal_edition(packed, down.kid, down.sign),
                Publishing(day, now, draft.feed_id, draft.version, notice),
            )
        return Opened(data, office.keys.root_public, edition)
    finally:
        office.database.close()


def invite_administrator(data: Path, now: int) -> str:
    """What the one-time link holds by which whoever started the bench comes in. `now` is the real Unix second."""
    office = open_office(data, now)
    try:
        with office.database.write() as connection:
            secret = invite(connection, "demo", Role.ADMINISTRATOR, SYSTEM, now, secrets.token_bytes)
            assert not isinstance(secret, NotInvited | NotChanged)
            return secret
    finally:
        office.database.close()


def hand_out(
    opened: Opened, url: str, now: int, people_now: int, number: int, browser: Browser | None
) -> list[Rider]:
    """Everybody on round trip `number`, registered and charged, with a card from the counter or a pass by the page.

    `url` is where the office's pages are, `now` its Unix second and `people_now` that of those who sign in. The first
    one holds the page itself in `browser`, where there is one.
    """
    office = open_office(opened.data, now)
    try:
        with office.database.write() as connection:
            issuer = Issuer(ISSUER, opened.edition.fares.dearest(), office.keys, secrets.token_bytes)
            known = [
                _register(connection, issuer, person, f"demo/{number}/{place}", now, people_now)
                for place, person in enumerate(PEOPLE)
            ]
    finally:
        office.database.close()
    riders: list[Rider] = []
    for person, has in zip(PEOPLE, known, strict=True):
        if isinstance(has, IssuedPass):
            riders.append(Carried(person, has, None))
        elif browser is not None and not riders:
            riders.append(PageRider(person, browser, url, has))
        else:
            riders.append(_with_phone(person, url, has, riders))
    return riders


@dataclass(frozen=True, slots=True)
class BathGuests:
    """Guests of a bath: what the cookies of some phones' sessions hold, and a card for each visit with one."""

    phones: tuple[str, ...]
    cards: tuple[IssuedPass, ...]


def register_guests(
    opened: Opened, now: int, people_now: int, number: int, phones: int, cards: int
) -> BathGuests:
    """So many guests of round trip `number` with a phone, and with a card."""
    office = open_office(opened.data, now)
    try:
        with office.database.write() as connection:
            issuer = Issuer(ISSUER, opened.edition.fares.dearest(), office.keys, secrets.token_bytes)
            held = [
                _register(
                    connection, issuer, GUEST if place < phones else GUEST_WITH_CARD, name, now, people_now
                )
                for place in range(phones + cards)
                for name in [f"bath/{number}/{place}"]
            ]
    finally:
        office.database.close()
    return BathGuests(
        tuple(each for each in held if isinstance(each, str)),
        tuple(each for each in held if isinstance(each, IssuedPass)),
    )


def _register(
    connection: Connection, issuer: Issuer, person: Person, command: str, now: int, people_now: int
) -> IssuedPass | str:
    """A card, or what the cookie of a phone's session holds."""
    member = register(connection, NewMember(person.name, rider_class=person.rider_class), command, now)
    charged = Yen(person.balance) if person.balance else PLENTY
    charge_cash(connection, member, charged, f"charge/{member}", now)
    if not person.has_card:
        secret, _ = begin(connection, Kind.OWN, f"member:{member}", people_now, secrets.token_bytes)
        return secret
    wanted = PassWanted(
        member, person.rider_class, party=1, valid_from=now, life_hours=LIFE_HOURS, flags=PassFlag.TEST
    )
    return issue_card(connection, issuer, wanted, now)


def _with_phone(person: Person, url: str, secret: str, before: list[Rider]) -> Carried:
    key = new_phone_key()
    issued = enrol(url, secret, compressed(key))
    if person.habit is Habit.FORGES:
        return Carried(person, _forged(issued, key), key)
    copies = before[0] if person.habit is Habit.SHOWS_SCREENSHOT else None
    return Carried(person, issued, key, copies=copies)


def _forged(real: IssuedPass, key: PhoneKey) -> IssuedPass:
    """The same pass, richer by a lot, signed by somebody who is not the office."""
    body = real.body
    richer = PassBody(
        PassKind.PHONE,
        body.kid,
        body.issuer,
        body.pass_id,
        body.valid_from,
        body.life_hours,
        body.rider_class,
        body.flags,
        Yen(50_000),
        body.product,
        compressed(key),
    )
    return issue(richer, Ed25519PrivateKey.generate())
