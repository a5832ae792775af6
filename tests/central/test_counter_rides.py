"""A ride at the counter: explained, and set right with its rider for a reason; what staff have said stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from central.rides.corrections.rederive_day import rederive_day
from central.rides.receipts.read_receipt import read_receipt
from rules.messages.events import RecordRef
from rules.ride.receipt import Receipt
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import NOW, Bus, charge_forgotten, money, send
from tests.central.office_pages import text
from tests.central.phone_ride_bench import claim, drive, quiet_for_days, rides, settle, signed, touch
from tests.central.settled_bench import check_books, forgotten, history, off, on, ride, settled
from tests.ride.builders import DAY


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.opens_till()
        yield made
        with made.office.database.read() as connection:
            check_books(connection)


def rode(clerk: Clerk, bus: Bus, *, held: int = 480, forgets: bool = False) -> str:
    """A member with 3000 くらポ has ridden from A to E; their number."""
    member = clerk.registers("山田", 3_000, card="on")
    (card,) = clerk.cards(member)
    with clerk.office.database.write() as connection:
        bus.register(connection)
    pass_id = card.issued.body.pass_id.hex()
    tap = bus.write(on(pass_id, 0))
    bus.write(forgotten(pass_id, tap, held, 0) if forgets else off(pass_id, tap, 4, held))
    send(clerk.office.database, bus)
    if forgets:
        charge_forgotten(clerk.office, bus)
    return member


def sets_right(clerk: Clerk, board: int, alight: int, **more: Any) -> str:
    """Looks at what other stops come to, and sets the ride right by them."""
    path = f"/counter/rides/{ride(clerk.office).id}"
    asked = {"kind": "stops", "board": board, "alight": alight}
    form = {"why": "wrong-stop", "note": ""} | more.pop("form", {})
    return text(clerk.sets_right(path, asked, form, **more))


def test_a_ride_is_explained_and_its_new_fare_is_shown_before_anything_moves(clerk: Clerk) -> None:
    member = rode(clerk, Bus(), forgets=True)
    listed = text(clerk.opens(f"/counter/members/{member}"))
    assert "A → E" in listed
    path = f"/counter/rides/{ride(clerk.office).id}"
    page = text(clerk.opens(path))
    assert "480円" in page
    assert "降りたときの読み取りがありません。" in page
    proposed = text(clerk.opens(f"{path}?kind=stops&board=0&alight=2"))
    assert "480円 → 240円" in proposed
    assert history(clerk.office) == []
    assert "運賃がありません" in text(clerk.opens(f"{path}?kind=stops&board=3&alight=1"))


def test_what_was_paid_too_much_goes_back_and_the_reason_stands_beside_it(clerk: Clerk) -> None:
    member = rode(clerk, Bus())
    sets_right(clerk, 0, 2, form={"note": "本人と確認"})
    assert history(clerk.office) == [(480, 240, "", ("applied",))]
    assert money(clerk.office)[("member", member)] == 3_000 - 240
    page = text(clerk.opens(f"/counter/rides/{ride(clerk.office).id}"))
    assert "本人と確認" in page
    assert "窓口で確かめたため・乗り降りの停留所（停留所のまちがい）" in page
    assert clerk.written()[-1] == ("staff:cashier", "ride-corrected", f"ride:{ride(clerk.office).id}")


def test_what_is_missing_is_taken_and_owed_where_nothing_is_left(clerk: Clerk) -> None:
    member = rode(clerk, Bus(), held=120, forgets=True)
    sets_right(clerk, 0, 4, status=409)
    assert money(clerk.office)[("member", member)] == 3_000 - 120
    sets_right(clerk, 0, 1)
    sets_right(clerk, 0, 4)
    assert money(clerk.office)[("member", member)] == 3_000 - 480
    assert ("owed", member) not in money(clerk.office)
    assert (ride(clerk.office).held, ride(clerk.office).owed) == (480, 0)


@pytest.mark.parametrize(
    ("board", "alight", "seen"), [(0, 2, "0" * 32), (1, 3, ""), (0, 9, ""), (2, 2, ""), (3, 1, "")]
)
def test_what_was_not_looked_at_or_has_no_fare_is_refused(
    clerk: Clerk, board: int, alight: int, seen: str
) -> None:
    rode(clerk, Bus())
    sets_right(clerk, board, alight, form={"seen": seen}, status=409)
    assert history(clerk.office) == []
    assert "ride-corrected" not in [what for _, what, _ in clerk.written()]


def test_no_later_word_of_the_bus_and_no_new_reckoning_moves_what_staff_have_set_right(clerk: Clerk) -> None:
    bus = Bus()
    rode(clerk, bus)
    sets_right(clerk, 0, 2)
    bus.write(settled(1, RecordRef(bus.epoch, 2)))
    send(clerk.office.database, bus, 3)
    with clerk.office.database.write() as connection:
        assert rederive_day(connection, DAY, NOW + 9_000).differences == ()
    assert history(clerk.office) == [(480, 240, "", ("applied",))]


def test_what_waited_is_replaced_by_what_staff_have_set_right(clerk: Clerk) -> None:
    bus = Bus()
    rode(clerk, bus)
    bus.write(settled(3, RecordRef(bus.epoch, 2), second=4 * 86_400))
    send(clerk.office.database, bus, 3)
    assert history(clerk.office)[0][-1] == ("waiting",)
    sets_right(clerk, 0, 2)
    assert [states for *_, states in history(clerk.office)] == [("waiting", "replaced"), ("applied",)]


def test_a_ride_that_was_left_is_explained_and_waits_for_the_day_to_be_told(clerk: Clerk) -> None:
    member = clerk.registers("山田", 3_000, card="on")
    (card,) = clerk.cards(member)
    bus = Bus()
    with clerk.office.database.write() as connection:
        bus.register(connection)
    bus.write(
        forgotten(card.issued.body.pass_id.hex(), bus.write(on(card.issued.body.pass_id.hex(), 0)), 480, 0)
    )
    send(clerk.office.database, bus)
    page = text(clerk.opens(f"/counter/rides/{ride(clerk.office).id}"))
    assert "すべてのバスの記録が届いたあとで" in page
    assert "乗車の取り消しを見る" in page
    assert "区間の運賃を見る" not in page
    sets_right(clerk, 0, 2, status=409)


def test_an_alighting_that_comes_late_takes_the_place_of_what_staff_have_said(clerk: Clerk) -> None:
    bus = Bus()
    rode(clerk, bus, forgets=True)
    sets_right(clerk, 0, 2)
    (card,) = clerk.cards(clerk.written()[1][2].removeprefix("member:"))
    bus.write(off(card.issued.body.pass_id.hex(), RecordRef(bus.epoch, 1), 3, 360))
    send(clerk.office.database, bus, len(bus.records))
    assert ride(clerk.office).fare == 360
    bus.write(settled(1, RecordRef(bus.epoch, len(bus.records))))
    send(clerk.office.database, bus, len(bus.records))
    assert ride(clerk.office).fare == 120


def test_a_ride_that_nobody_knows_is_not_corrected(clerk: Clerk) -> None:
    clerk.opens("/counter/rides/99", status=404)
    form = {"kind": "stops", "why": "other", "board": 0, "alight": 1, "seen": ""}
    clerk.sends("/counter/rides/99/correct", form, status=404)


def test_an_alighting_inferred_from_the_way_back_is_told_on_the_receipt(clerk: Clerk) -> None:
    from central.rides.corrections import store
    from central.rides.corrections.rows import Cause, Place, Stops
    from central.rides.corrections.settle_ride import Told, correct_ride

    bus = Bus()
    rode(clerk, bus, forgets=True)
    with clerk.office.database.write() as connection:
        booked = store.read_ride(connection, bus.device, RecordRef(bus.epoch, 1))
        assert booked is not None
        told = Told(Stops(booked.stops.board, Place("C", 2)), Cause.INFERRED, None, soon=True)
        assert correct_ride(connection, booked, told, NOW)
        found = read_receipt(connection, bus.device, booked.board)
    assert isinstance(found, Receipt)
    assert [each.ja for each in found.changes] == ["帰りの乗車から降りた所がわかったため"]


def test_a_ride_by_phone_that_nobody_ended_is_explained_and_ended_with_a_reason(clerk: Clerk) -> None:
    member, bus = clerk.registers("山田", 3_000), Bus()
    with clerk.office.database.write() as connection:
        bus.register(connection)
    openings = drive(bus)
    send(clerk.office.database, bus)
    touch(clerk.office, claim("board", 1, signed(bus, openings[1])), member)
    quiet_for_days(bus)
    send(clerk.office.database, bus)
    settle(clerk.office)
    assert rides(clerk.office) == [("provisional", 1, 4, 360)]
    listed = clerk.opens(f"/counter/members/{member}")
    assert "B → E" in text(listed)
    assert "携帯" in text(listed)
    path = "/counter/rides/phone/1"
    assert f'href="{path}"' in listed.get_data(as_text=True)
    assert "360円" in text(clerk.opens(path))
    assert "ドアが開いた記録がありません" in text(
        clerk.sends(f"{path}/ended", {"stop": "A", "why": "本人と確認"}, status=409)
    )
    clerk.sends(f"{path}/ended", {"stop": "C", "why": "本人と確認"})
    assert rides(clerk.office) == [("complete", 1, 2, 120)]
    page = text(clerk.opens(path))
    assert "B → C" in page
    assert "降りた所を記録する" not in page
    assert clerk.written()[-1] == ("staff:cashier", "phone-ride-ended", "phone-ride:1")
    for its_page in (path, "/logs/rides/phone-1"):
        assert "降りた所の記録" in text(clerk.opens(its_page))
    clerk.sends(f"{path}/ended", {"stop": "C", "why": ""}, status=422)
    clerk.opens("/counter/rides/phone/2", status=404)
