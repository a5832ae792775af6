"""設定: the office changes its rules on pages, sees the difference first, and takes back what has not begun."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from central.access.who import Role
from central.audit.store import last_entry
from central.charging.switch import is_on
from central.japan import day_of, seconds_of
from central.office_rules import store
from central.office_rules.definitions import RULES
from central.office_rules.in_force import rule_in_force
from central.set_up.rules.words import CHANGED, CONFIRM, NO_DAY, NO_NUMBER, NOT_SET
from tests.central.office_pages import field, post, says, text
from tests.central.signed_in import as_staff
from tests.central.today_village import Village, app_of, found

MOST = "/set-up/rules/charging.most_yen"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as made:
        yield made


@pytest.fixture
def client(village: Village) -> FlaskClient:
    return app_of(village).test_client()


def wish(village: Village, value: str = "30000", days: int = 1, **more: str) -> dict[str, str]:
    day = day_of(village.now) + timedelta(days=days)
    return {"value": value, "from_day": day.isoformat(), "why": "要望", **more}


def save(client: FlaskClient, form: dict[str, str], page: str = MOST) -> TestResponse:
    """As after a look: the page's own version goes along."""
    return post(client, page, form | {"version": field(post(client, f"{page}/look", form), "version")})


def holds(village: Village, days: int = 1, name: str = "charging.most_yen") -> int:
    with village.database.read() as connection:
        return rule_in_force(connection, name, day_of(village.now) + timedelta(days=days))


def test_the_index_leads_to_everything_that_is_there_and_may_be_opened(
    village: Village, client: FlaskClient
) -> None:
    said = says(client, "/set-up")
    for name in ("決まり", "カードチャージ", "キオスク", "路線と運賃", "レジの設定", "監査記録"):
        assert name in said
    assert "予定されている変更はありません" in said
    assert "監査記録" not in says(as_staff(client, Role.CLERK), "/set-up")


def test_every_rule_stands_on_the_page_with_what_holds_now(client: FlaskClient) -> None:
    said = says(client, "/set-up/rules")
    for rule in RULES:
        assert rule.words[0] in said
    assert "20,000円" in said
    assert "17時" in said


def test_a_change_is_shown_first_and_holds_from_its_day(village: Village, client: FlaskClient) -> None:
    form = wish(village, "15,000")
    shown = text(post(client, f"{MOST}/look", form))
    assert "こう変わります" in shown
    assert "20,000円 → 15,000円" in shown
    assert holds(village) == 20_000
    assert save(client, form).status_code == HTTPStatus.SEE_OTHER
    assert (holds(village, 0), holds(village)) == (20_000, 15_000)
    assert "15,000円" in says(client, "/set-up")


def test_what_lets_more_happen_is_confirmed_with_the_difference_in_view(
    village: Village, client: FlaskClient
) -> None:
    refused = save(client, wish(village, "30000"))
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert CONFIRM.partition(" / ")[0] in text(refused)
    assert "20,000円 → 30,000円" in text(refused)
    assert holds(village) == 20_000
    assert save(client, wish(village, "30000", seen="1")).status_code == HTTPStatus.SEE_OTHER
    assert holds(village) == 30_000


@pytest.mark.parametrize(("name", "before"), [("charging.most_yen", 20_000), ("counter.most_yen", 50_000)])
def test_who_when_why_and_what_was_before_stand_in_the_history_and_the_audit_log(
    village: Village, client: FlaskClient, name: str, before: int
) -> None:
    page = f"/set-up/rules/{name}"
    save(client, wish(village, "15000"), page)
    said = says(client, page)
    for word in ("予定", "要望", "administrator", f"{before:,}円", "15,000円"):
        assert word in said
    with village.database.read() as connection:
        entry = last_entry(connection)
    assert entry is not None
    assert (entry.who, entry.what, entry.about) == (
        "staff:administrator",
        "rule-set",
        f"rule:{name}",
    )
    assert f'"before":{before}' in entry.detail
    assert '"value":15000' in entry.detail


