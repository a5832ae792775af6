"""A clerk's month in a real browser, from a new timetable to the closing sheet: all that was done is in the books.

Rides are set right in each way there is, a card is lost, a rider argues about a fare; then the month is closed.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from central.access.who import Role
from central.database import tables
from central.database.phone_ride_tables import phone_rides
from central.devices.down_log import page_after
from central.inbox.take_batch import take
from central.main import cli
from central.rides.by_phone.settle import settle_waiting
from device.facts import CodeSeen, Heard
from rules.messages.events import DoorMoved, TripStarted
from rules.messages.link import Seen
from rules.passes.rider_pass import to_text
from rules.ride.outcomes import Outcome
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.month_bench import BUTTONS, CORRECTIONS, NEW, OLD, RIDES, Asked, timetable
from tests.central.office import NOW, Bus, at, balances
from tests.central.office_pages import serving
from tests.central.phone_ride_bench import claim, signed, touch
from tests.central.settled_bench import check_books, off, on
from tests.central.test_clerks_day import ADMINISTRATOR, CASHIER, desk_of, opens_till, presses
from tests.fakes.time import FakeTime
from tests.ride.builders import STOPS
from tests.ride.builders import Office as Keys
from tests.terminal.loop_bench import World, bus_on

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)

APPROVER = "staff:approver"
MONTH, FIRST, CHANGED = "2026-09", date(2026, 9, 22), date(2026, 9, 26)
MORNING, DAY_S = 10 * 3_600, 86_400
"""From the benches' evening to 09:13 of the next day in Japan."""
PEOPLE, CHARGED = 5, 10_000


@dataclass
class Month:
    """The office, its address, a bus, the rides by name as (path, fare in yen), and what the audit log must say."""

    clerk: Clerk
    own: str
    bus: Bus
    people: list[str] = field(default_factory=list)
    rides: dict[str, tuple[str, int]] = field(default_factory=dict)
    acts: list[tuple[str, str, str]] = field(default_factory=list)

    def on_day(self, day: int) -> None:
        """It is the morning of FIRST, and so many days later."""
        self.clerk.now = NOW + MORNING + day * DAY_S

    def hears(self) -> None:
        """All that the bus has written comes to the office."""
        with self.clerk.office.database.write() as connection:
            take(connection, self.bus.row, self.bus.batch(), self.clerk.now)

    def told(self, name: str) -> int:
        return self.rides[name][1]


@pytest.fixture
def month(tmp_path: Path) -> Iterator[Month]:
    with clerk_at(tmp_path / "office") as clerk, serving(clerk.app) as own:
        for role in (Role.CASHIER, Role.APPROVER, Role.ADMINISTRATOR):
            clerk.client(role)
        bus = Bus("bus-002")
        with clerk.office.database.write() as connection:
            bus.register(connection)
            Bus("bus-001", secret=9).register(connection)
        made = Month(clerk, own, bus)
        made.on_day(0)
        yield made


def publishes(page: Page, month: Month, folder: Path) -> None:
    """Four days ahead: what differs is read before it is published."""
    path = folder / "改正.zip"
    path.write_bytes(timetable())
    page.goto(f"{month.own}/network")
    page.set_input_files("#feed", path)
    presses(page, "読み込む")
    page.wait_for_url("**/network/feeds/*")
    page.get_by_role("heading", name="今の版との違い").wait_for()
    page.get_by_label("有効になる日").fill(CHANGED.isoformat())
    presses(page, "新しい版として公開する")
    page.get_by_text("第2版を公開しました").wait_for()
    month.acts += [
        (ADMINISTRATOR, "feed-received", "feed:1"),
        (ADMINISTRATOR, "edition-published", "edition:2"),
    ]


