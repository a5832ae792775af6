"""What the bus says of a stop afterwards: the open ride follows, an ended one is corrected, never against its rider."""

from __future__ import annotations

import pytest

from central.devices.data_folder import Office
from central.inbox.take_batch import take
from rules.instant import ClockQuality, Instant
from rules.ledger.accounts import AccountKind
from rules.messages.events import RecordRef, SettledBy
from tests.central.office import NOW, STRANGER, Bus, card, charge_forgotten, money, refusals, send
from tests.central.settled_bench import (
    check_books,
    forgotten,
    history,
    journey,
    off,
    on,
    ride,
    settled,
    unknown_clock,
    with_line,
)

DAY_S = 86_400
APPLIED, WAITING = ("applied",), ("waiting",)


@pytest.fixture
def line(office: Office) -> Office:
    return with_line(office)


def owned(office: Office, member: str = "m") -> int:
    found = money(office)
    return found.get(("member", member), 0) + found.get(("owed", member), 0)


def checked(office: Office) -> None:
    with office.database.read() as connection:
        check_books(connection)


def test_an_open_ride_begins_where_its_boarding_is_settled_and_nothing_else_happens(
    line: Office, bus: Bus
) -> None:
    tap = bus.write(on(card(line, "m", 1000), 0, unsure=True))
    send(line.database, bus)
    assert ride(line).board_unsure
    bus.write(settled(2, tap))
    send(line.database, bus, 2)
    row = ride(line)
    assert (row.state, row.board_stop_id, row.board_index, row.board_unsure) == ("open", "C", 2, False)
    assert (history(line), owned(line)) == ([], 1000)


def test_a_ride_follows_where_its_alighting_says_that_it_began(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 360, start=1))
    send(line.database, bus)
    assert journey(line) == ("B", "E", 360)
    assert history(line) == []


def test_less_is_given_back_at_once_in_a_group_of_its_own(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    bus.write(settled(2, tap))
    send(line.database, bus)
    assert journey(line) == ("C", "E", 240)
    assert history(line) == [(480, 240, "", APPLIED)]
    assert owned(line) == 760
    assert ride(line).corrected == 1
    checked(line)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_an_alighting_is_settled_like_a_boarding(line: Office, bus: Bus, cut: int) -> None:
    pass_id = card(line, "m", 1000)
    end = bus.write(off(pass_id, bus.write(on(pass_id, 0)), 4, 480, unsure=True))
    bus.write(settled(3, end, by=SettledBy.DRIVER))
    send(line.database, bus, 1, cut)
    if cut < 3:
        send(line.database, bus, cut + 1)
    assert journey(line) == ("A", "D", 360)
    assert not ride(line).alight_unsure
    assert owned(line) == 640


def test_more_waits_for_staff_and_moves_nothing(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 2, unsure=True))
    bus.write(off(pass_id, tap, 4, 240, start=2))
    bus.write(settled(0, tap))
    send(line.database, bus)
    assert journey(line) == ("C", "E", 240)
    assert history(line) == [(240, 480, "higher", WAITING)]
    assert owned(line) == 760
    assert ride(line).board_unsure


