"""The benchmark of the network: the feed it makes is what it says, and its verdict is the surface's."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rules.messages.edition_file import pack_edition, unpack_edition
from rules.network.edition import Edition
from rules.network.feed.read import read
from tests.bench import __main__ as cli
from tests.bench import network
from tests.bench.big_feed import RULES, big_feed
from tests.bench.machine import NoRealDisk, NotMeasured, make_on_disk
from tests.bench.network import IMPORT_S, Sample
from tests.network.feeds import feed


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder on the disk of the checkout: the system's temporary one is often in memory."""
    try:
        make_on_disk(cli.DATA)
    except NoRealDisk as reason:
        pytest.skip(str(reason))
    with tempfile.TemporaryDirectory(dir=cli.DATA) as folder:
        yield Path(folder)


def sample(*, import_s: float = 1.0, unpack_ms: float = 100.0) -> Sample:
    return Sample(read=import_s * 1000 - 200, pack=200, unpack=unpack_ms, plain_csv=50, size=1000)


def test_76_676_rules_are_imported_whole_within_ten_seconds() -> None:
    files = big_feed()
    begun = time.perf_counter()
    found = read(files)
    pack_edition(found.draft)
    taken = time.perf_counter() - begun
    assert found.fare_rule_count == RULES == len(found.draft.fares.prices)
    assert (found.missing, found.errors, len(found.pairs)) == (28, (), 76_704)
    assert taken < IMPORT_S


def test_a_short_run_says_all_that_scripts_rely_on(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "big_feed", feed)
    monkeypatch.setattr(network, "REAL_FEED", disk / "missing")
    heard: list[int] = []
    document = json.loads(network.measure(disk, 2, heard.append).to_json())
    assert (document["name"], document["runs"], heard) == ("network", 2, [1, 2])
    assert document["ratios"].keys() == document["targets"].keys() == document["bounds"].keys()
    assert all(document["metrics"][f"generated_{part}_p50_ms"] > 0 for part in ("read", "pack", "unpack"))
    assert document["limits"]["generated_plain_csv_p50_ms"] > 0
    assert document["limits"]["generated_feed_bytes"] == sum(map(len, feed().values()))
    assert document["metrics"]["generated_edition_bytes"] == len(pack_edition(read(feed()).draft))
    assert list(disk.iterdir()) == []


def test_the_slowest_run_of_any_feed_decides(tmp_path: Path) -> None:
    good, late, heavy = sample(), sample(import_s=10.1), sample(unpack_ms=501)
    sizes = {"generated": 1, "donanbus": 1}
    assert network.result({"generated": [good] * 3, "donanbus": [good] * 3}, sizes, tmp_path).ok
    for bad in (late, heavy):
        assert not network.result(
            {"generated": [good] * 3, "donanbus": [good, bad, good]}, sizes, tmp_path
        ).ok


def test_an_edition_that_comes_back_changed_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(packed: bytes) -> Edition:
        return replace(unpack_edition(packed), notice="changed")

    monkeypatch.setattr(network, "unpack_edition", changed)
    with pytest.raises(NotMeasured):
        network._once(feed())
