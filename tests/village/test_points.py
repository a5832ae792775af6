"""The model of points: what it takes for right, and that it finds what is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.village.points import MEMBER_CAP, UNHEARD, Asked, PointsModel, Row, Seen, facts_of, points_of
from tests.village.verdict import Violation

MADE = 1_790_000_000
NAME = ("bath-1", 1, MADE)
DAY = "2026-09-22"


def record(kind: str, number: int = 1, mono_s: int = 0, **more: Any) -> tuple[str, str, bytes]:
    at = {"boot": "b", "mono_ms": mono_s * 1000, "wall": MADE, "quality": 2} | more.pop("at", {})
    event = {"event": kind, "at": at, "number": number, "moment": MADE, "count": 2, "points": 20} | more
    return "bath-1", "e", json.dumps(event).encode()


OFFER = record("points-offered")


def row(member: str = "m", state: str = "given", name: tuple[str, int, int] = NAME, **more: Any) -> Row:
    fields: dict[str, Any] = {"by_card": False, "points": 20, "asked_at": MADE + 60, "day": DAY, "why": ""}
    return Row(name=name, member=member, state=state, **{**fields, **more})


def look(
    records: list[tuple[str, str, bytes]],
    rows: list[Row],
    *refused: Asked,
    listed: set[str] | None = None,
    seen: tuple[Seen, ...] = (),
) -> None:
    model = PointsModel()
    model.savers = {"m"}
    model.asked = [
        Asked(each.name, each.member, each.asked_at, "pending" if each.state == "refused" else "given")
        for each in rows
        if not each.by_card
    ]
    model.asked += refused
    model.check(records, rows, listed or set(), seen)


def test_two_places_are_two_members_and_the_third_is_refused_and_listed() -> None:
    rows = [row("m"), row("n"), row("o", "refused")]
    look([OFFER], rows, listed={f"bath-1 1 ({MADE})"})
    assert points_of(rows) == {"m": 20, "n": 20, "o": 0}
    for wrong in ([*rows[:2], row("o")], rows):
        with pytest.raises(Violation, match="I6"):
            look([OFFER], wrong)


@pytest.mark.parametrize(
    ("records", "claim"),
    [
        ([OFFER], row(state="refused")),
        ([OFFER], row(asked_at=MADE + 86_401)),
        ([OFFER], row(points=50)),
        ([OFFER, record("points-undone")], row()),
        ([OFFER], row(name=("bath-1", 2, MADE))),
    ],
    ids=["good and refused", "late and given", "another worth", "taken back and given", "never made"],
)
def test_a_claim_that_stands_as_it_must_not_is_found(
    records: list[tuple[str, str, bytes]], claim: Row
) -> None:
    with pytest.raises(Violation, match="I5"):
        look(records, [claim])


def test_a_day_has_so_much_for_a_member_and_no_more() -> None:
    often = MEMBER_CAP // 20
    names = [("bath-1", number, MADE) for number in range(1, often + 2)]
    records = [record("points-offered", number) for _, number, _ in names]
    rows = [row(name=name) for name in names]
    look(records, [*rows[:-1], replace(rows[-1], state="refused")])
    with pytest.raises(Violation, match="above a cap"):
        look(records, rows)


def test_a_refusal_without_a_reason_is_found() -> None:
    for answer in ("point-used", "point-expired", "point-undone", "point-cap-member", "point-closed"):
        with pytest.raises(Violation, match="refused for no reason"):
            look([OFFER], [], Asked(NAME, "m", MADE + 60, answer))
    look([OFFER], [row("n"), row("o")], Asked(NAME, "m", MADE + 60, "point-used"))
    look([OFFER], [], Asked(NAME, "m", MADE + 86_401, "point-expired"))


def test_a_claim_stands_though_the_phone_was_cut_off_before_the_answer_and_refused_when_it_asked_again() -> (
    None
):
    taken_back, refused = [OFFER, record("points-undone")], Asked(NAME, "m", MADE + 190, "point-undone")
    model = PointsModel()
    model.asked = [Asked(NAME, "m", MADE + 60, UNHEARD), refused]
    model.check(taken_back, [row(state="undone")], set(), [])
    model.check(taken_back, [], set(), [])
    model.asked = [refused]
    with pytest.raises(Violation, match="nobody asked"):
        model.check(taken_back, [row(state="undone")], set(), [])


def test_a_place_that_was_given_while_it_waited_is_a_reason_though_the_books_were_lost_with_it() -> None:
    model = PointsModel()
    model.asked = [Asked(NAME, name, MADE + 5, "pending") for name in "mn"]
    model.asked.append(Asked(NAME, "o", MADE + 700, "point-used"))
    model.forget(0)
    model.check([OFFER], [], set(), [])
    model.lost = model.lost[1:]
    with pytest.raises(Violation, match="refused for no reason"):
        model.check([OFFER], [], set(), [])


def test_what_was_seen_is_told_once_and_numbers_follow_one_another() -> None:
    seen = Seen("bath-1", "code", 1, MADE)
    look([OFFER, record("points-offered", 2)], [], seen=(seen,))
    for records in ([], [OFFER, record("points-offered", mono_s=9)], [OFFER, record("points-offered", 3)]):
        with pytest.raises(Violation, match=r"I[12]"):
            look(records, [], seen=(seen,))


def test_what_a_later_journal_hands_on_is_told_once_with_its_own() -> None:
    handed_on = {"event": "salvaged", "body": json.loads(OFFER[2])}
    later = ("bath-1", "a", json.dumps(handed_on).encode())
    look([later, OFFER, record("points-offered", 2)], [], seen=(Seen("bath-1", "code", 1, MADE),))


def test_a_code_made_without_the_time_is_dated_by_the_first_word_of_it() -> None:
    unknown = record("points-offered", mono_s=10, at={"quality": 0})
    anchor = record("clock-set", mono_s=70, wall=MADE + 7_060)
    assert facts_of([unknown, anchor]).offers[NAME].made_at == MADE + 7_000
    assert facts_of([unknown]).offers[NAME].made_at is None
