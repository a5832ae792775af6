"""A bath's code becomes points once: whoever opens it, whenever, and whatever the kiosk's clock and power do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from central.devices.data_folder import Office
from central.devices.register_device import revoke_device
from central.kiosks.claim_code import Claimed, claim_code
from central.kiosks.store import put_kiosk
from central.kiosks.weigh_claim import NotClaimed
from central.members.store import Standing, put_standing
from rules.instant import ClockQuality
from rules.passes.point_code import make
from tests.central.kiosk_bench import (
    ADULT,
    DAY_S,
    HOUR_S,
    KIOSK,
    MEMBERS,
    Bath,
    bath_office,
    claim,
    deliver,
    listed,
    points,
    state,
    told,
)
from tests.central.office import NOW, card, refusals
from tests.central.points_desk import BATH, pay


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with bath_office(tmp_path) as made:
        yield made


@pytest.fixture
def bath() -> Bath:
    return Bath()


def test_one_tap_and_the_points_are_there_also_before_the_kiosk_has_told(office: Office, bath: Bath) -> None:
    text = bath.offer(0)
    assert state(office, text, "m1") == "given"
    assert points(office) == {"m1": 50}
    deliver(office, bath)
    assert points(office) == {"m1": 50}
    assert listed(office.database) == []


def test_asked_again_it_is_the_same_answer_and_nothing_more(office: Office, bath: Bath) -> None:
    text = bath.offer(0, count=3)
    assert {state(office, text, "m1", second) for second in (10, 20, 2 * DAY_S)} == {"given"}
    assert points(office) == {"m1": 50}
    assert told(office) == [(1, 2)]


def test_a_familys_code_has_a_place_for_each_and_no_more(office: Office, bath: Bath) -> None:
    text = bath.offer(0, count=2)
    assert [state(office, text, member) for member in MEMBERS] == ["given", "given", *["point-used"] * 2]
    assert points(office) == {"m1": 50, "m2": 50}
    assert told(office) == [(1, 1), (1, 0)]
    assert [what for what, _ in listed(office.database)] == ["code-again"]


def test_of_two_phones_at_the_same_moment_one_gets_the_points(office: Office, bath: Bath) -> None:
    texts = [bath.offer(second) for second in range(10)]
    answers: dict[str, list[object]] = {text: [] for text in texts}
    gate = threading.Barrier(2)

    def phone(member: str) -> None:
        for text in texts:
            gate.wait()
            with office.database.write() as connection:
                answers[text].append(claim_code(connection, text, member, NOW + 60))

    phones = [threading.Thread(target=phone, args=(member,)) for member in ("m1", "m2")]
    for each in phones:
        each.start()
    for each in phones:
        each.join()
    for pair in answers.values():
        assert sorted(isinstance(answer, Claimed) for answer in pair) == [False, True]
        assert NotClaimed.USED in pair
    assert sum(points(office).values()) == 10 * 50


def test_photographed_and_claimed_later_it_has_run_out(office: Office, bath: Bath) -> None:
    text = bath.offer(0)
    assert state(office, text, "m1", DAY_S + 1) == "point-expired"
    assert state(office, text, "m1", DAY_S) == "given"


def test_what_nobody_has_signed_is_no_code(office: Office, bath: Bath) -> None:
    code = bath.made[-1] if bath.offer(0) else None
    assert code is not None
    forged = make(code, Bath(secret=8)._key)
    assert [state(office, text, "m1") for text in ("", "!!", forged, forged[:-2])] == ["point-strange"] * 4
    assert state(office, make(replace(code, kiosk=8), bath._key), "m1") == "point-kiosk"
    assert points(office) == {}


def test_a_revoked_kiosk_gives_nothing(office: Office, bath: Bath) -> None:
    text = bath.offer(0)
    with office.database.write() as connection:
        assert revoke_device(connection, bath.device)
    assert state(office, text, "m1") == "point-kiosk"


def test_only_points_of_a_configured_visit_are_given(office: Office, bath: Bath) -> None:
    text = bath.offer(0, visit=replace(ADULT, points=5_000))
    assert state(office, text, "m1") == "point-visit"
    assert [what for what, _ in listed(office.database)] == ["code-odd"]
    assert points(office) == {}


def test_a_stopped_account_gets_nothing(office: Office, bath: Bath) -> None:
    text = bath.offer(0)
    with office.database.write() as connection:
        put_standing(connection, "m1", Standing.BLOCKED, "lost", "yuki", NOW)
    assert state(office, text, "m1") == "stopped"


def test_the_kiosks_cap_holds_for_a_day_and_the_code_is_good_the_next(office: Office, bath: Bath) -> None:
    with office.database.write() as connection:
        put_kiosk(connection, replace(KIOSK, cap_per_day=120), "yuki", NOW)
    texts = [bath.offer(second) for second in range(3)]
    said = [state(office, text, member) for text, member in zip(texts, MEMBERS, strict=False)]
    assert said == ["given", "given", "point-cap-kiosk"]
    assert state(office, texts[2], "m3", DAY_S - HOUR_S) == "given"


def test_who_comes_after_one_that_waits_waits_too_where_there_is_room_for_one(
    office: Office, bath: Bath
) -> None:
    with office.database.write() as connection:
        put_kiosk(connection, replace(KIOSK, cap_per_day=60), "yuki", NOW)
    bath.clock = ClockQuality.SAVED
    first = bath.offer(0)
    bath.learn_time(10)
    second = bath.offer(20)
    assert [state(office, first, "m1"), state(office, second, "m2")] == ["pending", "pending"]
    deliver(office, bath)
    assert points(office) == {"m1": 50}
    assert state(office, second, "m2") == "point-cap-kiosk"


def test_the_programmes_cap_holds_for_a_member(tmp_path: Path, bath: Bath) -> None:
    with bath_office(tmp_path, programme=replace(BATH, cap_per_day=50)) as office:
        first, second = bath.offer(0), bath.offer(5)
        assert state(office, first, "m1") == "given"
        assert state(office, second, "m1") == "point-cap-member"
        assert state(office, second, "m2") == "given"


# Clocks and power


def test_made_while_the_clock_was_two_hours_wrong_it_waits_for_its_record(office: Office, bath: Bath) -> None:
    bath.clock, bath.off = ClockQuality.SAVED, -2 * HOUR_S
    bath.start()
    text = bath.offer(10)
    assert state(office, text, "m1", 20) == "pending"
    assert points(office) == {}
    deliver(office, bath)
    assert state(office, text, "m1", 30) == "pending"
    bath.learn_time(600)
    deliver(office, bath, 3)
    assert state(office, text, "m1", 700) == "given"
    assert points(office) == {"m1": 50}
    assert told(office) == [(1, 0)]


def test_a_clock_that_was_believed_and_two_hours_ahead_waits_and_is_listed(
    office: Office, bath: Bath
) -> None:
    bath.off = 2 * HOUR_S
    text = bath.offer(0)
    assert state(office, text, "m1", 20) == "pending"
    deliver(office, bath, second=30)
    assert points(office) == {"m1": 50}
    assert [what for what, _ in listed(office.database)] == ["code-odd"]


def test_a_clock_that_was_believed_and_two_hours_behind_gives_at_once(office: Office, bath: Bath) -> None:
    bath.off = -2 * HOUR_S
    assert state(office, bath.offer(0), "m1", 20) == "given"


def test_made_before_a_power_cut_and_claimed_after(office: Office, bath: Bath) -> None:
    text = bath.offer(0)
    bath.start(900, boot="second")
    assert state(office, text, "m1", 1000) == "given"
    deliver(office, bath)
    assert points(office) == {"m1": 50}


def test_made_without_a_clock_before_a_power_cut_its_record_has_to_do(office: Office, bath: Bath) -> None:
    bath.clock, bath.off = ClockQuality.FLOOR, -40 * 365 * DAY_S
    text = bath.offer(0)
    assert state(office, text, "m1", 100) == "pending"
    bath.start(0, boot="second")
    deliver(office, bath)
    assert points(office) == {"m1": 50}


def test_made_without_a_clock_and_claimed_days_later_it_has_run_out(office: Office, bath: Bath) -> None:
    bath.clock, bath.off = ClockQuality.FLOOR, -40 * 365 * DAY_S
    text = bath.offer(0)
    bath.learn_time(600)
    deliver(office, bath)
    assert state(office, text, "m1", 3 * DAY_S) == "point-expired"


def test_what_waited_for_its_record_in_vain_is_refused_and_its_place_is_free(
    office: Office, bath: Bath
) -> None:
    bath.clock, bath.off = ClockQuality.FLOOR, 0
    text = bath.offer(0)
    assert state(office, text, "m1", 2 * DAY_S) == "pending"
    bath.learn_time(600)
    deliver(office, bath)
    assert state(office, text, "m1", 2 * DAY_S + 5) == "point-expired"
    assert points(office) == {}
    assert told(office) == [(1, 0), (1, 1)]


def test_an_odd_hour_waits_for_its_record(office: Office, bath: Bath) -> None:
    opens = (NOW + 9 * HOUR_S) % DAY_S // 60 - 60
    with office.database.write() as connection:
        changed = replace(KIOSK, opens=opens, closes=opens + 10)
        put_kiosk(connection, changed, "yuki", NOW)
    text = bath.offer(0)
    assert state(office, text, "m1") == "pending"
    deliver(office, bath)
    assert points(office) == {"m1": 50}
    assert listed(office.database)[0][0] == "code-odd"


# Undone


def test_a_code_taken_back_gives_nothing_any_more(office: Office, bath: Bath) -> None:
    text = bath.offer(0)
    bath.undo(5)
    deliver(office, bath)
    assert state(office, text, "m1") == "point-undone"


def test_a_code_taken_back_after_its_claim_is_a_case_and_the_points_go_back(
    office: Office, bath: Bath
) -> None:
    text = bath.offer(0)
    assert state(office, text, "m1") == "given"
    bath.undo(100)
    deliver(office, bath)
    assert points(office) == {}
    ((what, detail),) = listed(office.database)
    assert (what, "m1 50 引き戻し" in detail) == ("code-undone", True)
    assert state(office, text, "m1") == "point-undone"


def test_points_that_are_used_stay_and_the_case_says_so(office: Office, bath: Bath) -> None:
    text = bath.offer(0)
    assert state(office, text, "m1") == "given"
    with office.database.write() as connection:
        pay(connection, "p", 10, NOW + 90, "m1")
    bath.undo(100)
    deliver(office, bath)
    assert points(office) == {"m1": 40}
    assert "使用ずみ" in listed(office.database)[0][1]


def test_after_an_undo_the_right_code_is_within_the_days_cap(tmp_path: Path, bath: Bath) -> None:
    with bath_office(tmp_path, programme=replace(BATH, cap_per_day=50)) as office:
        assert state(office, bath.offer(0), "m1") == "given"
        bath.undo(5)
        deliver(office, bath)
        assert state(office, bath.offer(10), "m1") == "given"
        assert points(office) == {"m1": 50}


# The kiosk's records


def test_a_gap_in_the_numbers_and_a_number_used_again_are_listed(office: Office, bath: Bath) -> None:
    bath.offer(0)
    bath.numbers = 4
    bath.offer(10)
    bath.numbers = 1
    bath.offer(20)
    deliver(office, bath)
    assert [(what, detail.split(":")[0].split(" ")[0]) for what, detail in listed(office.database)] == [
        ("code-gap", "2–4"),
        ("code-gap", "2"),
    ]


def test_a_number_used_again_by_an_older_card_is_another_code(office: Office, bath: Bath) -> None:
    first = bath.offer(0)
    bath.numbers = 0
    second = bath.offer(50)
    assert [state(office, text, "m1") for text in (first, second)] == ["given", "given"]
    assert points(office) == {"m1": 100}


def test_a_guests_card_gives_its_member_the_points_once(office: Office, bath: Bath) -> None:
    pass_id = card(office, "m2", 0)
    bath.card(0, pass_id)
    deliver(office, bath)
    deliver(office, bath)
    assert points(office) == {"m2": 50}
    assert told(office) == []


def test_a_card_over_the_cap_and_one_for_no_visit_are_records_not_entered(tmp_path: Path, bath: Bath) -> None:
    with bath_office(tmp_path, programme=replace(BATH, cap_per_day=50)) as office:
        pass_id = card(office, "m2", 0)
        bath.card(0, pass_id)
        bath.card(10, pass_id)
        bath.card(20, pass_id, replace(ADULT, points=51))
        deliver(office, bath)
        assert points(office) == {"m2": 50}
        with office.database.read() as connection:
            assert sorted(refusals(connection)) == [2, 3]


def test_a_strange_card_is_listed(office: Office, bath: Bath) -> None:
    bath.card(0, "00000000000000ff")
    deliver(office, bath)
    assert listed(office.database)[0][0] == "card-strange"


def test_a_claim_that_is_refused_leaves_no_row(office: Office, bath: Bath) -> None:
    text = bath.offer(0)
    claim(office, text, "m1", 2 * DAY_S)
    assert told(office) == []
    assert state(office, text, "m1") == "given"
