"""`rides receipt`: a ride explained on the command line, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central.main import cli
from tests.central.office import EPOCH, Bus, card
from tests.central.settled_bench import off, on, settled
from tests.central.ticket_bench import BOOK, RETURN, ridden, sell, selling_office, take, wanted


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    with selling_office(tmp_path) as office:
        pass_id, bus = card(office, "m", 3_000), Bus()
        with office.database.write() as connection:
            bus.register(connection)
        sell(office, wanted(RETURN.number))
        sell(office, wanted(BOOK.number, "book"))
        ridden(bus, pass_id)
        ridden(bus, pass_id)
        ridden(bus, pass_id, adults=1, cash=200)
        boarding = bus.write(on(pass_id, 0))
        bus.write(settled(2, bus.write(off(pass_id, boarding, 4, 480))))
        boarding = bus.write(on(pass_id, 0, product=4))
        bus.write(off(pass_id, boarding, 3, 0, 120, product=4))
        bus.write(on(pass_id, 0))
        take(office, bus)
        yield tmp_path


def receipt(data: Path, number: object, *more: str) -> Result:
    asked = ["rides", "receipt", "--data", str(data), f"bus-001/{EPOCH}/{number}", *more]
    return CliRunner().invoke(cli, asked)


def test_a_trip_of_the_return_ticket_and_which_it_was(data: Path) -> None:
    for number, trip in ((1, 1), (3, 2)):
        said = receipt(data, number).output
        assert f"480円  往復券「A ⇄ E」 2回のうち{trip}回目 / return ticket, trip {trip} of 2" in said


def test_everybody_on_the_code_and_the_rights_one_after_another(data: Path) -> None:
    said = receipt(data, 5, "--json")
    found = json.loads(said.output)
    assert [line["yen"] for line in found["cost"]] == [480, 480]
    assert [(line["what"], line["yen"]) for line in found["paid"]] == [("ride-value", 760), ("cash", 200)]
    assert found["fare"] == 960


def test_what_lies_beyond_a_commuter_pass_and_a_correction_with_its_reason(data: Path) -> None:
    corrected, beyond = receipt(data, 7).output, receipt(data, 10).output
    assert "訂正 / corrected: 480円 → 240円  位置がわかったため / its stop is known better" in corrected
    assert "120円  定期券「通勤」乗越 / commuter pass, beyond its section" in beyond


@pytest.mark.parametrize(("number", "why"), [(99, "その乗車はありません"), (12, "まだ終わっていません")])
def test_a_ride_that_is_not_there_or_not_over_is_told(data: Path, number: int, why: str) -> None:
    said = receipt(data, number)
    assert said.exit_code == 1
    assert why in said.stderr


@pytest.mark.parametrize("number", ["", "x", "²", "1/2"])
def test_what_names_no_ride_is_refused_with_an_example(data: Path, number: str) -> None:
    said = receipt(data, number)
    assert said.exit_code == 2
    assert "bus-001/0123abcd/42" in said.stderr
