"""However a feed is spoilt: no exception but a refusal in words, and no fare that its tables do not say."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.network.feeds.check_feed import check_feed
from central.network.feeds.open_feed import open_feed
from rules.messages.edition_file import pack_edition, unpack_edition
from rules.network.fares import FareProblem
from rules.network.feed.archive import files_in_zip
from rules.network.feed.problems import FeedUnreadable
from rules.network.feed.read import FeedRead, read
from tests.network.any_reading import Reading
from tests.network.feeds import SMALL, feed, zipped
from tests.network.mutations import Files, in_bytes, mutated

LEVELS = SMALL["fare_rules.txt"] + "f300,,,\nf200,r2,,\nf150,,zb,zc\nf300,r1,za,zc\n"
LOOP = SMALL["stop_times.txt"] + "t2,25:10:00,25:10:00,p1,30\nt2,25:20:00,25:20:00,p3,40\n"
SEEDS = (feed(), feed(fare_rules=LEVELS, stop_times=LOOP), feed(fare_rules=""))

calm = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def read_or_refused(files: Files) -> FeedRead | None:
    """What the product finds, None where it refuses as it should."""
    try:
        return read(files)
    except FeedUnreadable as refused:
        refusal = refused
    assert refusal.message_ja.rstrip(")").endswith("。"), refusal
    assert refusal.message_en.rstrip(")").endswith("."), refusal
    return None


def hold_promises(files: Files) -> None:
    found = read_or_refused(files)
    if found is None:
        return
    assert list(Reading(files, found).disagreements()) == []
    assert all(each.message_ja and each.message_en for each in found.problems)
    assert bool(found.draft.fares.conflicts) <= bool(found.errors), "a conflict that could be published"
    assert unpack_edition(pack_edition(found.draft)) == found.draft
    json.dumps(check_feed(found, date(2026, 11, 23)).document())


@given(st.sampled_from(SEEDS).flatmap(mutated))
@settings(calm, max_examples=1000)
def test_a_spoilt_feed_is_refused_in_words_or_every_fare_is_its_tables_own(files: Files) -> None:
    hold_promises(files)


@given(st.data())
@settings(calm, max_examples=60)
def test_a_spoilt_real_feed_keeps_the_same_promises(shared_data: Path, data: st.DataObject) -> None:
    hold_promises(data.draw(mutated(open_feed(shared_data / "gtfs" / "uenomura"))))


@given(st.data())
@settings(calm, max_examples=200)
def test_a_spoilt_zip_is_refused_in_words_or_reads_like_its_files(data: st.DataObject) -> None:
    files = {"feed.zip": zipped(feed())}
    data.draw(st.composite(lambda draw: in_bytes(draw, files, "feed.zip"))())
    try:
        inside = files_in_zip(files["feed.zip"])
    except FeedUnreadable:
        return
    hold_promises(inside)


def test_the_second_reading_sees_a_fare_that_was_chosen() -> None:
    files = feed(fare_rules=SMALL["fare_rules.txt"] + "f200,r1,za,zb\n")
    chosen = read(feed())
    assert chosen.draft.fares.adult("r1", "p1", "p2") == 150
    assert any("costs 150" in each for each in Reading(files, chosen).disagreements())
    assert list(Reading(files, read(files)).disagreements()) == []


def test_the_second_reading_sees_a_row_that_was_lost() -> None:
    lost = read(feed(stop_times=SMALL["stop_times.txt"].replace("t1,07:10:00,07:10:00,p3,3\n", "")))
    assert any("is lost" in each for each in Reading(feed(), lost).disagreements())
    rules = SMALL["fare_rules.txt"].replace("f300,r1,,", "f150,r1,,")
    missing = read(feed(fare_rules=rules.replace("f150,r1,,\n", "")))
    assert missing.draft.fares.adult("r1", "p1", "p3") is FareProblem.MISSING
    assert any("costs missing" in each for each in Reading(feed(fare_rules=rules), missing).disagreements())


@pytest.mark.parametrize("seed", SEEDS)
def test_the_two_readings_agree_on_a_whole_feed(seed: Files) -> None:
    assert list(Reading(seed, read(seed)).disagreements()) == []
