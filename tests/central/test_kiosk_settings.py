"""A kiosk's settings hold from a day on: a code is worth what it was worth when it was made, whenever it is claimed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central.database.tables import down_log
from central.devices.data_folder import Office
from central.japan import day_of, seconds_of
from central.kiosks.keep_kiosks import KioskWanted, NotKept, change_kiosk, withdraw_change
from central.kiosks.kiosk import Kiosk, Visit
from central.kiosks.store import kiosk_changes_of, kiosk_of
from rules.instant import ClockQuality
from rules.messages.codec import decode_entry
from rules.messages.link import KioskSet
from tests.central.kiosk_bench import (
    ADULT,
    CHILD,
    DAY_S,
    DEVICE,
    KIOSK,
    Bath,
    bath_office,
    deliver,
    listed,
    points,
    state,
)
from tests.central.office import NOW

DEAR = Visit(1, "おとな", "Adult", 80)
DEARER = replace(KIOSK, visits=(DEAR, CHILD))
TODAY = day_of(NOW)
TOMORROW = TODAY + timedelta(days=1)
MIDNIGHT = seconds_of(TOMORROW)[0] - NOW
"""Seconds from the bench's beginning to the first of tomorrow in Japan."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with bath_office(tmp_path) as made:
        yield made


@pytest.fixture
def bath() -> Bath:
    made = Bath()
    made.start()
    return made


def change(office: Office, kiosk: Kiosk = DEARER, days: int = 1, second: int = 0) -> NotKept | None:
    with office.database.write() as connection:
        wanted = KioskWanted(kiosk, TODAY + timedelta(days=days), "要望", "yuki")
        return change_kiosk(connection, wanted, NOW + second)


def told(office: Office) -> KioskSet:
    """The newest word to the kiosk."""
    with office.database.read() as connection:
        bodies = connection.execute(select(down_log.c.body).order_by(down_log.c.number)).scalars().all()
    return [entry for body in bodies if isinstance(entry := decode_entry(body), KioskSet)][-1]


def test_a_rate_counts_from_its_day_in_japan_and_not_a_second_before(office: Office, bath: Bath) -> None:
    assert change(office) is None
    before, after = bath.offer(MIDNIGHT - 1), bath.offer(MIDNIGHT, visit=DEAR)
    early = bath.offer(MIDNIGHT - 1, visit=DEAR)
    assert [state(office, text, who, MIDNIGHT + 60) for text, who in ((before, "m1"), (after, "m2"))] == [
        "given",
        "given",
    ]
    assert state(office, early, "m3", MIDNIGHT + 60) == "point-visit"
    assert points(office) == {"m1": 50, "m2": 80}


def test_a_claim_of_yesterdays_code_gets_yesterdays_points_although_it_comes_today(
    office: Office, bath: Bath
) -> None:
    assert change(office) is None
    text = bath.offer(0)
    assert state(office, text, "m1", MIDNIGHT + 3600) == "given"
    deliver(office, bath, second=MIDNIGHT + 7200)
    assert points(office) == {"m1": 50}
    assert listed(office.database) == []


def test_a_kiosk_that_was_not_told_gives_what_it_knew_and_it_is_listed(office: Office, bath: Bath) -> None:
    assert change(office) is None
    text = bath.offer(MIDNIGHT + DAY_S)
    assert state(office, text, "m1", MIDNIGHT + DAY_S + 60) == "given"
    deliver(office, bath, second=MIDNIGHT + DAY_S + 120)
    assert points(office) == {"m1": 50}
    assert [what for what, _ in listed(office.database)] == ["code-odd"]


def test_a_code_without_the_time_gets_the_points_that_it_says(office: Office, bath: Bath) -> None:
    assert change(office) is None
    bath.clock = ClockQuality.FLOOR
    old, new = bath.offer(0), bath.offer(5, visit=DEAR)
    deliver(office, bath, second=MIDNIGHT + 60)
    bath.learn_time(20)
    assert state(office, old, "m1", MIDNIGHT + 120) == "pending"
    assert state(office, new, "m2", MIDNIGHT + 120) == "pending"


def test_points_that_are_given_stay_whatever_is_set_later(office: Office, bath: Bath) -> None:
    text = bath.offer(0)
    assert state(office, text, "m1") == "given"
    assert change(office) is None
    deliver(office, bath, second=MIDNIGHT + 60)
    assert state(office, text, "m1", MIDNIGHT + 120) == "given"
    assert points(office) == {"m1": 50}


