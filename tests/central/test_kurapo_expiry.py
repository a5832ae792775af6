"""What the office says of くらポ's expiry holds for every way in which it comes into a wallet."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.japan import day_of, seconds_of
from central.ledger.store import open_lots
from central.programmes.keep_programmes import Difference, ProgrammeWanted, change_programme
from central.rides.corrections.decide_correction import How, refund_ride
from rules.ledger.programmes import KURAPO_PAID
from tests.central.counter_bench import open_desk
from tests.central.office import NOW, Bus, card, send
from tests.central.settled_bench import off, on, ride, settled, with_line
from tests.charging.desk import new_desk

END = seconds_of(date(2027, 3, 31))[1]


def say(connection: Connection) -> None:
    expiry = {"rule": "fiscal-year-end", "months": None}
    wanted = ProgrammeWanted(KURAPO_PAID, {"expiry": expiry}, day_of(NOW), "佐藤", "議決")
    assert isinstance(change_programme(connection, wanted, NOW - 86_400), Difference)


def ends(connection: Connection) -> list[int | None]:
    return [lot.expires_at for lot in open_lots(connection, ["m"])]


def test_cash_at_the_counter(tmp_path: Path) -> None:
    with open_desk(tmp_path) as counter:
        say(counter.connection)
        counter.charge(1_000)
        assert ends(counter.connection) == [END]


def test_a_card(tmp_path: Path) -> None:
    with new_desk(tmp_path) as desk:
        with desk.database.write() as connection:
            say(connection)
        desk.paid("charge-0001")
        with desk.database.read() as connection:
            assert ends(connection) == [END]


def test_cash_given_back_for_a_ride(office: Office, bus: Bus) -> None:
    line = with_line(office)
    pass_id = card(line, "m", 1000)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 100, 380))
    bus.write(settled(2, tap))
    send(line.database, bus)
    with line.database.write() as connection:
        say(connection)
        assert refund_ride(connection, int(ride(line).id), 240, 0, How.ACCOUNT, NOW) is None
        assert END in ends(connection)