def test_what_has_not_begun_is_withdrawn_and_what_has_is_not(village: Village, client: FlaskClient) -> None:
    save(client, wish(village, "15000"))
    with village.database.read() as connection:
        (change,) = store.changes(connection)
    path = f"/set-up/changes/{change.id}/withdraw"
    begun, _ = seconds_of(day_of(village.now) + timedelta(days=1))
    before, village.now = village.now, begun
    late = post(client, path, {"why": "まちがい"})
    assert late.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "もう始まっています" in text(late)
    village.now = before
    assert "理由を200字まで" in text(post(client, path))
    assert post(client, path, {"why": "まちがい"}).status_code == HTTPStatus.SEE_OTHER
    assert holds(village) == 20_000
    assert "まちがい" in says(client, MOST)
    with village.database.read() as connection:
        entry = last_entry(connection)
    assert entry is not None
    assert entry.what == "rule-withdrawn"


def test_a_change_sent_twice_or_from_an_old_page_is_made_once(village: Village, client: FlaskClient) -> None:
    form = wish(village, "15000") | {
        "version": field(post(client, f"{MOST}/look", wish(village, "15000")), "version")
    }
    assert post(client, MOST, form).status_code == HTTPStatus.SEE_OTHER
    again = post(client, MOST, form)
    assert again.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert CHANGED.partition(" / ")[0] in text(again)
    with village.database.read() as connection:
        assert len(store.changes(connection)) == 1


def test_only_administrators_change_and_everybody_who_works_here_looks(
    village: Village, client: FlaskClient
) -> None:
    form = wish(village, "15000")
    as_staff(client, Role.APPROVER)
    said = says(client, MOST)
    assert "変わるところを見る" not in said
    assert "はじめの値のまま" in said
    assert post(client, f"{MOST}/look", form).status_code == HTTPStatus.FORBIDDEN
    assert post(client, MOST, form).status_code == HTTPStatus.FORBIDDEN


def test_charging_by_card_is_stopped_and_taken_up_at_once_with_a_reason(
    village: Village, client: FlaskClient
) -> None:
    as_staff(client, Role.APPROVER)
    assert "理由を200字まで" in text(post(client, "/set-up/charging/off"))
    assert "受け付け中" in says(client, "/set-up/rules")
    assert post(client, "/set-up/charging/off", {"why": "不正利用"}).status_code == HTTPStatus.SEE_OTHER
    assert "approver: 不正利用" in says(client, "/set-up/rules")
    with village.database.read() as connection:
        assert not is_on(connection)
        entry = last_entry(connection)
    assert entry is not None
    assert (entry.who, entry.what) == ("staff:approver", "charging-off")
    assert post(client, "/set-up/charging/on", {"why": "おわり"}).status_code == HTTPStatus.SEE_OTHER
    as_staff(client, Role.CASHIER)
    assert post(client, "/set-up/charging/off", {"why": "x"}).status_code == HTTPStatus.FORBIDDEN


def test_a_rule_that_there_is_not_is_no_page(client: FlaskClient) -> None:
    assert client.get("/set-up/rules/nothing").status_code == HTTPStatus.NOT_FOUND
    assert post(client, "/set-up/rules/nothing/look").status_code == HTTPStatus.NOT_FOUND
    assert post(client, "/set-up/changes/7/withdraw", {"why": "x"}).status_code == HTTPStatus.NOT_FOUND


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Village, FlaskClient]]:
    with found(tmp_path_factory.mktemp("fuzzed")) as village:
        app = app_of(village)
        app.testing = True
        yield village, app.test_client()


REFUSALS = [each.partition(" / ")[0] for each in (*NOT_SET.values(), NO_DAY, NO_NUMBER, CHANGED, CONFIRM)]
typed = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["", "0", "-1", "1e5", "９００", "9" * 40, "\0", "2026-02-30", "2999-01-01", "０"]),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    form=st.dictionaries(st.sampled_from(["value", "from_day", "why", "version", "seen"]), typed),
    where=st.sampled_from(["", "/look"]),
    rule=st.sampled_from([each.name for each in RULES]),
)
def test_whatever_a_form_says_it_is_refused_by_name_or_done(
    fuzzed: tuple[Village, FlaskClient], form: dict[str, str], where: str, rule: str
) -> None:
    _, client = fuzzed
    answer = post(client, f"/set-up/rules/{rule}{where}", form)
    if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        assert any(each in text(answer) for each in REFUSALS)
    else:
        assert answer.status_code in (HTTPStatus.OK, HTTPStatus.SEE_OTHER)
