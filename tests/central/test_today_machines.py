"""Whether every machine is well, as the office reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from central.devices.list_incident import What
from central.today.device_line import SILENT_AFTER_S
from central.words import words
from rules.instant import ClockQuality
from rules.messages.link import Health
from rules.passes.rider_pass import PassKind, RiderClass
from rules.ride.outcomes import Movement, Outcome
from tests.central.today_events import at, boarded, ended, well
from tests.central.today_village import Village, app_of, found, line, text_of


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        village.edition()
        village.machine()
        yield village


@pytest.fixture
def client(village: Village) -> FlaskClient:
    return app_of(village).test_client()


def devices(client: FlaskClient) -> str:
    return text_of(client.get("/today/devices").get_data(as_text=True))


def figure(client: FlaskClient) -> str:
    return text_of(client.get("/today/figures").get_data(as_text=True)).partition("Machines ")[2]


def test_a_machine_that_is_well_says_everything(village: Village, client: FlaskClient) -> None:
    vitals = {"temperature_c": 48.2, "undervoltage": False, "disk_free_mb": 9_000}
    until = village.now + 60 * 86_400
    village.says(well(progress=3.4, certificate_until=until, **vitals), heard_at=village.now - 5)
    assert (
        "bus-001 接続中 11:59:55 5秒前 8:10発 肘折温泉待合所 合海 → 大蔵村役場 良好 良好 GPS・通信一致 "
        "0件 第1版 48°C 良好 9,000MB 60日 0.1.0" in devices(client)
    )
    assert figure(client).startswith("1 / 1 台 すべて正常")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (well(gps="衛星が見えません / no satellites"), "衛星が見えません"),
        (well(camera="カメラが外れています"), "カメラが外れています"),
        (well(clock=ClockQuality.FLOOR), "未確認"),
        (well(queue=12, oldest_queued_wall=at(11)), "12件・1時間"),
        (well(queue=900), "900件"),
        (well(queue=900, journal_percent=93), "900件・記録簿93%"),
        (well(edition=0), "なし"),
        (well(temperature_c=90.0), "90°C"),
        (well(undervoltage=True), "電圧不足"),
        (well(disk_free_mb=3), "3MB"),
        (well(certificate_until=1), "期限切れ"),
    ],
)
def test_what_is_wrong_is_named_and_counted(
    village: Village, client: FlaskClient, said: Health, words: str
) -> None:
    village.says(said)
    assert words in devices(client)
    assert figure(client).startswith("0 / 1 台 1台を確認")


def test_an_old_edition_is_named_beside_the_one_in_force(village: Village, client: FlaskClient) -> None:
    village.edition(line(number=2))
    village.says(well())
    assert "第1版（現行は第2版）" in devices(client)


def test_a_machine_that_has_not_spoken_for_a_while_is_silent(village: Village, client: FlaskClient) -> None:
    village.says(well())
    village.now += SILENT_AFTER_S
    assert "接続中" in devices(client)
    village.now += 1
    assert "応答なし" in devices(client)
    assert figure(client).startswith("0 / 1 台")


def test_a_bus_cut_off_on_its_trip_is_a_fault_and_one_parked_after_it_is_not(
    village: Village, client: FlaskClient
) -> None:
    village.record(boarded(at(8, 20)))
    village.says(Health(online=False))
    assert "切断" in devices(client)
    assert figure(client).startswith("0 / 1 台")
    village.record(ended(at(9, 5)))
    assert "運行外" in devices(client)
    assert figure(client).startswith("1 / 1 台")


def test_a_machine_that_never_spoke_and_one_that_is_revoked_say_so(
    village: Village, client: FlaskClient
) -> None:
    village.machine("bus-002", revoked=True)
    village.says(well(), "bus-002")
    page = devices(client)
    assert "bus-001 未接続 まだありません" in page
    assert "bus-002 失効" in page


def test_a_last_word_that_cannot_be_read_is_no_word(village: Village, client: FlaskClient) -> None:
    from central.database import tables

    village.put(tables.health, device="bus-001", heard_at=village.now, body=b"{")
    assert "未接続" in devices(client)


def test_incidents_of_the_day_are_listed_with_how_often(village: Village, client: FlaskClient) -> None:
    village.incident("unknown-pass", "ffff")
    village.incident("conflict", "e1: 1+3", when=at(-3))
    page = devices(client)
    assert "09:00 bus-001 発行していないパスで乗車がありました（2回） ffff" in page
    assert "同じ番号で" not in page


def test_every_value_that_stands_in_records_has_words() -> None:
    assert set(words.OUTCOMES) == set(Outcome)
    assert set(words.MOVEMENTS) == set(Movement)
    assert set(words.CLASSES) == set(RiderClass)
    assert set(words.PASS_KINDS) == set(PassKind)
    assert set(words.CLOCKS) == set(ClockQuality)
    assert set(words.INCIDENTS) == set(What)
