"""Once a ride is in the books, machines are told what its pass's hold keeps, and which ride that counts."""

from __future__ import annotations

from sqlalchemy import select

from central.database.ledger_tables import hold_parts, holds
from central.database.tables import down_log
from central.devices.data_folder import Office
from central.devices.store import has_news_after, last_entry
from central.wallets.charge_member import charge_cash
from rules.messages.codec import decode_entry
from rules.messages.events import RecordRef
from rules.messages.link import HoldFigure
from rules.money import Yen
from rules.passes.rider_pass import PassKind
from tests.central.office import (
    EPOCH,
    NOW,
    STRANGER,
    Bus,
    alight,
    board,
    card,
    charge_forgotten,
    left_open,
    send,
)
from tests.central.test_salvage import LATER, handed_on

WANTED = 1_200
"""There and back at the office's dearest fare."""


def figures(office: Office) -> list[HoldFigure]:
    with office.database.read() as connection:
        bodies = connection.execute(select(down_log.c.body).order_by(down_log.c.number)).scalars()
        entries = [decode_entry(body) for body in bodies]
    return [entry for entry in entries if isinstance(entry, HoldFigure)]


def open_hold(office: Office, series: str) -> tuple[int, int]:
    """Its number, and what it keeps."""
    with office.database.read() as connection:
        query = select(holds.c.id, hold_parts.c.amount).join(hold_parts, isouter=True)
        rows = connection.execute(query.where(holds.c.series == series, holds.c.resolved_by.is_(None))).all()
    return rows[0].id, sum(row.amount or 0 for row in rows)


def test_a_capture_is_followed_by_what_the_hold_keeps_now(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 2_000)
    on = bus.write(board(pass_id))
    bus.write(alight(pass_id, on, 500))
    send(office.database, bus)
    number, kept = open_hold(office, pass_id)
    until = NOW + 168 * 3600
    assert kept == WANTED
    assert figures(office) == [HoldFigure(pass_id, number, Yen(kept), until, bus.device, on.epoch, on.number)]


def test_a_hold_that_could_not_be_topped_up_is_told_as_it_is(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 1_300)
    for _ in range(2):
        bus.write(alight(pass_id, bus.write(board(pass_id)), 500))
    send(office.database, bus, 1, 2)
    send(office.database, bus, 3, 4)
    assert [figure.kept for figure in figures(office)] == [800, 300]
    with office.database.write() as connection:
        charge_cash(connection, "m", Yen(5_000), "more", NOW)
    bus.write(alight(pass_id, bus.write(board(pass_id)), 300))
    send(office.database, bus, 5)
    assert figures(office)[-1].kept == WANTED


def test_rides_that_come_together_are_each_named_with_the_newest_figure(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 1_300)
    boarded = []
    for _ in range(2):
        boarded.append(bus.write(board(pass_id)))
        bus.write(alight(pass_id, boarded[-1], 500))
    send(office.database, bus)
    number, kept = open_hold(office, pass_id)
    assert [(each.hold, each.kept) for each in figures(office)] == [(number, kept)] * 2
    assert [RecordRef(each.epoch, each.number) for each in figures(office)] == boarded


def test_records_that_come_again_tell_nothing_again(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 1_300)
    bus.write(alight(pass_id, bus.write(board(pass_id)), 500))
    send(office.database, bus)
    send(office.database, bus)
    assert len(figures(office)) == 1


def test_of_a_ride_that_took_nothing_or_on_an_unknown_pass_there_is_nothing_to_tell(
    office: Office, bus: Bus
) -> None:
    pass_id = card(office, "m", 0)
    bus.write(alight(pass_id, bus.write(board(pass_id)), 0, 500))
    bus.write(alight(STRANGER, bus.write(board(STRANGER)), 500))
    send(office.database, bus)
    assert figures(office) == []


def test_a_ride_that_is_not_charged_because_its_code_was_used_before_is_counted_all_the_same(
    office: Office, bus: Bus
) -> None:
    pass_id = card(office, "m", 2_000)
    second = Bus(device="bus-002", epoch="other", secret=8)
    with office.database.write() as connection:
        second.register(connection)
    for each in (bus, second):
        on = each.write(board(pass_id, pass_kind=PassKind.PHONE, moment=NOW, counter=3))
        each.write(alight(pass_id, on, 500, pass_kind=PassKind.PHONE))
        send(office.database, each, 1, 1)
    for each in (bus, second):
        send(office.database, each, 2)
    assert [(each.device, each.kept) for each in figures(office)] == [("bus-001", 1_200), ("bus-002", 1_200)]


def test_a_ride_handed_on_by_a_later_journal_is_named_as_the_bus_remembers_it(
    office: Office, bus: Bus
) -> None:
    pass_id = card(office, "m", 2_000)
    bus.write(alight(pass_id, bus.write(board(pass_id)), 500))
    later = Bus(epoch=LATER)
    for number in (1, 2):
        later.write(handed_on(bus, number))
    send(office.database, later)
    assert [(each.epoch, each.number) for each in figures(office)] == [(EPOCH, 1)]


def test_what_a_forgotten_ride_took_is_missing_from_every_figure_until_it_is_charged(
    office: Office, bus: Bus
) -> None:
    pass_id = card(office, "m", 1_300)
    first = bus.write(board(pass_id))
    bus.write(left_open(pass_id, first, 400, 200))
    send(office.database, bus)
    second = bus.write(board(pass_id))
    bus.write(alight(pass_id, second, 300))
    send(office.database, bus, 3, 4)
    # Of 1,300 yen 1,200 are set aside, and topped up from the rest after the second ride.
    assert [(each.kept, each.number) for each in figures(office)] == [(800, 1), (600, 3)]
    charge_forgotten(office, bus)
    assert (figures(office)[-1].kept, figures(office)[-1].number) == (600, 1)
    assert open_hold(office, pass_id)[1] == 600


def test_a_figure_is_no_news_that_is_pushed_to_every_machine_and_a_card_is(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 2_000)
    with office.database.read() as connection:
        before = last_entry(connection)
        assert has_news_after(connection, before - 1)
    bus.write(alight(pass_id, bus.write(board(pass_id)), 500))
    send(office.database, bus)
    with office.database.read() as connection:
        assert last_entry(connection) == before + 1
        assert not has_news_after(connection, before)
    card(office, "other", 0)
    with office.database.read() as connection:
        assert has_news_after(connection, before)
