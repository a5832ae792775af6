"""What a programme gives on a day goes by its terms of that day, in whatever order they were said."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.devices.data_folder import Office
from central.japan import day_of, seconds_of
from central.points.grant_points import NotGiven, grant_points
from central.points.store import Grant
from central.programmes.keep_programmes import (
    Difference,
    ProgrammeWanted,
    Why,
    add_programme,
    approve_budget,
    change_programme,
    find_programme,
    withdraw_change,
)
from central.programmes.store import changes
from central.wallets.charge_member import open_member
from rules.ledger.expiry import MonthsFromGrant
from rules.ledger.lots import Origin
from rules.ledger.programmes import LegalClass, Programme
from tests.central.office import NOW

TODAY = day_of(NOW)
NEW = count()
DAYS = 8


def programme(legal: LegalClass = LegalClass.GIVEN) -> Programme:
    """One that no example has used."""
    name = f"p{next(NEW)}"
    return Programme(
        name, "湯", "Bath", "village", legal, Origin.FREE, expiry=MonthsFromGrant(6), cap_per_day=50
    )


def wanted(name: str, days: int, **fields: object) -> ProgrammeWanted:
    return ProgrammeWanted(name, fields, TODAY + timedelta(days=days), "佐藤", "要望")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(
        st.tuples(
            st.integers(1, DAYS), st.sampled_from(("cap_per_day", "cap_per_person")), st.integers(1, 90)
        ),
        max_size=6,
        unique_by=lambda each: each[:2],
    ),
    data=st.data(),
)
def test_what_is_given_on_a_day_goes_by_the_cap_in_force_whatever_the_order_of_entry(
    office: Office, said: list[tuple[int, str, int]], data: st.DataObject
) -> None:
    its = programme()
    gone = data.draw(st.sets(st.sampled_from(range(len(said))))) if said else set()
    with office.database.write() as connection:
        add_programme(connection, its, "yuki", NOW)
        approve_budget(connection, its.id, 10**6, its.id, "yuki", NOW)
        for day, field, value in said:
            change_programme(connection, wanted(its.id, day, **{field: value}), NOW)
        rows = [each for each in changes(connection, its.id) if each.what == "changed"]
        for place in gone & set(range(len(rows))):
            assert withdraw_change(connection, rows[place].id, "佐藤", "中止", NOW) is None
        rows = [each for each in changes(connection, its.id) if each.what == "changed" and not each.withdrawn]
        for day in range(DAYS + 1):
            on = TODAY + timedelta(days=day)
            caps = {"cap_per_day": 50, "cap_per_person": 10**9}
            for row in sorted(rows, key=lambda each: each.from_day):
                if row.from_day <= on.isoformat():
                    caps |= json.loads(row.content)
            member, at = f"{its.id}-{day}", seconds_of(on)[0]
            open_member(connection, member)
            most = min(caps.values())
            over = grant_points(connection, its.id, member, most + 1, "test", f"{member}-over", at)
            assert over in (NotGiven.CAP_PER_DAY, NotGiven.CAP_PER_PERSON)
            assert isinstance(grant_points(connection, its.id, member, most, "test", member, at), Grant)


def test_a_change_entered_later_for_an_earlier_day_leaves_what_is_planned_after_it(office: Office) -> None:
    its = programme()
    with office.database.write() as connection:
        add_programme(connection, its, "yuki", NOW)
        change_programme(connection, wanted(its.id, 9, cap_per_day=80), NOW)
        found = change_programme(connection, wanted(its.id, 4, title_ja="湯めぐり", cap_per_day=60), NOW)
        assert isinstance(found, Difference)
        assert found.until == {"cap_per_day": TODAY + timedelta(days=9)}
        kept = [find_programme(connection, its.id, TODAY + timedelta(days=day)) for day in (3, 4, 9)]
    assert [(each.programme.title_ja, each.programme.cap_per_day) for each in kept if each] == [
        ("湯", 50), ("湯めぐり", 60), ("湯めぐり", 80),
    ]  # fmt: skip


def test_what_is_exempt_because_it_is_short_is_prolonged_on_no_day_in_any_order(office: Office) -> None:
    its = programme(LegalClass.SIX_MONTHS)
    months = [{"rule": "months-from-grant", "months": each} for each in (3, 4, 5)]
    with office.database.write() as connection:
        add_programme(connection, its, "yuki", NOW)
        assert isinstance(change_programme(connection, wanted(its.id, 9, expiry=months[1]), NOW), Difference)
        assert change_programme(connection, wanted(its.id, 4, expiry=months[0]), NOW) is Why.PROLONGED
        assert isinstance(change_programme(connection, wanted(its.id, 4, expiry=months[2]), NOW), Difference)
        assert change_programme(connection, wanted(its.id, 12, expiry=months[2]), NOW) is Why.PROLONGED


@pytest.mark.parametrize("days", [-1, 0])
def test_a_day_that_has_begun_stays_as_it_was(office: Office, days: int) -> None:
    its = programme()
    with office.database.write() as connection:
        add_programme(connection, its, "yuki", NOW)
        assert change_programme(connection, wanted(its.id, days, cap_per_day=9), NOW) is Why.NOT_AHEAD
        change_programme(connection, wanted(its.id, 1, cap_per_day=9), NOW)
        number = changes(connection, its.id)[-1].id
        assert withdraw_change(connection, number, "佐藤", "中止", NOW + 86_400) is Why.BEGUN