def five_come(page: Page, month: Month) -> None:
    """They register, pay and get a card, at the counter's own form."""
    page.goto(f"{month.own}/desk")
    opens_till(page)
    month.acts.append((CASHIER, "till-opened", "till:"))
    for number in range(PEOPLE):
        page.goto(f"{month.own}/counter/new")
        page.get_by_label("名前").fill(f"会員 {number}")
        page.get_by_label("よみ").fill(f"かいいん {number}")
        page.get_by_label("チャージする現金").fill(str(CHARGED))
        presses(page, "登録する")
        page.wait_for_url("**?new=1")
        month.people.append(page.url.rpartition("/")[2].partition("?")[0])
        about = f"member:{month.people[-1]}"
        month.acts += [(CASHIER, what, about) for what in ("member-registered", "cash-charged", "card-given")]


def rides_go(month: Month) -> None:
    """Sixteen by card and one by phone, by the edition of their day, each heard of on its day."""
    bus = month.bus
    for day in range(8):
        month.on_day(day)
        today = (FIRST + timedelta(day)).isoformat()
        is_new = FIRST + timedelta(day) >= CHANGED
        edition, yen = (2, NEW) if is_new else (1, OLD)
        for name, when, who, start, end in RIDES:
            if when != day:
                continue
            (card, *_) = month.clerk.cards(month.people[who])
            pass_id = card.issued.body.pass_id.hex()
            more: dict[str, Any] = {"service_date": today, "edition": edition}
            second = MORNING + day * DAY_S + 600 * who
            fare = yen * (end - start)
            tap = bus.write(on(pass_id, start, second=second, **more))
            bus.write(off(pass_id, tap, end, fare, start=start, second=second + 300, **more))
            month.rides[name] = (f"{bus.device}#{tap.number}", fare)
        month.hears()
        if day == 1:
            rides_by_phone(month, today)
    with month.clerk.office.database.write() as connection:
        settle_waiting(connection, month.clerk.now)
        ids = {
            f"{row.device}#{row.board_number}": row.id
            for row in connection.execute(select(tables.rides)).all()
        }
    month.rides = {name: (f"/counter/rides/{ids[key]}", fare) for name, (key, fare) in month.rides.items()}
    month.rides["by-phone"] = ("/counter/rides/phone/1", 240)


def rides_by_phone(month: Month, today: str) -> None:
    """Who has left the card at home reads the bus, from A to C."""
    bus, start = month.bus, MORNING + DAY_S + 7_200
    bus.write(TripStarted(at=at(start), edition=1, trip_id="t2", service_date=today))
    for movement, stop in (("board", 0), ("alight", 2)):
        moment = start + 600 * stop
        where = {"lat": 38.0 + stop * 0.009, "lon": 140.0}
        opened = bus.write(DoorMoved(at=at(moment), is_open=True, trip_id="t2", stop_id=STOPS[stop], **where))
        month.hears()
        asked = claim(movement, stop, signed(bus, opened.number), moment=NOW + moment + 60)
        touch(month.clerk.office, asked, month.people[1], month.clerk.now + 10_000)


def asks(page: Page, month: Month, wanted: Asked) -> None:
    """Looks at what it comes to, sees the sum, and asks for it."""
    path, before = month.rides[wanted.ride]
    page.goto(f"{month.own}{path}")
    form = page.locator("section[aria-labelledby=correct] form").filter(
        has=page.get_by_role("button", name=BUTTONS[wanted.kind])
    )
    for label, typed in wanted.typed.items():
        field_ = form.get_by_label(label)
        if field_.evaluate("(element) => element.tagName") == "SELECT":
            field_.select_option(typed)
        else:
            field_.fill(typed)
    form.get_by_role("button").click()
    page.get_by_text(f"{before:,}円 → {wanted.fare:,}円").first.wait_for()
    page.get_by_label("理由").select_option(wanted.why)
    page.get_by_label("メモ").fill(f"{wanted.ride}の件、本人と確認")
    presses(page, "決裁を頼む" if wanted.decided else "このように直す")
    page.get_by_role("heading", name="訂正").first.wait_for()
    about = path.replace("/counter/rides/phone/", "phone-ride:").replace("/counter/rides/", "ride:")
    month.acts.append((CASHIER, "ride-asked" if wanted.decided else "ride-corrected", about))
    if wanted.decided in ("", "approve"):
        month.rides[wanted.ride] = (path, wanted.fare)


