"""F27 for points: one code claimed by two phones, one card shown to two kiosks without a network.

Whoever is heard first has the points, and whenever the kiosk's own record comes: one spend, one exception, and in all
the same points.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from central.devices.data_folder import Office
from central.devices.list_incident import What
from central.kiosks.keep_kiosks import register_kiosk
from rules.instant import ClockQuality
from tests.central.kiosk_bench import (
    ADULT,
    KIOSK,
    MEMBERS,
    Bath,
    bath_office,
    claim,
    deliver,
    listed,
    points,
)
from tests.central.office import NOW, card, incidents_listed, refusals
from tests.central.points_desk import BATH

RECORD = "record"
ONE_CODE = list(permutations([RECORD, "m1", "m2"]))
OTHER = Bath(device="kiosk-002", epoch="f" * 16, secret=8)


@pytest.mark.parametrize("clock", [ClockQuality.NETWORK, ClockQuality.FLOOR])
@pytest.mark.parametrize("order", ONE_CODE, ids="-".join)
def test_one_code_on_two_phones_is_one_spend_whenever_its_record_comes(
    tmp_path: Path, order: tuple[str, ...], clock: ClockQuality
) -> None:
    bath = Bath(clock=clock)
    bath.start()
    text = bath.offer(5)
    bath.learn_time(10)
    with bath_office(tmp_path) as office:
        for who in order:
            if who == RECORD:
                deliver(office, bath, second=60)
            else:
                claim(office, text, who)
        first = next(who for who in order if who != RECORD)
        assert points(office) == {first: ADULT.points}
        again = Counter(what for what, _ in listed(office.database))
    assert again == {What.CODE_AGAIN: 1}
    print(f"F27 points: {order}, clock {clock.name}: one spend of {ADULT.points} points, one exception")


@pytest.mark.parametrize("turn", [1, -1])
def test_one_card_at_two_kiosks_counts_as_often_as_a_day_allows(tmp_path: Path, turn: int) -> None:
    with bath_office(tmp_path, programme=replace(BATH, cap_per_day=ADULT.points)) as office:
        baths = _two_baths(office, card(office, "m1", 0))[::turn]
        for bath in baths:
            deliver(office, bath)
        assert points(office) == {"m1": ADULT.points}
        with office.database.read() as connection:
            assert len(refusals(connection)) == 1
            assert incidents_listed(connection) == {(baths[1].device, What.RECORD_REFUSED)}
    print(f"F27 points: a card at {baths[0].device} first: one spend of {ADULT.points} points, one exception")


def test_the_last_of_a_familys_places_goes_to_one_of_two(tmp_path: Path) -> None:
    bath = Bath()
    text = bath.offer(5, count=3)
    with bath_office(tmp_path) as office:
        for member in MEMBERS:
            claim(office, text, member)
        deliver(office, bath, second=60)
        assert points(office) == dict.fromkeys(MEMBERS[:3], ADULT.points)
        assert [what for what, _ in listed(office.database)] == [What.CODE_AGAIN]
    print(f"F27 points: a family's code of 3 by {len(MEMBERS)} phones: 3 spends, one exception")


def _two_baths(office: Office, pass_id: str) -> list[Bath]:
    """Both have seen the card, and nobody has heard of it."""
    baths = [Bath(), replace(OTHER, records=[])]
    kiosk = replace(KIOSK, device=OTHER.device, number=8)
    with office.database.write() as connection:
        assert register_kiosk(connection, kiosk, OTHER.public, "yuki", NOW) is None
    for bath in baths:
        bath.card(5, pass_id)
    return baths
