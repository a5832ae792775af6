"""Opens a GTFS or GTFS-JP zip or folder on this machine's disk. What is in it is read by rules.network.feed."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from rules.network.feed.archive import MAX_FEED_BYTES, MAX_MEMBERS, files_in_zip, too_big
from rules.network.feed.columns import KNOWN, misspelt_file
from rules.network.feed.problems import FeedUnreadable
from rules.network.feed.read import FeedRead, read


def read_feed(path: Path) -> FeedRead:
    """The feed at `path`. Raises FeedUnreadable, whose text is fit to be shown, where nothing can be made of it."""
    return read(open_feed(path))


def open_feed(path: Path) -> dict[str, bytes]:
    """The feed's files by name. Raises FeedUnreadable: nothing there, no permission, no zip, too big."""
    try:
        if path.is_dir():
            return _files_in_folder(path)
        data = _bounded(path, MAX_FEED_BYTES)
    except FileNotFoundError as error:
        raise FeedUnreadable(
            f"{path} がありません。GTFS-JPのzipまたはフォルダの場所を確かめてください。",
            f"{path} does not exist; check where the GTFS zip or folder is.",
        ) from error
    except OSError as error:
        raise FeedUnreadable(
            f"{path} を開けません({error.strerror})。読み取りの権限を確かめてください。",
            f"{path} cannot be opened ({error.strerror}); check that it may be read.",
        ) from error
    return files_in_zip(data)


def _files_in_folder(folder: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MAX_FEED_BYTES
    present = {path.name for path in islice(folder.iterdir(), MAX_MEMBERS)}
    for name in (*KNOWN, *(name for name in sorted(present) if misspelt_file(name, present))):
        if (folder / name).is_file():
            files[name] = _bounded(folder / name, left)
            left -= len(files[name])
    return files


def _bounded(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise too_big()
    return data
