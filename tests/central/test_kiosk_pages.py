"""キオスク in the office's browser: how each stands, what waits, and what staff have decided."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient

from central.access.who import Role
from central.app import create_app
from central.audit.store import all_entries
from central.devices.data_folder import Office
from central.devices.store import put_health
from central.kiosks import store
from central.kiosks.kiosk import Visit
from central.kiosks.weigh_claim import NotClaimed
from central.kiosks.words import STATES, WHYS
from central.members.store import Profile, add_member, put_profile
from rules.instant import ClockQuality
from rules.messages.codec import encode
from rules.messages.link import Health
from tests.accessible import faults_of
from tests.central.kiosk_bench import ADULT, DEVICE, KIOSK, Bath, bath_office, claim, deliver, points
from tests.central.office import NOW, new_office
from tests.central.office_pages import post, says, serving, watched_page
from tests.central.signed_in import as_staff
from tests.central.today_village import Shown, seal

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)
SHOTS = os.environ.get("YUKEMURI_SHOTS")
"""A folder for pictures of the states that matter."""
LONG = "肘折温泉郷共同浴場上の湯・下の湯・石抱温泉（冬期休業）日帰り入浴専用" * 2


def pages_of(office: Office, role: Role = Role.ADMINISTRATOR) -> Flask:
    return as_staff(create_app(office.database, Shown(), lambda: NOW + 600, seal), role)


def busy(office: Office) -> Office:
    """Three adults and a child; one code of an hour that nobody knows waits, one number is missing."""
    with office.database.write() as connection:
        for number, member in enumerate(("m1", "m2"), 1):
            add_member(connection, member, f"register-{number}", "", NOW)
            put_profile(connection, member, Profile(("山田 花子", LONG[:40])[number - 1]), NOW)
        said = Health(
            online=True, at_wall=NOW + 590, clock=ClockQuality.SAVED, queue=12, page="応えません / silent"
        )
        put_health(connection, DEVICE, NOW + 590, encode(said))
    bath = Bath()
    bath.start()
    claim(office, bath.offer(10), "m1")
    claim(office, bath.offer(20, visit=KIOSK.visits[1]), "m2")
    bath.offer(30)
    bath.undo(35)
    bath.numbers += 1
    bath.offer(40)
    deliver(office, bath)
    bath.clock = ClockQuality.SAVED
    claim(office, bath.offer(50, count=2), "m1", 70)
    claim(office, bath.offer(60), "m2", 80)
    return office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with bath_office(tmp_path, replace(KIOSK, cap_per_day=9_000)) as made:
        yield busy(made)


@pytest.fixture
def client(office: Office) -> FlaskClient:
    return pages_of(office).test_client()


def waiting(office: Office) -> list[store.Claim]:
    with office.database.read() as connection:
        return store.pending_claims(connection)


def test_an_office_without_kiosks_is_told_how_they_come(tmp_path: Path) -> None:
    with new_office(tmp_path) as office:
        page = says(pages_of(office).test_client(), "/kiosks")
    assert "キオスクがまだありません。" in page
    assert "待っている申し出はありません。" in page


def test_each_kiosk_is_told_with_its_word_its_bounds_and_today(client: FlaskClient) -> None:
    page = says(client, "/kiosks")
    assert "接続中 online" in page
    assert "時計 clock 保存値" in page
    assert "未送信 unsent 12件" in page
    assert "画面 page 応答なし" in page
    assert "70 / 9,000" in page
    assert "おとな Adult 50P 3 1 2 1 50" in page
    assert "こども Child 20P 1 1 0 0 20" in page
    assert "合計 total 4 2 2 1 70" in page
    assert "番号の飛び 4" in page


def test_a_kiosk_that_is_silent_or_was_never_heard_is_told(office: Office, client: FlaskClient) -> None:
    with office.database.write() as connection:
        put_health(connection, DEVICE, NOW, encode(Health(online=True)))
    assert "応答なし silent" in says(client, "/kiosks")
    with office.database.write() as connection:
        put_health(connection, DEVICE, NOW, encode(Health(online=False)))
    assert "切断 offline" in says(client, "/kiosks")


def test_staff_give_what_waits_with_a_reason_and_it_is_written_down(
    office: Office, client: FlaskClient
) -> None:
    found = waiting(office)[0]
    form = {"member": "m1", "decision": "give", "why": "浴場に電話で確認"}
    assert post(client, f"/kiosks/claims/{found.id}", form).status_code == HTTPStatus.SEE_OTHER
    assert points(office) == {"m1": 100, "m2": 20}
    with office.database.read() as connection:
        entry = list(all_entries(connection))[-1]
    assert (entry.who, entry.what, entry.about) == ("staff:administrator", "claim-give", "member:m1")
    assert json.loads(entry.detail)["note"] == "浴場に電話で確認"
    assert "浴場のポイントをつけた" in says(client, "/counter/members/m1")
    again = post(client, f"/kiosks/claims/{found.id}", form)
    assert (again.status_code, "もう決まっています" in again.text) == (HTTPStatus.CONFLICT, True)


def test_what_is_refused_stays_in_sight_and_can_be_given(office: Office, client: FlaskClient) -> None:
    found = waiting(office)[1]
    form = {"member": "m2", "decision": "refuse", "why": "利用なし"}
    post(client, f"/kiosks/claims/{found.id}", form)
    assert "断った refused" in says(client, "/kiosks")
    post(client, f"/kiosks/claims/{found.id}", form | {"decision": "give"})
    assert points(office) == {"m1": 50, "m2": 70}


def test_a_claim_has_a_page_with_how_it_stands_and_what_can_be_done(
    office: Office, client: FlaskClient
) -> None:
    waits, given = waiting(office)[0], 1
    address = f"/kiosks/claims/{waits.id}"
    assert f'href="{address}"' in client.get("/kiosks").text
    page = says(client, address)
    assert "待っている waits" in page
    assert "山田 花子" in page
    assert f'action="{address}"' in client.get(address).text
    assert "つける Give" not in says(pages_of(office, Role.READER).test_client(), address)
    post(client, address, {"member": "m1", "decision": "refuse", "why": "利用なし"})
    assert "つかなかった no points" in says(client, address)
    assert "理由 why 職員が断った refused by staff" in says(client, address)
    settled = client.get(f"/kiosks/claims/{given}").text
    assert "ポイントをつけた" in settled
    assert "<form" not in settled.partition("<main")[2]
    for gone in (99, 2**70):
        assert client.get(f"/kiosks/claims/{gone}").status_code == HTTPStatus.NOT_FOUND


def test_every_reason_and_state_of_a_claim_has_the_offices_words() -> None:
    assert set(WHYS) == set(NotClaimed)
    assert set(STATES) == set(store.State)


def test_an_inquiry_about_a_claim_leads_to_that_claim(office: Office, client: FlaskClient) -> None:
    found = waiting(office)[1]
    tie = f"claim:{found.id}"
    assert f"/inquiries/new?member=m2&amp;tie={tie}" in client.get(f"/kiosks/claims/{found.id}").text
    form = {"id": "0123456789abcdef", "way": "phone", "about": "points", "state": "open", "said": "まだ"}
    answer = post(client, "/inquiries/new", form | {"member": "m2", "tie": tie})
    assert f'href="/kiosks/claims/{found.id}"' in client.get(answer.location).text


@pytest.mark.parametrize("form", [{"why": " "}, {"decision": "perhaps"}, {"member": "m4"}])
def test_without_a_reason_or_for_somebody_else_nothing_is_given(
    office: Office, client: FlaskClient, form: dict[str, str]
) -> None:
    found = waiting(office)[0]
    whole = {"member": "m1", "decision": "give", "why": "x"} | form
    assert post(client, f"/kiosks/claims/{found.id}", whole).status_code in {
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.CONFLICT,
    }
    assert points(office) == {"m1": 50, "m2": 20}


def test_who_may_only_read_is_offered_nothing_to_press(office: Office) -> None:
    assert "理由（名前は書かない）" not in says(pages_of(office, Role.READER).test_client(), "/kiosks")


def long_names(office: Office) -> Office:
    visits = (
        replace(ADULT, ja=LONG[:60], en="W" * 60),
        *(Visit(each, "回数券", "Book", 9) for each in (2, 3)),
    )
    kiosk = replace(KIOSK, place_ja=LONG[:60], place_en="W" * 60, visits=visits, opens=540, closes=1290)
    with office.database.write() as connection:
        store.put_kiosk(connection, kiosk, "yuki", NOW)
    return office


@pytest.mark.parametrize("fill", ["busy", "long", "empty"])
def test_the_page_is_well_on_a_laptop(browser: Browser, tmp_path: Path, fill: str) -> None:
    with new_office(tmp_path) if fill == "empty" else bath_office(tmp_path) as office:
        if fill != "empty":
            busy(office)
        if fill == "long":
            long_names(office)
        with serving(pages_of(office)) as own, watched_page(browser, own) as page:
            page.goto(f"{own}/kiosks")
            assert faults_of(page) == []
            for width in (1366, 1024):
                page.set_viewport_size({"width": width, "height": 768})
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                if SHOTS:
                    page.screenshot(path=f"{SHOTS}/kiosks-{fill}-{width}.png", full_page=True)