def test_stops_without_a_fare_are_listed_and_move_nothing(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    end = bus.write(off(pass_id, bus.write(on(pass_id, 1)), 4, 360, start=1))
    bus.write(settled(3, end))
    send(line.database, bus)
    assert (journey(line), history(line)) == (("B", "E", 360), [(360, None, "missing", WAITING)])


def test_an_edition_that_the_office_does_not_have_is_listed(office: Office, bus: Bus) -> None:
    pass_id = card(office, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    bus.write(settled(2, tap))
    send(office.database, bus)
    assert history(office) == [(480, None, "unknown", WAITING)]


@pytest.mark.parametrize(
    ("second", "why"), [(DAY_S, ""), (2 * DAY_S, "late"), (-DAY_S, "late")], ids=["grace", "late", "before"]
)
def test_after_the_day_and_its_grace_also_less_waits(line: Office, bus: Bus, second: int, why: str) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    bus.write(settled(2, tap, second=second))
    send(line.database, bus)
    assert history(line) == [(480, 240, why, WAITING if why else APPLIED)]


def test_a_bus_that_did_not_know_the_time_is_not_believed_to_be_soon(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    bus.write(settled(2, tap, at=unknown_clock()))
    send(line.database, bus)
    assert history(line) == [(480, 240, "late", WAITING)]


def test_when_the_office_hears_of_it_does_not_matter(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    bus.write(settled(2, tap))
    with line.database.write() as connection:
        take(connection, bus.row, bus.batch(), NOW + 30 * DAY_S)
    assert history(line) == [(480, 240, "", APPLIED)]


def test_what_is_owed_shrinks_first(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(forgotten(pass_id, tap, 300, 180))
    bus.write(settled(1, tap))
    send(line.database, bus)
    charge_forgotten(line, bus)
    row = ride(line)
    assert (row.fare, row.held, row.owed) == (360, 300, 60)
    assert money(line)["owed", "m"] == -60
    bus.write(settled(3, tap))
    send(line.database, bus, 5)
    row = ride(line)
    assert (row.fare, row.held, row.owed) == (120, 120, 0)
    assert ("owed", "m") not in money(line)
    assert owned(line) == 880
    checked(line)


def test_what_the_wallet_could_not_pay_of_the_fare_is_forgiven_first(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 300)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    bus.write(settled(2, tap))
    send(line.database, bus)
    found = money(line)
    assert ("owed", "m") not in found
    assert found["member", "m"] == 60
    checked(line)


def test_cash_paid_too_much_is_due_to_the_rider_and_moves_when_staff_say_so(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 100, 380))
    bus.write(settled(2, tap))
    send(line.database, bus)
    row = ride(line)
    assert (row.fare, row.held, row.cash, row.overpaid, row.refunded) == (240, 100, 380, 240, 0)
    assert owned(line) == 900
    checked(line)


def test_a_ride_on_a_strangers_pass_is_set_right_in_suspense(line: Office, bus: Bus) -> None:
    tap = bus.write(on(STRANGER, 0))
    bus.write(off(STRANGER, tap, 4, 480))
    bus.write(settled(2, tap))
    send(line.database, bus)
    assert money(line)[AccountKind.SUSPENSE, STRANGER] == -240
    checked(line)


def test_several_words_compose_and_the_last_counts(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    end = bus.write(off(pass_id, tap, 4, 480))
    for word in (settled(1, tap), settled(3, tap), settled(2, tap), settled(3, end)):
        bus.write(word)
    send(line.database, bus)
    # 480 → 360 → 120; then 240 would be more and waits; to D from C it is 120 again.
    assert history(line) == [
        (480, 360, "", APPLIED),
        (360, 120, "", APPLIED),
        (120, 240, "higher", ("waiting", "replaced")),
        (120, 120, "", APPLIED),
    ]
    assert journey(line) == ("C", "D", 120)
    checked(line)


def test_one_word_names_all_taps_of_an_opening(line: Office, bus: Bus) -> None:
    leaves, boards = card(line, "m", 1000), card(line, "n", 1000)
    first = bus.write(on(leaves, 0))
    end = bus.write(off(leaves, first, 3, 360))
    start = bus.write(on(boards, 3))
    bus.write(settled(2, end, start))
    send(line.database, bus)
    assert (owned(line, "m"), owned(line, "n")) == (760, 1000)
    bus.write(off(boards, start, 4, 240, start=2))
    send(line.database, bus, 5)
    assert owned(line, "n") == 760


def test_a_tap_that_comes_after_the_word_about_it_finds_it(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    end = bus.write(off(pass_id, tap, 4, 480))
    later = Bus(epoch="later")
    later.write(settled(2, tap))
    later.write(settled(3, end))
    send(line.database, later)
    assert refusals_of(line) == {}
    send(line.database, bus)
    assert journey(line) == ("C", "D", 120)
    assert owned(line) == 880
    checked(line)


def test_a_word_that_the_end_knew_of_is_not_used_twice(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(settled(1, tap))
    bus.write(off(pass_id, tap, 4, 240, start=2))
    send(line.database, bus)
    assert (journey(line), history(line)) == (("C", "E", 240), [])


def test_a_word_about_a_ride_on_another_trip_is_listed(line: Office, bus: Bus) -> None:
    tap = bus.write(on(card(line, "m", 1000), 0))
    bus.write(settled(2, tap, trip_id="t2"))
    send(line.database, bus)
    assert list(refusals_of(line)) == [2]
    assert ride(line).board_stop_id == "A"


@pytest.mark.parametrize("number", [0, 1, 2, 99], ids=["none", "refused", "itself", "unknown"])
def test_a_word_about_what_is_no_ride_changes_nothing(line: Office, bus: Bus, number: int) -> None:
    pass_id = card(line, "m", 1000)
    bus.write(on(pass_id, 0, outcome="expired", movement="refused"))
    bus.write(settled(2, RecordRef(bus.epoch, number)))
    send(line.database, bus)
    assert (refusals_of(line), owned(line)) == ({}, 1000)


def test_another_buss_rides_under_the_same_numbers_are_left_alone(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    send(line.database, bus)
    other = Bus(device="bus-002", secret=8)
    with line.database.write() as connection:
        other.register(connection)
    other.write(settled(2, tap))
    send(line.database, other)
    assert (journey(line), owned(line)) == (("A", "E", 480), 520)


def test_a_word_from_the_year_2106_is_late(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    bus.write(settled(2, tap, at=Instant("b", 1, 2**32, ClockQuality.AGREED)))
    send(line.database, bus)
    assert history(line) == [(480, 240, "late", WAITING)]


def refusals_of(office: Office) -> dict[int, str]:
    with office.database.read() as connection:
        return refusals(connection)


def test_an_end_that_does_not_say_where_the_ride_began_leaves_it_where_it_was(line: Office, bus: Bus) -> None:
    pass_id = card(line, "m", 1000)
    bus.write(off(pass_id, bus.write(on(pass_id, 0)), 4, 480, board_stop_id=""))
    send(line.database, bus)
    assert journey(line) == ("A", "E", 480)


def test_a_word_about_an_alighting_by_another_pass_ends_and_moves_nothing(line: Office, bus: Bus) -> None:
    tap = bus.write(on(card(line, "m", 1000), 0))
    end = bus.write(off(card(line, "n", 1000), tap, 4, 480))
    bus.write(settled(3, end))
    send(line.database, bus)
    row = ride(line)
    assert (row.state, row.board_stop_id, row.alight_stop_id) == ("open", "A", None)
    assert (list(refusals_of(line)), owned(line), owned(line, "n")) == ([2], 1000, 1000)
