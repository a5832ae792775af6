"""Zips and folders: what is opened, and what is refused before it can do harm."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from central.network.feeds.open_feed import open_feed, read_feed
from rules.network.feed.archive import MAX_FEED_BYTES, files_in_zip
from rules.network.feed.problems import FeedUnreadable
from tests.network.feeds import feed, zipped


def test_a_zip_a_zip_with_one_folder_and_a_folder_read_the_same(tmp_path: Path) -> None:
    (tmp_path / "flat.zip").write_bytes(zipped(feed()))
    (tmp_path / "nested.zip").write_bytes(
        zipped({f"バス/{name}": data for name, data in feed().items()} | {"__MACOSX/バス/stops.txt": b"\0"})
    )
    (tmp_path / "folder").mkdir()
    for name, data in feed().items():
        (tmp_path / "folder" / name).write_bytes(data)
    reads = [read_feed(tmp_path / name) for name in ("flat.zip", "nested.zip", "folder")]
    assert reads[0] == reads[1] == reads[2]


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    bomb = zipped(feed() | {"shapes.txt": bytes(MAX_FEED_BYTES)})
    assert len(bomb) < 1024 * 1024
    with pytest.raises(FeedUnreadable, match="MiB"):
        files_in_zip(bomb)


def test_a_bomb_in_many_files_is_refused() -> None:
    half = bytes(MAX_FEED_BYTES // 2 + 1)
    with pytest.raises(FeedUnreadable, match="MiB"):
        files_in_zip(zipped(feed() | {"shapes.txt": half, "translations.txt": half}))


@pytest.mark.parametrize(
    "name", ["../stops.txt", "a/../../evil.txt", "/etc/evil", "..\\evil.txt", "C:\\evil.txt"]
)
def test_a_path_that_leads_out_of_the_zip_is_refused_and_nothing_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    (inside / "feed.zip").write_bytes(zipped(feed() | {name: b"evil"}))
    monkeypatch.chdir(inside)
    with pytest.raises(FeedUnreadable, match="leads out of it"):
        open_feed(Path("feed.zip"))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["feed.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_twice_is_refused() -> None:
    data = io.BytesIO(zipped(feed()))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("stops.txt", "stop_id\n")
    with pytest.raises(FeedUnreadable, match="twice"):
        files_in_zip(data.getvalue())


def test_two_feeds_in_one_zip_are_refused() -> None:
    both = {f"{folder}/{name}": data for folder in ("old", "new") for name, data in feed().items()}
    with pytest.raises(FeedUnreadable, match="more than one feed"):
        files_in_zip(zipped(both))


def test_every_damaged_zip_is_refused_in_words_or_reads_whole() -> None:
    whole = zipped(feed())
    expected = files_in_zip(whole)
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        try:
            files = files_in_zip(bytes(damaged))
        except FeedUnreadable:
            continue
        assert all(files[name] == expected[name] for name in files.keys() & expected.keys())


@pytest.mark.parametrize("name", ["missing.zip", "missing/"])
def test_a_path_that_is_not_there_is_said_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(FeedUnreadable, match="does not exist"):
        open_feed(tmp_path / name)


def test_a_file_that_is_no_zip_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "feed.zip").write_text("stop_id,stop_name\n")
    with pytest.raises(FeedUnreadable, match="not a zip"):
        open_feed(tmp_path / "feed.zip")


def test_a_folder_that_is_too_big_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "stops.txt").open("wb") as sparse:
        sparse.truncate(MAX_FEED_BYTES + 1)
    with pytest.raises(FeedUnreadable, match="MiB"):
        open_feed(tmp_path)