def test_the_cap_of_a_day_is_that_days(office: Office, bath: Bath) -> None:
    assert change(office, replace(KIOSK, cap_per_day=60)) is None
    first = [bath.offer(second) for second in (0, 1)]
    assert [state(office, text, who) for text, who in zip(first, ("m1", "m2"), strict=True)] == ["given"] * 2
    later = [bath.offer(MIDNIGHT + second) for second in (0, 1)]
    assert [
        state(office, text, who, MIDNIGHT + 60) for text, who in zip(later, ("m1", "m2"), strict=True)
    ] == ["given", "point-cap-kiosk"]


def test_the_kiosk_is_told_the_reading_of_a_visit(office: Office) -> None:
    tickets = Visit(5, "回数券", "Tickets", 80, "かいすうけん")
    assert change(office, replace(KIOSK, visits=(tickets, CHILD))) is None
    assert [each.kana for each in told(office).terms[0].visits] == ["かいすうけん", ""]


@pytest.mark.parametrize("kana", ["回数券", "kaisūken", "か{い", "か" * 61])
def test_a_reading_is_kana(kana: str) -> None:
    with pytest.raises(ValueError, match="kana"):
        replace(KIOSK, visits=(replace(DEAR, kana=kana),))


def test_the_kiosk_is_told_how_long_its_codes_are_good(office: Office) -> None:
    assert change(office, replace(DEARER, valid_hours=72)) is None
    assert [each.valid_hours for each in told(office).terms] == [72]


def test_the_kiosk_is_told_what_holds_and_what_comes_and_no_more_of_what_is_withdrawn(office: Office) -> None:
    assert change(office) is None
    assert [(each.from_day, each.visits[0].points) for each in told(office).terms] == [
        (TOMORROW.isoformat(), 80)
    ]
    with office.database.write() as connection:
        last = kiosk_changes_of(connection, DEVICE)[-1]
        assert withdraw_change(connection, DEVICE, last.id, "まちがい", "yuki", NOW) is None
        assert withdraw_change(connection, DEVICE, last.id, "まちがい", "yuki", NOW) is NotKept.GONE
    assert told(office).terms == []
    assert change(office) is None
    # Once it holds it is still said, beside what comes.
    assert change(office, KIOSK, days=9, second=MIDNIGHT) is None
    assert [each.visits[0].points for each in told(office).terms] == [80, 50]


@pytest.mark.parametrize(
    ("kiosk", "days", "why"),
    [
        (DEARER, 0, NotKept.NOT_AHEAD),
        (DEARER, 800, NotKept.TOO_FAR),
        (KIOSK, 1, NotKept.SAME),
        (replace(DEARER, programme="none"), 1, NotKept.NO_PROGRAMME),
        (replace(DEARER, device="kiosk-009"), 1, NotKept.UNKNOWN),
        (replace(DEARER, number=8), 1, NotKept.UNKNOWN),
    ],
)
def test_what_cannot_be_set_is_refused_by_name(office: Office, kiosk: Kiosk, days: int, why: NotKept) -> None:
    assert change(office, kiosk, days) is why
    with office.database.read() as connection:
        assert len(kiosk_changes_of(connection, DEVICE)) == 1


def test_what_has_begun_is_not_withdrawn(office: Office) -> None:
    assert change(office) is None
    with office.database.write() as connection:
        last = kiosk_changes_of(connection, DEVICE)[-1]
        its = (connection, DEVICE, last.id)
        assert withdraw_change(*its, "まちがい", "yuki", NOW + MIDNIGHT) is NotKept.BEGUN
        assert withdraw_change(*its, " ", "yuki", NOW + MIDNIGHT - 1) is NotKept.NO_WHY


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("change"), st.sampled_from([20, 50, 90]), st.integers(1, 4)),
            st.tuples(st.just("withdraw"), st.integers(1, 6), st.just(0)),
            st.tuples(st.just("wait"), st.integers(1, 2 * DAY_S), st.just(0)),
        ),
        max_size=12,
    )
)
def test_a_day_that_has_begun_has_the_same_settings_for_ever(acts: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, bath_office(Path(folder)) as office:
        now = NOW
        known: dict[date, Kiosk | None] = {}
        for what, number, days in [*acts, ("wait", 1, 0)]:
            with office.database.write() as connection:
                match what:
                    case "change":
                        kiosk = replace(KIOSK, visits=(replace(ADULT, points=number), CHILD))
                        wanted = KioskWanted(kiosk, day_of(now) + timedelta(days=days), "w", "yuki")
                        change_kiosk(connection, wanted, now)
                    case "withdraw":
                        withdraw_change(connection, DEVICE, number, "w", "yuki", now)
                    case _:
                        now += number
                for back in range((day_of(now) - TODAY).days + 1):
                    day = TODAY + timedelta(days=back)
                    found = kiosk_of(connection, DEVICE, day)
                    assert known.setdefault(day, found) == found
