"""A member's phone and its passes: one rides at a time, renewed before it ends, and no yen is held twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.devices.data_folder import Office
from central.devices.down_log import page_after
from central.ledger.post_orders import holds_open
from central.ledger.verify_ledger import verify_ledger
from central.members.store import Standing, put_standing
from central.passes.deny_pass import deny_pass
from central.passes.issue_pass import Issuer
from central.passes.phones.enrol_phone import (
    RENEW_WITHIN_S,
    Enrolment,
    NotEnrolled,
    could_hold_more,
    enrol_phone,
    passes_of_phone,
    renew_phone,
)
from central.passes.phones.store import Began
from central.wallets.charge_member import charge_cash, open_member
from rules.messages.codec import decode_entry
from rules.messages.link import PassDenied, Seen
from rules.money import Yen
from rules.passes.rider_pass import IssuedPass, RiderClass
from tests.central.office import NOW

MINE, OTHER = bytes([2]) + bytes(32), bytes([3]) + bytes(32)
DAY_S = 86_400
ASKED = Enrolment("command-1", "m", RiderClass.ADULT, MINE)
REPLACES = replace(ASKED, command="command-2", public=OTHER, began=Began.REPLACED)
MORE = replace(ASKED, command="command-3", began=Began.MORE)


@pytest.fixture
def issuer(office: Office) -> Issuer:
    with office.database.write() as connection:
        open_member(connection, "m")
    drawn = iter(range(1, 256))
    return Issuer(6366, Yen(600), office.keys, lambda size: bytes([next(drawn)]) * size)


def charge(office: Office, yen: int, command: str = "c") -> None:
    with office.database.write() as connection:
        charge_cash(connection, "m", Yen(yen), command, NOW)


def ask(office: Office, issuer: Issuer, asked: Enrolment, now: int = NOW) -> list[IssuedPass] | NotEnrolled:
    with office.database.write() as connection:
        return enrol_phone(connection, issuer, asked, now)


def passes(office: Office, issuer: Issuer, asked: Enrolment, now: int = NOW) -> list[IssuedPass]:
    got = ask(office, issuer, asked, now)
    assert not isinstance(got, NotEnrolled), got
    return got


def denied(office: Office) -> set[str]:
    with office.database.read() as connection:
        page = page_after(connection, office.keys.down, "bus-001", Seen("", 0))
    entries = [decode_entry(bytes(entry)) for entry in page.entries] if page else []
    return {each.pass_id for each in entries if isinstance(each, PassDenied)}


def held(office: Office, *issued: IssuedPass) -> list[int]:
    series = [each.body.pass_id.hex() for each in issued]
    with office.database.read() as connection:
        assert verify_ledger(connection).problems == []
        found = holds_open(connection, series)
    return [found[each].amount if each in found else 0 for each in series]


def test_the_same_command_again_is_the_same_pass(office: Office, issuer: Issuer) -> None:
    charge(office, 3_000)
    assert passes(office, issuer, ASKED) == passes(office, issuer, ASKED, NOW + 60)
    assert passes(office, issuer, replace(ASKED, command="command-9")) == passes(office, issuer, ASKED)


def test_a_command_of_another_phone_or_member_is_refused(office: Office, issuer: Issuer) -> None:
    passes(office, issuer, ASKED)
    for other in (replace(ASKED, public=OTHER), replace(ASKED, member="n")):
        assert ask(office, issuer, other) is NotEnrolled.OTHER_ASKED


@given(st.integers(NOW, NOW + 7 * DAY_S))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_a_first_pass_is_good_at_once_for_six_days_and_ends_at_three(
    office: Office, issuer: Issuer, now: int
) -> None:
    with office.database.write() as connection:
        got = enrol_phone(connection, replace(issuer, random_bytes=now.to_bytes), ASKED, now)
        connection.rollback()
    assert not isinstance(got, NotEnrolled)
    (body,) = (each.body for each in got)
    assert body.valid_from <= now
    assert 6 * DAY_S <= body.valid_until - now <= 7 * DAY_S
    assert (body.valid_until + 9 * 3_600) % DAY_S == 3 * 3_600


def test_another_phone_takes_the_place_only_when_it_says_so(office: Office, issuer: Issuer) -> None:
    charge(office, 3_000)
    (old,) = passes(office, issuer, ASKED)
    assert ask(office, issuer, replace(REPLACES, began=Began.NEW)) is NotEnrolled.OTHER_PHONE
    (new,) = passes(office, issuer, REPLACES)
    assert denied(office) == {old.body.pass_id.hex()}
    assert held(office, old, new) == [0, 1_200]
    assert ask(office, issuer, replace(ASKED, command="command-8")) is NotEnrolled.OTHER_PHONE


def test_whoever_replaces_a_renewed_pass_denies_both(office: Office, issuer: Issuer) -> None:
    (old,) = passes(office, issuer, ASKED)
    late = old.body.valid_until - 3_600
    with office.database.write() as connection:
        both = renew_phone(connection, issuer, "m", 1, late)
    passes(office, issuer, REPLACES, late)
    assert denied(office) == {each.body.pass_id.hex() for each in both}


def test_nobody_replaces_again_and_again(office: Office, issuer: Issuer) -> None:
    passes(office, issuer, ASKED)
    keys = [bytes([2]) + bytes([n]) * 32 for n in range(1, 5)]
    asked = [replace(REPLACES, command=f"again-{n}", public=key) for n, key in enumerate(keys)]
    for each in asked[:3]:
        passes(office, issuer, each)
    assert ask(office, issuer, asked[3]) is NotEnrolled.TOO_OFTEN
    assert not isinstance(ask(office, issuer, asked[3], NOW + 8 * DAY_S), NotEnrolled)


@pytest.mark.parametrize("standing", [Standing.BLOCKED, Standing.CLOSED])
def test_a_stopped_member_gets_none(office: Office, issuer: Issuer, standing: Standing) -> None:
    with office.database.write() as connection:
        put_standing(connection, "m", standing, "lost", "佐藤", NOW)
    assert ask(office, issuer, ASKED) is NotEnrolled.STOPPED


def test_a_pass_is_renewed_only_when_it_ends_soon_and_once(office: Office, issuer: Issuer) -> None:
    (first,) = passes(office, issuer, ASKED)
    soon = first.body.valid_until - RENEW_WITHIN_S + 1
    with office.database.write() as connection:
        assert renew_phone(connection, issuer, "m", 1, soon - 10) == [first]
        renewed = renew_phone(connection, issuer, "m", 1, soon)
        assert renew_phone(connection, issuer, "m", 1, soon + 60) == renewed
    assert renewed[0] == first
    assert renewed[1].body.valid_from == first.body.valid_until


def test_what_was_charged_later_comes_with_another_pass(office: Office, issuer: Issuer) -> None:
    (empty,) = passes(office, issuer, ASKED)
    assert empty.body.hold == 0
    charge(office, 5_000)
    with office.database.read() as connection:
        (known,) = passes_of_phone(connection, "m", NOW)
        assert could_hold_more(connection, issuer, known, 1, NOW)
    _, more = passes(office, issuer, MORE)
    assert more.body.hold == 1_200
    assert denied(office) == set()
    assert passes(office, issuer, MORE)[-1] == more
    with office.database.read() as connection:
        assert not could_hold_more(connection, issuer, passes_of_phone(connection, "m", NOW)[-1], 1, NOW)


def test_a_pass_beside_another_holds_only_what_is_free(office: Office, issuer: Issuer) -> None:
    charge(office, 700)
    (first,) = passes(office, issuer, ASKED)
    charge(office, 800, "d")
    *_, more = passes(office, issuer, MORE)
    assert held(office, first, more) == [700, 800]
    assert (first.body.hold, more.body.hold) == (700, 800)


def test_a_phone_whose_passes_ended_begins_anew(office: Office, issuer: Issuer) -> None:
    (first,) = passes(office, issuer, ASKED)
    later = first.body.valid_until + DAY_S
    (again,) = passes(office, issuer, ASKED, later)
    assert again.body.pass_id != first.body.pass_id
    assert passes(office, issuer, replace(ASKED, command="command-7", public=OTHER), later + 8 * DAY_S)


def test_a_blocked_phone_rides_no_more_and_is_not_renewed(office: Office, issuer: Issuer) -> None:
    (only,) = passes(office, issuer, ASKED)
    pass_id = only.body.pass_id.hex()
    soon = only.body.valid_until - RENEW_WITHIN_S + 1
    with office.database.write() as connection:
        assert deny_pass(connection, pass_id, "lost", NOW) == [pass_id]
        assert renew_phone(connection, issuer, "m", 1, soon) == []
    assert passes(office, issuer, replace(REPLACES, began=Began.NEW))[0].body.public_key == OTHER
