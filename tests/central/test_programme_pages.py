"""ポイントの制度: added, changed with the difference in view, given a budget once, closed; all with who and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from central.access.who import Role
from central.audit.store import last_entry
from central.japan import LAST_DAY, day_of
from central.programmes import store
from central.programmes.keep_programmes import find_programme
from central.set_up.programmes import words
from tests.central.office_pages import field, post, says, text
from tests.central.signed_in import as_staff
from tests.central.today_events import at
from tests.central.today_village import Village, app_of, found

TODAY = day_of(at(12))
FIRST = TODAY + timedelta(days=3)
SOON = FIRST.isoformat()
PAGE = "/set-up/programmes"
BATH = {
    "id": "bath", "title_ja": "湯めぐり", "title_en": "Baths", "issuer": "大蔵村", "legal": "given", "origin": "free",
    "expiry": "months-from-grant", "months": "6", "starts": "", "ends": "", "cap_per_person": "", "cap_per_day": "200",
    "budget": "1,000,000", "why": "議決",
}  # fmt: skip


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as made:
        yield made


@pytest.fixture
def client(village: Village) -> FlaskClient:
    made = app_of(village).test_client()
    assert post(made, PAGE, BATH).status_code == HTTPStatus.SEE_OTHER
    return made


def change(client: FlaskClient, **more: str) -> TestResponse:
    form = BATH | {"why": "要望", "from_day": SOON} | more
    version = field(post(client, f"{PAGE}/bath/look", form), "version")
    return post(client, f"{PAGE}/bath/change", form | {"version": version})


def cap(village: Village, day: date) -> int | None:
    with village.database.read() as connection:
        kept = find_programme(connection, "bath", day)
    assert kept is not None
    return kept.programme.cap_per_day


def test_a_programme_is_added_with_all_that_the_law_asks_and_listed(
    village: Village, client: FlaskClient
) -> None:
    said = says(client, PAGE)
    assert "湯めぐり" in said
    assert "付与から何か月 6" in said
    again = post(client, PAGE, BATH)
    assert again.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "もうあります" in text(again)
    with village.database.read() as connection:
        entry = last_entry(connection)
    assert entry is not None
    assert (entry.who, entry.what) == ("staff:administrator", "programme-added")


def test_a_change_is_shown_first_and_a_raised_cap_is_confirmed(village: Village, client: FlaskClient) -> None:
    assert "200 → 300" in text(
        post(client, f"{PAGE}/bath/look", BATH | {"cap_per_day": "300", "from_day": SOON})
    )
    refused = change(client, cap_per_day="300")
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert words.NOT_SEEN.partition(" / ")[0] in text(refused)
    assert cap(village, FIRST) == 200
    assert change(client, cap_per_day="300", seen="1").status_code == HTTPStatus.SEE_OTHER
    later = FIRST + timedelta(days=9)
    assert change(client, cap_per_day="100", from_day=later.isoformat()).status_code == HTTPStatus.SEE_OTHER
    days = (FIRST - timedelta(days=1), FIRST, later - timedelta(days=1), later)
    assert [cap(village, day) for day in days] == [200, 300, 300, 100]
    said = says(client, f"{PAGE}/bath")
    assert "300 → 100" in said
    assert "要望" in said


def test_a_change_that_has_not_begun_is_withdrawn_and_one_that_contradicts_says_so(
    village: Village, client: FlaskClient
) -> None:
    assert change(client, starts="2030-01-01").status_code == HTTPStatus.SEE_OTHER
    wrong = BATH | {"from_day": SOON, "starts": "2030-01-01", "ends": "2029-12-31"}
    assert "ends" in text(post(client, f"{PAGE}/bath/look", wrong))
    number = re.findall(r"changes/(\d+)/withdraw", client.get(f"{PAGE}/bath").text)[0]
    way = f"{PAGE}/changes/{number}/withdraw"
    assert "理由を200字まで" in text(post(client, way, {"why": " "}))
    assert post(client, way, {"why": "中止"}).status_code == HTTPStatus.SEE_OTHER
    assert "もう取り消されています" in text(post(client, way, {"why": "中止"}))
    assert "中止" in says(client, f"{PAGE}/bath")
    assert post(client, f"{PAGE}/changes/999/withdraw", {"why": "x"}).status_code == HTTPStatus.NOT_FOUND
    with village.database.read() as connection:
        kept = find_programme(connection, "bath", LAST_DAY)
        entry = last_entry(connection)
    assert kept is not None
    assert kept.programme.starts is None
    assert entry is not None
    assert entry.what == "programme-withdrawn"


def test_what_cannot_be_is_refused_with_what_to_mend(client: FlaskClient) -> None:
    for form, words_of_it in (
        ({"cap_per_day": "abc"}, "cap_per_day"),
        ({"months": ""}, "months"),
        ({"starts": "2027-01-02", "ends": "2027-01-01"}, "ends"),
        ({"why": " "}, "理由を200字まで"),
        ({"from_day": ""}, "日を選んでください"),
        ({"cap_per_day": "9", "from_day": TODAY.isoformat()}, "あした以降"),
        ({"cap_per_day": "9", "from_day": (TODAY + timedelta(days=800)).isoformat()}, "2年より先"),
        ({}, "変わるところがありません"),
    ):
        answer = post(client, f"{PAGE}/bath/look", BATH | {"from_day": SOON} | form)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert words_of_it in text(answer)


def test_what_is_exempt_by_six_months_is_never_prolonged(client: FlaskClient) -> None:
    short = BATH | {"id": "short", "legal": "six-months", "months": "3"}
    assert post(client, PAGE, short).status_code == HTTPStatus.SEE_OTHER
    answer = post(client, f"{PAGE}/short/look", short | {"months": "6", "from_day": SOON})
    assert "期限を延ばせません" in text(answer)


def test_a_budget_is_approved_once_for_its_reference(village: Village, client: FlaskClient) -> None:
    wish = {"amount": "５００，０００", "reference": "起案12"}
    for _ in range(2):
        assert post(client, f"{PAGE}/bath/budget", wish).status_code == HTTPStatus.SEE_OTHER
    with village.database.read() as connection:
        assert store.approved(connection, "bath") == (1, 500_000)
    more = post(client, f"{PAGE}/bath/budget", {"amount": "600000", "reference": "起案13"})
    assert "予算の上限を超えます" in text(more)
    assert "起案12" in says(client, f"{PAGE}/bath")


def test_a_budget_is_lowered_by_what_is_left_once_for_its_reference(
    village: Village, client: FlaskClient
) -> None:
    post(client, f"{PAGE}/bath/budget", {"amount": "500", "reference": "起案12"})
    less = {"amount": "200", "reference": "起案13", "which": "less"}
    for _ in range(2):
        assert post(client, f"{PAGE}/bath/budget", less).status_code == HTTPStatus.SEE_OTHER
    too_much = post(client, f"{PAGE}/bath/budget", less | {"amount": "301", "reference": "起案14"})
    assert "残っている予算より多くは" in text(too_much)
    with village.database.read() as connection:
        assert store.approved(connection, "bath") == (2, 300)


def test_a_closed_programme_is_changed_no_more(client: FlaskClient) -> None:
    assert "理由を200字まで" in text(post(client, f"{PAGE}/bath/close"))
    assert post(client, f"{PAGE}/bath/close", {"why": "終了"}).status_code == HTTPStatus.SEE_OTHER
    for what in ("look", "change"):
        assert "終わっています" in text(post(client, f"{PAGE}/bath/{what}", BATH))
    assert "終了" in says(client, PAGE)


def test_only_administrators_set_programmes(client: FlaskClient) -> None:
    as_staff(client, Role.APPROVER)
    assert "変わるところを見る" not in says(client, f"{PAGE}/bath")
    assert "新しい制度" not in says(client, PAGE)
    assert post(client, f"{PAGE}/bath/close", {"why": "x"}).status_code == HTTPStatus.FORBIDDEN


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with found(tmp_path_factory.mktemp("fuzzed")) as village:
        app = app_of(village)
        app.testing = True
        client = app.test_client()
        assert post(client, PAGE, BATH).status_code == HTTPStatus.SEE_OTHER
        yield client


REFUSALS = [
    each.partition(" / ")[0]
    for each in (
        *words.WHY.values(),
        words.NO_WHY,
        words.NOT_SEEN,
        words.NO_DAY,
        words.NO_AMOUNT,
        words.WRONG,
        words.CHANGED,
    )
]
typed = st.one_of(st.text(max_size=20), st.sampled_from(["", "0", "-1", "９", "9" * 12, "\0", "2026-02-30"]))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    form=st.dictionaries(
        st.sampled_from([*BATH, "from_day", "which", "version", "seen", "amount", "reference"]), typed
    ),
    where=st.sampled_from(["", "/bath/look", "/bath/change", "/bath/budget", "/kurapo/look"]),
    is_whole=st.booleans(),
)
def test_whatever_a_form_says_it_is_refused_by_name_or_done(
    fuzzed: FlaskClient, form: dict[str, str], where: str, is_whole: bool
) -> None:
    answer = post(fuzzed, f"{PAGE}{where}", (BATH | form) if is_whole else form)
    if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        assert any(each in text(answer) for each in REFUSALS)
    else:
        assert answer.status_code in (HTTPStatus.OK, HTTPStatus.SEE_OTHER)
