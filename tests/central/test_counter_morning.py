"""A morning at the counter: twenty newcomers, cash, a lost card, a wrong fare, a new card on an offline bus.

The audit log is compared in full at the end.
The office's pages on their own server and file, the bus's own loop and journal, the paper as a printer has it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from central.access.sessions import Kind
from central.access.who import Role
from central.audit.store import all_entries
from central.audit.verify_audit import verify
from central.database.ledger_tables import accounts, lots
from central.database.tables import rides
from central.inbox.take_batch import take
from central.ledger.verify_ledger import verify_ledger
from device.facts import CodeSeen
from device.reader.decode import read_codes
from rules.ledger.accounts import AccountKind
from rules.passes.rider_pass import to_text
from rules.passes.seal import private_from_bytes
from rules.ride.outcomes import Outcome
from terminal.facts import TripChosen
from tests.central.counter_bench import pieces
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import Bus
from tests.central.office_pages import browser_cookie, serving, text
from tests.central.test_counter_papers import cut_out, rendered
from tests.fakes.time import FakeTime
from tests.ride.builders import Office as Keys
from tests.terminal.loop_bench import UNIT, Table, World, bus_on

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)

MORNING = 10 * 3_600
"""From the benches' evening to 09:13 of the next day in Japan."""
DAY = "2026-09-22"
SECRET = 7
NEWCOMERS = 20
MOST_INPUTS = 6
CHANGE = 30_000
DPI = 150


@dataclass
class Trail:
    """What the audit log must say in the end: who, what, about whom, and the details."""

    lines: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)

    def expects(
        self, what: str, about: str, detail: dict[str, Any] | None = None, who: Role = Role.CASHIER
    ) -> None:
        self.lines.append((f"staff:{who}", what, about, detail or {}))


@dataclass
class Village:
    """The office, its cashier over HTTP, a bus that knows the office's keys, and what is expected of the log."""

    clerk: Clerk
    world: World
    own: str
    trail: Trail = field(default_factory=Trail)

    def later(self, seconds: int) -> None:
        self.clerk.now += seconds
        self.world.time.move(seconds)

    def registers(self, number: int, yen: int, *, card: bool) -> str:
        """A newcomer by the page's own form, of which no more inputs are filled in than are allowed."""
        form = self.clerk.opens("/counter/new").get_data(as_text=True)
        inputs = re.findall(r'<(?:input|select)(?![^>]*type="hidden")[^>]*name="(\w+)"', form)
        assert len(inputs) <= MOST_INPUTS, inputs
        kept: dict[str, Any] = {
            "name": f"会員 {number}",
            "kana": "かいいん",
            "class": str(number % 4),
            "phone": f"0233-{number}",
        }
        more = {"yen": str(yen)} | ({"card": "on"} if card else {})
        assert kept.keys() | more.keys() <= set(inputs)
        member = self.clerk.registers(kept.pop("name"), **(kept | more))
        self.registered(member, number % 4, yen, card=card)
        self.later(60)
        return member

    def registered(
        self, member: str, rider_class: int, yen: int, who: Role = Role.CASHIER, *, card: bool
    ) -> None:
        self.trail.expects("member-registered", f"member:{member}", {"class": rider_class}, who)
        if yen:
            self.charged(member, yen, who)
        if card:
            self.trail.expects("card-given", f"member:{member}", {"pass": self.card(member)}, who)

    def charged(self, member: str, yen: int, who: Role = Role.CASHIER) -> int:
        receipt = 1 + sum(what in ("cash-charged", "charge-voided") for _, what, _, _ in self.trail.lines)
        self.trail.expects("cash-charged", f"member:{member}", {"receipt": receipt, "yen": yen}, who)
        return receipt

    def charges(self, member: str, yen: int) -> int:
        self.clerk.sends(f"/counter/members/{member}/charge", {"yen": yen})
        return self.charged(member, yen)

    def card(self, member: str, which: int = -1) -> str:
        return self.clerk.cards(member)[which].issued.body.pass_id.hex()

    def prints(self, member: str) -> bytes:
        """What the door's reader reads of the newest card, from the paper."""
        card = self.card(member)
        pdf = self.clerk.sends("/counter/cards/print", {"card": card}, status=200).get_data()
        self.trail.expects("card-printed", f"member:{member}", {"pass": card})
        (code,) = read_codes(cut_out(rendered(pdf, 0, DPI), 0, DPI))
        return code

    def hears(self, table: Table) -> None:
        """The bus has a link: all that it wrote comes to the office."""
        bodies = [record.body for record in table.journal.records_after(0, 10_000)]
        bus = Bus(UNIT, table.journal.epoch, SECRET, bodies)
        with self.clerk.office.database.write() as connection:
            take(connection, bus.row, bus.batch(), self.clerk.now)

    def money(self, kind: AccountKind) -> Counter[str]:
        """Balances by owner, of all units together."""
        with self.clerk.office.database.read() as connection:
            rows = connection.execute(
                select(accounts.c.owner, accounts.c.balance).where(accounts.c.kind == kind)
            )
            found = Counter[str]()
            for owner, balance in rows:
                found[owner] += balance
        return found

    def lots(self) -> list[tuple[Any, ...]]:
        with self.clerk.office.database.read() as connection:
            columns = (lots.c.id, lots.c.account_id, lots.c.origin, lots.c.expires_at, lots.c.remaining)
            return [tuple(row) for row in connection.execute(select(*columns).order_by(lots.c.id))]


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with clerk_at(tmp_path / "office") as clerk, serving(clerk.app) as own:
        clerk.now += MORNING
        clerk.client(Role.ADMINISTRATOR)
        clerk.goes_over_http(own)
        keys = clerk.office.keys
        known = Keys(keys.phones, keys.cards, keys.down.private, read_until=clerk.now)
        key = private_from_bytes(SECRET.to_bytes(32, "big"))
        world = World(tmp_path / "bus", known, FakeTime(1_000.0 + MORNING), key=key)
        with clerk.office.database.write() as connection:
            Bus(UNIT, secret=SECRET).register(connection)
        yield Village(clerk, world, own)


