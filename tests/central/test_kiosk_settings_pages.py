"""キオスクの設定: the office sets what a kiosk gives on a page, sees the difference first, and takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from central.access.who import Role
from central.app import create_app
from central.audit.store import last_entry
from central.devices.data_folder import Office
from central.japan import day_of
from central.kiosks.keep_kiosks import NotKept
from central.kiosks.settings.differences import differences
from central.kiosks.settings.pages import CHANGED, CONFIRM, NO_DAY
from central.kiosks.settings.read_form import CANNOT_BE, NO_CLOCK, NO_NUMBER, form_of, read_kiosk_form
from central.kiosks.store import kiosk_changes_of, kiosk_of
from tests.central.kiosk_bench import DEVICE, KIOSK, bath_office
from tests.central.office import NOW
from tests.central.office_pages import field, post, says, text
from tests.central.signed_in import as_staff
from tests.central.today_village import Shown

PAGE = f"/kiosks/{DEVICE}/settings"
TOMORROW = day_of(NOW) + timedelta(days=1)


def app_of(office: Office) -> Flask:
    return as_staff(create_app(office.database, Shown(), lambda: NOW, lambda packed: packed))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with bath_office(tmp_path) as made:
        yield made


@pytest.fixture
def client(office: Office) -> FlaskClient:
    return app_of(office).test_client()


def wish(**more: str) -> dict[str, str]:
    return form_of(KIOSK) | {"from_day": TOMORROW.isoformat(), "why": "要望"} | more


def save(client: FlaskClient, form: dict[str, str]) -> TestResponse:
    return post(client, PAGE, form | {"version": field(post(client, f"{PAGE}/look", form), "version")})


def adult_points(office: Office) -> int:
    with office.database.read() as connection:
        kiosk = kiosk_of(connection, DEVICE, TOMORROW)
    assert kiosk is not None
    return kiosk.visits[0].points


def test_the_form_gives_a_visit_its_reading_and_shows_it_again() -> None:
    typed = form_of(KIOSK) | {"ja_0": "大人", "kana_0": "おとな"}
    kiosk = read_kiosk_form(typed, KIOSK)
    assert [visit.kana for visit in kiosk.visits] == ["おとな", ""]
    assert form_of(kiosk)["kana_0"] == "おとな"
    assert [(each.before, each.after) for each in differences(KIOSK, kiosk)] == [
        ("おとな / Adult 50P", "大人（おとな） / Adult 50P")
    ]


def test_the_page_of_kiosks_leads_to_the_settings_of_each(client: FlaskClient) -> None:
    assert PAGE in client.get("/kiosks").get_data(as_text=True)
    assert "登録から" in says(client, PAGE)


def test_a_change_is_shown_first_and_counts_from_its_day(office: Office, client: FlaskClient) -> None:
    form = wish(points_0="60", opens="9:00", closes="21:00")
    shown = text(post(client, f"{PAGE}/look", form))
    assert "おとな / Adult 50P → おとな / Adult 60P" in shown
    assert "00:00–24:00 → 09:00–21:00" in shown
    assert adult_points(office) == 50
    assert save(client, form).status_code == HTTPStatus.SEE_OTHER
    assert adult_points(office) == 60
    assert "予定" in says(client, PAGE)
    with office.database.read() as connection:
        entry = last_entry(connection)
    assert entry is not None
    assert (entry.what, entry.about) == ("kiosk-changed", f"kiosk:{DEVICE}")
    assert "50P > おとな / Adult 60P" in entry.detail


def test_points_that_double_and_a_cap_that_is_raised_are_confirmed(
    office: Office, client: FlaskClient
) -> None:
    refused = save(client, wish(points_0="100"))
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert CONFIRM.partition(" / ")[0] in text(refused)
    assert adult_points(office) == 50
    assert save(client, wish(points_0="100", seen="1")).status_code == HTTPStatus.SEE_OTHER
    assert adult_points(office) == 100
    assert save(client, wish(points_0="100", cap="500")).status_code == HTTPStatus.SEE_OTHER
    higher = wish(points_0="100", cap="600")
    assert save(client, higher).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert save(client, higher | {"seen": "1"}).status_code == HTTPStatus.SEE_OTHER


def test_what_has_not_begun_is_withdrawn_with_a_reason(office: Office, client: FlaskClient) -> None:
    save(client, wish(points_0="60"))
    with office.database.read() as connection:
        change = kiosk_changes_of(connection, DEVICE)[-1]
    path = f"{PAGE}/{change.id}/withdraw"
    assert post(client, path).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert post(client, path, {"why": "まちがい"}).status_code == HTTPStatus.SEE_OTHER
    assert adult_points(office) == 50
    assert "まちがい" in says(client, PAGE)
    assert post(client, path, {"why": "まちがい"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_only_administrators_set_it(client: FlaskClient) -> None:
    as_staff(client, Role.APPROVER)
    assert "変わるところを見る" not in says(client, PAGE)
    assert post(client, PAGE, wish(points_0="60")).status_code == HTTPStatus.FORBIDDEN


def test_a_machine_that_is_no_kiosk_has_no_page(client: FlaskClient) -> None:
    says(client, "/kiosks/bus-001/settings", HTTPStatus.NOT_FOUND)
    assert post(client, "/kiosks/bus-001/settings", wish()).status_code == HTTPStatus.NOT_FOUND


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with bath_office(tmp_path_factory.mktemp("fuzzed")) as office:
        app = app_of(office)
        app.testing = True
        yield app.test_client()


REFUSALS = [
    each.partition(" / ")[0] for each in (*NotKept, CHANGED, CONFIRM, NO_DAY, CANNOT_BE, NO_CLOCK, NO_NUMBER)
]
typed = st.one_of(
    st.text(max_size=20), st.sampled_from(["", "0", "-1", "９", "24:01", "9:99", "9" * 40, "\0", "あ" * 61])
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    form=st.dictionaries(st.sampled_from([*wish(), "version", "seen", "id_7", "points_7"]), typed),
    where=st.sampled_from(["", "/look", "/1/withdraw"]),
    is_whole=st.booleans(),
)
def test_whatever_a_form_says_it_is_refused_by_name_or_done(
    fuzzed: FlaskClient, form: dict[str, str], where: str, is_whole: bool
) -> None:
    answer = post(fuzzed, f"{PAGE}{where}", (wish() | form) if is_whole else form)
    if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        assert any(each in text(answer) for each in REFUSALS)
    else:
        assert answer.status_code in (HTTPStatus.OK, HTTPStatus.SEE_OTHER)