def decides(clerk_s: Page, approver_s: Page, month: Month, wanted: Asked) -> None:
    """Somebody else, from the desk; who asked has only the way back."""
    _, _, about = month.acts[-1]
    if wanted.decided == "withdraw":
        clerk_s.get_by_role("link", name="頼んだ訂正を見る").click()
        assert clerk_s.get_by_role("button", name="承認する").count() == 0
        presses(clerk_s, "取り下げる")
        clerk_s.get_by_text("取り下げ", exact=True).wait_for()
        month.acts.append((CASHIER, "ride-withdrawn", about))
        return
    page = approver_s
    page.goto(f"{month.own}/desk")
    page.get_by_role("listitem").filter(has_text="職員の訂正を決裁する").get_by_role("link").first.click()
    page.locator("#asked li").filter(has_text="決裁待ち").get_by_role("link").first.click()
    page.get_by_text("本人と確認").wait_for()
    if wanted.decided == "refuse":
        page.get_by_label("断る理由").fill("運賃表のとおり")
        presses(page, "断る")
        page.get_by_text("承認されず").first.wait_for()
    else:
        presses(page, "承認する")
        page.get_by_text("訂正ずみ").first.wait_for()
    month.acts.append((APPROVER, f"ride-{wanted.decided}d", about))


def loses_the_card(page: Page, month: Month, folder: Path) -> None:
    """A new card, with all that was on the old one; a bus that has heard of it refuses the old one at its door."""
    member = month.people[0]
    (lost,) = month.clerk.cards(member)
    page.goto(f"{month.own}/counter/members/{member}")
    page.get_by_label("の理由").select_option("lost")
    presses(page, "カードを再発行")
    page.get_by_text("使用中").first.wait_for()
    about = f"member:{member}"
    month.acts += [(CASHIER, "card-blocked", about), (CASHIER, "card-reissued", about)]
    (new,) = [each for each in month.clerk.cards(member) if each != lost and each.issued != lost.issued]
    keys = month.clerk.office.keys
    known = Keys(keys.phones, keys.cards, keys.down.private, read_until=month.clerk.now)
    world = World(folder, known, FakeTime(1_000.0 + month.clerk.now - NOW))
    with bus_on(world) as table:
        with month.clerk.office.database.read() as connection:
            page_of = page_after(connection, keys.down, "bus-001", Seen("", 0))
        assert page_of is not None
        table.do(Heard(page_of))
        table.set_out()
        answers = []
        for each in (lost, new):
            table.do(CodeSeen(to_text(each.issued.pack()).encode()))
            answers.append(table.signals.answers[-1])
    assert answers == [Outcome.DENIED, Outcome.OK]


