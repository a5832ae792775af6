"""Whatever the office says of its network stands in the audit log: who, what and of what."""

from __future__ import annotations

from pathlib import Path

from central.audit.store import all_entries
from tests.central.office_pages import post
from tests.central.test_feed_pages import publish, upload
from tests.central.test_geofence_pages import MOVED
from tests.central.test_geofence_pages import PAGE as GEOFENCES
from tests.central.test_tariff_pages import PAGE as TARIFF
from tests.central.test_tariff_pages import SENIOR
from tests.central.today_village import app_of, found
from tests.network.feeds import feed


def test_every_word_on_timetable_geofences_and_tariff_has_its_entry(tmp_path: Path) -> None:
    with found(tmp_path) as village:
        client = app_of(village).test_client()
        upload(client, feed())
        assert post(client, GEOFENCES, MOVED).status_code == 303
        assert post(client, GEOFENCES, MOVED | {"radius": "0"}).status_code == 422
        assert post(client, f"{GEOFENCES}/back", {"stop": "p2"}).status_code == 303
        assert post(client, TARIFF, SENIOR | {"version": "0"}).status_code == 303
        assert post(client, TARIFF, SENIOR | {"version": "0"}).status_code == 422
        publish(client, 1)
        with village.database.read() as connection:
            entries = [(each.who, each.what, each.about) for each in all_entries(connection)]
    assert entries == [
        ("staff:administrator", "feed-received", "feed:1"),
        ("staff:administrator", "geofence-corrected", "stop:p2"),
        ("staff:administrator", "geofence-as-the-feed", "stop:p2"),
        ("staff:administrator", "tariff-changed", "tariff:1"),
        ("staff:administrator", "edition-published", "edition:1"),
    ]