def shows(table: Table, code: bytes) -> Outcome:
    table.do(CodeSeen(code))
    return table.signals.answers[-1]


def register_in_the_browser(browser: Browser, village: Village) -> str:
    """The twentieth: typed into a real browser, five inputs and Enter; their number."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    context.add_cookies([browser_cookie(village.own, Kind.STAFF, Role.ADMINISTRATOR)])
    try:
        page = context.new_page()
        page.goto(f"{village.own}/counter/new")
        page.get_by_label("名前 Name").fill("木村 キヨ")
        page.get_by_label("よみ").fill("きむら きよ")
        page.get_by_label("区分").select_option("2")
        page.get_by_label("電話").fill("0233-75-2222")
        page.get_by_label("チャージする現金").fill("2000")
        page.keyboard.press("Enter")
        page.wait_for_url("**?new=1")
        found = re.search(r"/members/(\d{8})\?", page.url)
        assert found
    finally:
        context.close()
    village.registered(found[1], 2, 2_000, Role.ADMINISTRATOR, card=True)
    return found[1]


def twenty_newcomers(browser: Browser, village: Village) -> list[str]:
    people = [village.registers(n, 1_000 + 100 * n, card=n % 4 == 0) for n in range(NEWCOMERS - 1)]
    people.append(register_in_the_browser(browser, village))
    assert len(set(people)) == NEWCOMERS
    return people


def charges_and_a_void(village: Village, people: list[str]) -> None:
    clerk = village.clerk
    village.charges(people[1], 5_000)
    mistaken = village.charges(people[2], 50_000)
    clerk.sends(f"/counter/receipts/{mistaken}/void")
    about = f"member:{people[2]}"
    village.trail.expects("charge-voided", about, {"receipt": mistaken + 1, "of": mistaken, "yen": 50_000})
    clerk.sends(f"/counter/members/{people[3]}/charge", {"yen": 60_000}, status=422)


def a_ride_set_right(village: Village, table: Table, rider: str) -> None:
    """A card of this morning rides from A to E on a bus that knows it; but that was C, says the rider."""
    clerk, has = village.clerk, village.money(AccountKind.MEMBER)[rider]
    code = village.prints(rider)
    assert code == to_text(clerk.cards(rider)[0].issued.pack()).encode()
    village.world.office.cards.add(village.card(rider))
    table.set_out(TripChosen("t1", DAY))
    assert shows(table, code) is Outcome.OK
    table.drive_to(4)
    assert shows(table, code) is Outcome.OK
    village.hears(table)
    assert village.money(AccountKind.MEMBER)[rider] == has - 480
    with clerk.office.database.read() as connection:
        (ride,) = connection.scalars(select(rides.c.id))
    stops, why = {"kind": "stops", "board": 0, "alight": 2}, {"why": "wrong-stop", "note": "本人と確認"}
    clerk.sets_right(f"/counter/rides/{ride}", stops, why)
    village.trail.expects(
        "ride-corrected", f"ride:{ride}", {"kind": "stops", "from-yen": 480, "to-yen": 240, **why, "word": ""}
    )
    assert village.money(AccountKind.MEMBER)[rider] == has - 240


def a_lost_card(village: Village, loser: str) -> None:
    """Blocked by a call, re-issued once with all lots, a bus ticket's among them."""
    clerk, trail = village.clerk, village.trail
    clerk.sends(f"/counter/members/{loser}/tickets/cash", {"product": 1, "count": 1})
    trail.expects("ticket-sold", f"member:{loser}", {"product": 1, "count": 1, "yen": 1_000, "by": "cash"})
    lost, before = village.card(loser), village.lots()
    path = f"/counter/members/{loser}/cards/{lost}"
    clerk.sends(f"{path}/block", {"why": "lost"})
    trail.expects("card-blocked", f"member:{loser}", {"pass": lost, "why": "lost"})
    village.later(60)
    again = {"why": "lost", "id": "0123456789abcdef"}
    for _ in range(2):
        clerk.sends(f"{path}/reissue", again)
    (new,) = {each.issued.body.pass_id.hex() for each in clerk.cards(loser)} - {lost}
    trail.expects("card-reissued", f"member:{loser}", {"pass": new, "for": lost})
    assert village.lots() == before


