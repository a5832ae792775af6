"""Exceptions as a work list: taken on, noted, closed with a reason, opened again; two clerks; what solves itself."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from central.access.who import Role
from central.audit.store import newest_entries
from central.database.handling_tables import exception_acts
from central.devices.list_incident import What
from central.exceptions.handling.acts import REASONS, Act, Done, Reason, Refused, State, Wish, stands
from central.exceptions.handling.handle_exception import handle
from central.exceptions.handling.store import acts_about, how_it_is, states_at
from central.exceptions.kinds import QUARANTINED, REFUSED
from central.exceptions.place import Place, Source
from central.exceptions.store import waiting_kinds
from tests.central.exceptions_desk import NO_BOARDING, STRANGER, handed_on, rows, says, set_apart
from tests.central.office_pages import post
from tests.central.office_pages import text as text_of
from tests.central.signed_in import as_staff
from tests.central.today_events import alighted, at, boarded, door
from tests.central.today_village import Village, app_of, found

RECORD = "/exceptions/record/1"
CLERK, CASHIER = Role.CLERK, Role.CASHIER


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    """A village in which one record was not entered."""
    with found(tmp_path) as village:
        village.edition()
        village.machine()
        village.record(alighted(at(9, 5), 77), refused=NO_BOARDING)
        yield village


@pytest.fixture
def app(village: Village) -> Flask:
    return app_of(village)


@pytest.fixture
def clerk(app: Flask) -> FlaskClient:
    return as_staff(app.test_client(), CLERK)


@pytest.fixture
def cashier(app: Flask) -> FlaskClient:
    return as_staff(app.test_client(), CASHIER)


def listed(client: FlaskClient, show: str = "") -> int:
    return len(rows(client, f"/exceptions.csv?show={show}"))


def test_a_line_that_is_taken_on_says_who_has_it_and_since_when(village: Village, clerk: FlaskClient) -> None:
    assert "未対応" in says(clerk)
    village.now = at(13, 20)
    assert post(clerk, f"{RECORD}/take").status_code == HTTPStatus.SEE_OTHER
    page = says(clerk)
    assert "対応中 clerk （自分）" in page
    assert "13:20 clerk 対応を始めた took it on" in page
    assert (listed(clerk), listed(clerk, "mine"), listed(clerk, "done")) == (1, 1, 0)


def test_a_line_is_closed_with_a_reason_and_words_and_leaves_the_open_list(clerk: FlaskClient) -> None:
    post(clerk, f"{RECORD}/close", {"reason": "put-right", "note": "窓口で訂正した"})
    assert (listed(clerk), listed(clerk, "done")) == (0, 1)
    assert "いま対応する例外はありません。" in says(clerk)
    page = says(clerk, "/exceptions?show=done")
    assert "clerk 済みにした closed it ：運賃や記録を直した 窓口で訂正した" in page


def test_what_was_closed_by_mistake_is_opened_again_and_its_history_stays(clerk: FlaskClient) -> None:
    post(clerk, f"{RECORD}/close", {"reason": "checked"})
    assert post(clerk, f"{RECORD}/reopen").status_code == HTTPStatus.SEE_OTHER
    page = says(clerk)
    assert listed(clerk) == 1
    assert page.index("済みにした") < page.index("未対応に戻した")


def test_of_two_clerks_at_once_the_second_learns_who_has_it(
    village: Village, clerk: FlaskClient, cashier: FlaskClient
) -> None:
    post(clerk, f"{RECORD}/take")
    for act, data in (("take", {}), ("close", {"reason": "checked"}), ("leave", {})):
        answer = post(cashier, f"{RECORD}/{act}", data)
        assert answer.status_code == HTTPStatus.CONFLICT, act
        assert "この行は clerk さんが 12:00 から対応中です。" in text_of(answer)
    assert "対応中 clerk" in says(cashier)
    assert listed(cashier, "mine") == 0


def test_a_colleague_is_relieved_knowingly(clerk: FlaskClient, cashier: FlaskClient) -> None:
    post(clerk, f"{RECORD}/take")
    assert post(cashier, f"{RECORD}/take", {"instead_of": "clerk"}).status_code == HTTPStatus.SEE_OTHER
    assert (listed(cashier, "mine"), listed(clerk, "mine")) == (1, 0)
    # Somebody else's page, which still says that the clerk has it.
    answer = post(clerk, f"{RECORD}/take", {"instead_of": "approver"})
    assert answer.status_code == HTTPStatus.CONFLICT


def test_who_comes_after_it_was_closed_learns_by_whom(clerk: FlaskClient, cashier: FlaskClient) -> None:
    post(clerk, f"{RECORD}/close", {"reason": "checked"})
    answer = post(cashier, f"{RECORD}/close", {"reason": "checked"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "この行は clerk さんが 12:00 に済みにしました。" in text_of(answer)


def test_a_line_let_go_of_is_anybodys(clerk: FlaskClient, cashier: FlaskClient) -> None:
    post(clerk, f"{RECORD}/take")
    post(clerk, f"{RECORD}/leave")
    assert post(cashier, f"{RECORD}/take").status_code == HTTPStatus.SEE_OTHER


@pytest.mark.parametrize(
    ("act", "data"),
    [
        ("close", {}),
        ("close", {"reason": "because"}),
        ("close", {"reason": "other"}),
        ("note", {"note": "  "}),
        ("reopen", {}),
    ],
)
def test_what_lacks_a_reason_or_words_is_refused_and_changes_nothing(
    village: Village, clerk: FlaskClient, act: str, data: dict[str, str]
) -> None:
    assert post(clerk, f"{RECORD}/{act}", data).status_code == HTTPStatus.CONFLICT
    assert acts(village) == []


def test_every_reason_closes(village: Village, clerk: FlaskClient) -> None:
    for reason in REASONS:
        answer = post(clerk, f"{RECORD}/close", {"reason": reason.value, "note": "写真を見た"})
        assert answer.status_code == HTTPStatus.SEE_OTHER, reason
        post(clerk, f"{RECORD}/reopen")
    assert set(REASONS) == set(Reason)


def test_a_button_pressed_twice_is_one_act(village: Village, clerk: FlaskClient) -> None:
    for _ in range(2):
        assert post(clerk, f"{RECORD}/take").status_code == HTTPStatus.SEE_OTHER
    assert acts(village) == ["take"]


def test_every_act_stands_in_the_audit_log(village: Village, clerk: FlaskClient) -> None:
    post(clerk, f"{RECORD}/take")
    post(clerk, f"{RECORD}/close", {"reason": "other", "note": "運転日報と同じ"})
    with village.database.read() as connection:
        closed, taken = newest_entries(connection, 2, about="record:1")
    assert (taken.who, taken.what) == ("staff:clerk", "exception-take")
    assert (closed.what, closed.detail) == (
        "exception-close", '{"note":"運転日報と同じ","reason":"other"}',
    )  # fmt: skip


def test_whoever_only_reads_sees_the_list_without_buttons(app: Flask) -> None:
    reader = as_staff(app.test_client(), Role.READER)
    assert "対応する</button>" not in reader.get("/exceptions").get_data(as_text=True)
    assert post(reader, f"{RECORD}/take").status_code == HTTPStatus.FORBIDDEN


def test_an_exception_that_is_none_is_refused(village: Village, clerk: FlaskClient) -> None:
    village.record(boarded(at(10)))
    for address in ("/exceptions/record/2", "/exceptions/incident/9", f"/exceptions/quarantine/{2**70}"):
        assert post(clerk, f"{address}/take").status_code == HTTPStatus.CONFLICT, address


def test_the_file_says_who_did_what_and_when(clerk: FlaskClient) -> None:
    post(clerk, f"{RECORD}/close", {"reason": "told", "note": "電話した"})
    (row,) = rows(clerk, "/exceptions.csv?show=done")
    assert (row["状態"], row["担当"], row["状態の時刻"]) == ("済み", "clerk", "2026-10-03 12:00:00")
    assert row["経過"] == "2026-10-03 12:00:00 clerk 済みにした 本人・運転士・浴場に伝えた 電話した"


def test_what_was_closed_and_happens_again_is_open_again(village: Village, clerk: FlaskClient) -> None:
    village.incident(What.BAD_SIGNATURE)
    post(clerk, "/exceptions/incident/1/close", {"reason": "passed-on", "times": "2"})
    assert listed(clerk, "done") == 1
    with village.database.write() as connection:
        connection.execute(text("UPDATE incidents SET times = 3"))
    assert (listed(clerk), listed(clerk, "done")) == (2, 0)
    # Somebody closes what their page showed before: it has happened since.
    post(clerk, "/exceptions/incident/1/close", {"reason": "passed-on", "times": "2"})
    assert listed(clerk) == 2


def test_a_ride_that_came_in_after_all_solves_its_exception(village: Village, clerk: FlaskClient) -> None:
    village.ride(board_number=77, alight_epoch="e1", alight_number=1)
    assert (listed(clerk), listed(clerk, "done")) == (0, 1)
    page = says(clerk, "/exceptions?show=done")
    assert "自動で解決" in page
    assert "その後の記録や登録で、ひとりでに解決しました。" in page
    answer = post(clerk, f"{RECORD}/take")
    assert "ひとりでに解決しています" in text_of(answer)


def test_a_record_set_apart_is_solved_once_it_was_handed_on(village: Village, clerk: FlaskClient) -> None:
    later = village.record(boarded(at(9)))
    apart = set_apart(village, door(at(8), 1), 1)
    assert len(rows(clerk, f"/exceptions.csv?kind={QUARANTINED}")) == 1
    handed_on(village, 1, apart, later)
    assert rows(clerk, f"/exceptions.csv?kind={QUARANTINED}") == []


def test_an_unknown_machine_is_solved_once_it_is_enrolled(village: Village, clerk: FlaskClient) -> None:
    village.incident(What.UNKNOWN_DEVICE, device=STRANGER)
    assert listed(clerk) == 2
    village.machine(STRANGER)
    assert listed(clerk) == 1


def test_open_ones_are_counted_by_kind(village: Village, clerk: FlaskClient) -> None:
    for number in range(3):
        village.incident(What.DOUBLE_USE, f"{number}", when=at(9) + number)
    post(clerk, "/exceptions/incident/1/take")
    post(clerk, "/exceptions/incident/2/close", {"reason": "checked", "times": "2"})
    with village.database.read() as connection:
        waiting = {each.kind: each for each in waiting_kinds(connection)}
    assert set(waiting) == {REFUSED, What.DOUBLE_USE}
    double = waiting[What.DOUBLE_USE]
    assert (double.count, double.taken, double.since) == (2, 1, at(9))


def test_the_history_cannot_be_changed(village: Village, clerk: FlaskClient) -> None:
    post(clerk, f"{RECORD}/take")
    for statement in ("UPDATE exception_acts SET who = 'x'", "DELETE FROM exception_acts"):
        with (
            pytest.raises(Exception, match="append-only"),
            village.database.write() as connection,
        ):
            connection.execute(text(statement))


WISHES = st.lists(
    st.tuples(st.sampled_from(Act), st.sampled_from(["a", "b"]), st.integers(1, 3), st.booleans()),
    max_size=12,
)


@given(WISHES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lists_and_lines_say_the_same_of_how_it_stands(
    tmp_path_factory: pytest.TempPathFactory, wishes: list[tuple[Act, str, int, bool]]
) -> None:
    """What SQL counts is what the rules say, after whatever two people did; and one holds it at a time."""
    place = Place(Source.INCIDENTS, 1)
    with found(tmp_path_factory.mktemp("v")) as village:
        village.machine()
        village.incident(What.CONFLICT)
        for act, who, times, is_relief in wishes:
            wish = Wish(act, who, times, "checked", "n", "ab".replace(who, "") if is_relief else "")
            with village.database.write() as connection:
                before = holder(connection, place)
                done = handle(connection, place, wish, at(9))
                if before not in ("", who) and act in (Act.CLOSE, Act.LEAVE):
                    assert isinstance(done, Refused)
                found_times, solved = how_it_is(connection, place) or (0, False)
                told = acts_about(connection, [place])[place]
                assert states_at(connection, [place])[place] is stands(told, found_times, solved=solved)[0]


def holder(connection: object, place: Place) -> str:
    state, by = stands(acts_about(connection, [place])[place], 2, solved=False)  # type: ignore[arg-type]
    return by.who if state is State.TAKEN and isinstance(by, Done) else ""


def acts(village: Village) -> list[str]:
    with village.database.read() as connection:
        return list(connection.scalars(select(exception_acts.c.act).order_by(exception_acts.c.id)))
