"""Staff's word on claims whose kiosk does not report, and the kiosk's record that comes after it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.devices.data_folder import Office
from central.kiosks import store
from central.kiosks.decide_claim import Decision, NotDecided, decide_claim
from central.kiosks.store import Claim, State
from rules.instant import ClockQuality
from tests.central.kiosk_bench import (
    DAY_S,
    HOUR_S,
    KIOSK,
    MEMBERS,
    Bath,
    bath_office,
    claim,
    deliver,
    points,
    state,
    told,
)
from tests.central.office import NOW
from tests.central.test_claim_properties import CLAIMS, CUTS, STEPS, Day, lived

LATER = 4 * DAY_S


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with bath_office(tmp_path) as made:
        yield made


@pytest.fixture
def bath() -> Bath:
    """A kiosk that does not know the time: its codes wait for its records."""
    bath = Bath(clock=ClockQuality.SAVED)
    bath.start()
    return bath


def waiting(office: Office) -> list[Claim]:
    with office.database.read() as connection:
        return store.pending_claims(connection)


def decide(office: Office, found: Claim, decision: Decision, second: int = DAY_S) -> Claim | NotDecided:
    with office.database.write() as connection:
        return decide_claim(connection, found.id, found.member, decision, NOW + second)


def report(office: Office, bath: Bath) -> None:
    """The kiosk speaks at last, after a power cut; and once more."""
    bath.start(2 * DAY_S, boot="last")
    deliver(office, bath, second=3 * DAY_S)
    deliver(office, bath, second=3 * DAY_S)


def test_points_given_by_staff_are_not_given_again_by_the_record(office: Office, bath: Bath) -> None:
    text = bath.offer(10)
    assert state(office, text, "m1") == "pending"
    done = decide(office, waiting(office)[0], Decision.GIVE)
    assert isinstance(done, Claim) and done.state is State.GIVEN
    assert points(office) == {"m1": 50}
    report(office, bath)
    assert state(office, text, "m1") == "given"
    assert points(office) == {"m1": 50}


def test_a_refusal_frees_the_place_and_the_record_still_brings_the_points(office: Office, bath: Bath) -> None:
    text = bath.offer(10)
    claim(office, text, "m1")
    decide(office, waiting(office)[0], Decision.REFUSE)
    assert state(office, text, "m1", HOUR_S) == "point-staff"
    assert told(office)[-1] == (1, 1)
    assert points(office) == {}
    report(office, bath)
    assert told(office)[-1] == (1, 0)
    assert points(office) == {"m1": 50}


def test_what_was_refused_may_still_be_given(office: Office, bath: Bath) -> None:
    claim(office, bath.offer(10), "m1")
    (found,) = waiting(office)
    decide(office, found, Decision.REFUSE)
    assert decide(office, found, Decision.REFUSE) is NotDecided.SETTLED
    assert isinstance(decide(office, found, Decision.GIVE), Claim)
    assert decide(office, found, Decision.GIVE) is NotDecided.SETTLED
    assert points(office) == {"m1": 50}


def test_who_came_first_is_decided_first_and_the_others_follow(office: Office, bath: Bath) -> None:
    text = bath.offer(10)
    for member in ("m1", "m2"):
        claim(office, text, member)
    first, second = waiting(office)
    assert decide(office, second, Decision.GIVE) is NotDecided.OTHERS_FIRST
    assert isinstance(decide(office, first, Decision.GIVE), Claim)
    assert decide(office, second, Decision.GIVE) is NotDecided.USED
    report(office, bath)
    assert points(office) == {"m1": 50}


def test_a_code_taken_back_after_staff_gave_it_goes_back(office: Office, bath: Bath) -> None:
    claim(office, bath.offer(10), "m1")
    decide(office, waiting(office)[0], Decision.GIVE)
    bath.undo(20)
    report(office, bath)
    assert points(office) == {}


def test_staff_cannot_give_beyond_a_cap(tmp_path: Path, bath: Bath) -> None:
    with bath_office(tmp_path, replace(KIOSK, cap_per_day=60)) as office:
        for member in ("m1", "m2"):
            claim(office, bath.offer(10), member)
        first, second = waiting(office)
        decide(office, first, Decision.GIVE)
        assert decide(office, second, Decision.GIVE) is NotDecided.CAP_OF_KIOSK
        assert points(office) == {"m1": 50}


def test_another_members_claim_under_that_number_is_not_decided(office: Office, bath: Bath) -> None:
    claim(office, bath.offer(10), "m1")
    (found,) = waiting(office)
    assert decide(office, replace(found, member="m2"), Decision.GIVE) is NotDecided.GONE
    assert decide(office, replace(found, id=99), Decision.GIVE) is NotDecided.GONE


def ended(day: Day, cuts: list[int], decisions: list[Decision | None]) -> dict[str, int]:
    """What the members have: claims and decisions come among the records, and all the rest after them, twice."""
    records, here, said = len(day.bath.records), 0, iter(decisions)
    with tempfile.TemporaryDirectory() as folder, bath_office(Path(folder)) as office:
        for (text, member, second), cut in zip(day.claims, cuts, strict=False):
            if min(cut, records) > here:
                deliver(office, day.bath, here + 1, min(cut, records), second)
                here = min(cut, records)
            claim(office, text, member, second)
            for each in waiting(office):
                decision = next(said, None)
                if decision is not None:
                    decide(office, each, decision, LATER)
        for _ in range(2):
            deliver(office, day.bath, 1, records, LATER)
        for text, member, second in day.claims:
            # Who asks again gets no more.
            before = points(office)
            if isinstance(claim(office, text, member, second), str):
                assert points(office) == before
        return points(office)


REFUSALS = st.lists(st.sampled_from([Decision.REFUSE, None]), max_size=12)
GIFTS = st.lists(st.sampled_from([Decision.GIVE, None]), max_size=12)
ANY = st.lists(st.sampled_from([Decision.GIVE, Decision.REFUSE, None]), max_size=12)


@settings(max_examples=25, deadline=None)
@given(STEPS, CLAIMS, CUTS, REFUSALS, st.booleans())
def test_a_refusal_before_the_record_changes_nothing_in_the_end(
    steps: list[tuple[str, int]],
    wanted: list[tuple[int, str, int]],
    cuts: list[int],
    refusals: list[Decision | None],
    undone: bool,
) -> None:
    day = lived(steps, wanted, undone)
    assert ended(day, sorted(cuts), refusals) == ended(day, sorted(cuts), [])


@settings(max_examples=25, deadline=None)
@given(STEPS, CLAIMS, CUTS, GIFTS)
def test_what_staff_give_takes_nothing_from_anybody(
    steps: list[tuple[str, int]],
    wanted: list[tuple[int, str, int]],
    cuts: list[int],
    gifts: list[Decision | None],
) -> None:
    day = lived(steps, wanted, undone=False)
    without = ended(day, sorted(cuts), [])
    having = ended(day, sorted(cuts), gifts)
    assert all(having.get(member, 0) >= without.get(member, 0) for member in MEMBERS)


@settings(max_examples=25, deadline=None)
@given(STEPS, CLAIMS, CUTS, ANY)
def test_whatever_staff_decide_no_place_is_given_twice(
    steps: list[tuple[str, int]],
    wanted: list[tuple[int, str, int]],
    cuts: list[int],
    decisions: list[Decision | None],
) -> None:
    day = lived(steps, wanted, undone=False)
    having = ended(day, sorted(cuts), decisions)
    assert sum(having.values()) <= sum(code.count * code.points for code in day.bath.made)
    for member, amount in having.items():
        asked = {text for text, who, _ in day.claims if who == member}
        assert amount <= 50 * len(asked)