def argues(page: Page, month: Month) -> None:
    """From the rider's name to the ride, its record as it came, and its entries; what was said is written down."""
    path, fare = month.rides["d"]
    page.goto(f"{month.own}/logs?from=2026-09-01&to=2026-09-30")
    page.get_by_label("だれの").fill("会員 3")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    page.get_by_role("row").filter(has_text="B → E").get_by_role("link").first.click()
    ride = page.url
    page.get_by_text("480円 → 360円").first.wait_for()
    entries = page.locator("section[aria-labelledby=money] table.entries").all_inner_texts()
    assert any("480" in each for each in entries)
    assert any("120" in each for each in entries)
    page.locator("section[aria-labelledby=records] a").last.click()
    page.get_by_text("役場に届いた").wait_for()
    assert page.locator(".stages .bad, .stages .warn").count() == 0
    page.get_by_role("link", name="届いたままを見る").click()
    page.get_by_text("480").first.wait_for()
    page.goto(ride)
    page.locator("section[aria-labelledby=money] h3 a").first.click()
    page.wait_for_url("**/logs/groups/*")
    page.goto(ride)
    page.get_by_role("link", name="運賃の説明と訂正").click()
    page.wait_for_url(f"**{path}")
    page.get_by_text(f"{fare}円").first.wait_for()
    page.get_by_role("link", name="この乗車の問い合わせを書く").click()
    page.get_by_label("聞いたこと").fill("二回払ったと言われた。記録と元帳を見せ、返した120円も説明した。")
    presses(page, "書きとめる")
    page.get_by_label("聞いたこと").fill("納得された。")
    page.get_by_label("状態").select_option("done")
    presses(page, "書きたす")
    page.get_by_text("納得された。").wait_for()
    month.acts += [(CASHIER, what, "inquiry:1") for what in ("inquiry-written", "inquiry-followed")]


def file_of_the_month(page: Page, month: Month) -> list[dict[str, str]]:
    """The rides as the page's button gives them."""
    page.goto(f"{month.own}/logs")
    page.get_by_label("乗車の月").fill(MONTH)
    with page.expect_download() as told:
        presses(page, "乗車をダウンロード")
    assert told.value.suggested_filename == f"rides-{MONTH}.csv"
    with told.value.path().open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def command(month: Month, *words: str) -> dict[str, Any]:
    """What a command of the server says of the office's data."""
    folder = month.clerk.office.database.path.parent
    done = CliRunner().invoke(cli, [*words, "--data", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def closes(page: Page, month: Month) -> None:
    """What the rides come to, the file has, the sheet has and the accounts have."""
    month.on_day(9)
    rows = file_of_the_month(page, month)
    fares = sorted(fare for _, fare in month.rides.values())
    assert sorted(int(row["運賃"]) for row in rows) == fares
    assert all(
        int(row["運賃"])
        == int(row["くらポ"]) + int(row["現金"]) + int(row["未収"]) - int(row["払いすぎた現金"])
        for row in rows
    )
    sheet = command(month, "ledger", "close", "--month", MONTH)
    assert sheet["verified"] == "right"
    closing = Counter[str]()
    for row in sheet["balances"]:
        closing[row["kind"]] += row["closing"]
    assert closing["fares-earned"] == sum(fares)
    assert closing["member"] == PEOPLE * CHARGED - sum(int(row["くらポ"]) for row in rows)
    assert closing["cash-desk"] == PEOPLE * CHARGED
    with month.clerk.office.database.read() as connection:
        check_books(connection)
        books = balances(connection)
        assert books["fares-earned", ""] == sum(fares)
        assert sum(row.fare or 0 for row in connection.execute(select(phone_rides))) == month.told("by-phone")
    assert sum(books.get(("member", each), 0) for each in month.people) == closing["member"]


# A hundred and twenty pages, one after another.
@pytest.mark.timeout(600)
def test_a_month_of_the_office_from_a_new_timetable_to_the_closing_sheet(
    browser: Browser, month: Month, tmp_path: Path
) -> None:
    own = month.own
    with desk_of(browser, own, Role.ADMINISTRATOR) as page:
        publishes(page, month, tmp_path)
    with desk_of(browser, own, Role.CASHIER) as page, desk_of(browser, own, Role.APPROVER) as other:
        five_come(page, month)
        rides_go(month)
        for wanted in CORRECTIONS:
            asks(page, month, wanted)
            if wanted.decided:
                decides(page, other, month, wanted)
        loses_the_card(page, month, tmp_path / "bus")
        argues(page, month)
        closes(page, month)
        other.goto(f"{own}/audit")
        assert other.locator("tbody tr").count() == len(month.acts)
    assert month.clerk.written() == month.acts
    assert command(month, "audit", "verify")["entries"] == len(month.acts)
    command(month, "ledger", "verify")