def a_new_card_on_an_offline_bus(village: Village, table: Table) -> None:
    """Somebody new, while the bus is in the valley; twenty minutes later they stand at its door."""
    clerk = village.clerk
    newcomer = village.registers(NEWCOMERS, 2_000, card=True)
    code = village.prints(newcomer)
    clerk.sends(f"/counter/members/{newcomer}/pin", status=200)
    village.trail.expects("pin-given", f"member:{newcomer}")
    village.later(20 * 60)
    assert village.card(newcomer) not in village.world.office.cards
    table.set_out(TripChosen("t2", DAY))
    assert shows(table, code) is Outcome.GRACED
    table.drive_to(2)
    assert shows(table, code) is Outcome.GRACED
    village.hears(table)
    assert village.money(AccountKind.MEMBER)[newcomer] == 2_000 - 240
    assert "A → C" in text(clerk.opens(f"/counter/members/{newcomer}"))


def the_till_is_counted(village: Village) -> None:
    newcomers = sum(1_000 + 100 * n for n in range(NEWCOMERS - 1)) + 2_000
    charged, ticket, last = 5_000, 1_000, 2_000
    there = CHANGE + newcomers + charged + ticket + last
    counted = {f"kind-{kind}": number for kind, number in pieces(there).pieces}
    village.clerk.sends("/counter/till/count", counted)
    village.trail.expects("till-counted", "till:", {"yen": there, "difference": 0})


def test_a_morning_at_the_counter(browser: Browser, village: Village) -> None:
    clerk, trail = village.clerk, village.trail
    clerk.opens_till(CHANGE)
    trail.expects("till-opened", "till:", {"yen": CHANGE})
    people = twenty_newcomers(browser, village)
    charges_and_a_void(village, people)
    with bus_on(village.world) as table:
        a_ride_set_right(village, table, people[4])
        a_lost_card(village, people[8])
        a_new_card_on_an_offline_bus(village, table)
    clerk.sends(f"/counter/members/{people[4]}/statement", status=200)
    trail.expects("statement-printed", f"member:{people[4]}")
    the_till_is_counted(village)
    with clerk.office.database.read() as connection:
        written = [
            (each.who, each.what, each.about, json.loads(each.detail)) for each in all_entries(connection)
        ]
        assert written == trail.lines
        assert verify(connection).problems == []
        assert verify_ledger(connection).problems == []
