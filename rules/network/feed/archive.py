"""The files of a feed out of a zip's bytes. Nothing is ever unpacked to a disk, so no path in it can reach one."""

from __future__ import annotations

import io
import zipfile
import zlib

from rules.network.feed.columns import KNOWN, misspelt_file
from rules.network.feed.problems import FeedUnreadable

MAX_FEED_BYTES = 128 * 1024 * 1024
"""Of all files read, unpacked. The largest bus feeds of Japan stay below it."""
MAX_MEMBERS = 1000
"""Files and folders of a zip. GTFS knows about forty files."""

_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)


def files_in_zip(data: bytes) -> dict[str, bytes]:
    """The feed's files by name, from the zip's top or from the one folder in it that holds a feed.

    Raises FeedUnreadable: not a zip, broken, encrypted, too big once unpacked, a path that leads out of the zip,
    a file or a feed twice.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(archive, _members(archive))
    except _BROKEN as error:
        raise FeedUnreadable(
            f"zipが壊れているか開けません({error})。もう一度入手してください。",
            f"The zip is broken or cannot be opened ({error}); get it again.",
        ) from error


def too_big() -> FeedUnreadable:
    """The refusal of a feed above MAX_FEED_BYTES."""
    mebibytes = MAX_FEED_BYTES // 1024 // 1024
    return FeedUnreadable(
        f"展開すると{mebibytes}MiBを超えます。GTFS-JPのファイルだけにしてください。",
        f"Unpacked it is larger than {mebibytes} MiB; keep only the GTFS files.",
    )


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members that are files of the feed, or whose names look as if they should be."""
    if len(archive.infolist()) > MAX_MEMBERS:
        raise FeedUnreadable(
            f"zipの中に{MAX_MEMBERS}を超えるファイルがあります。GTFS-JPのファイルだけにしてください。",
            f"The zip holds more than {MAX_MEMBERS} files; keep only the GTFS files.",
        )
    found: dict[str, list[zipfile.ZipInfo]] = {}
    for info in archive.infolist():
        parts = info.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0]:
            raise FeedUnreadable(
                "zipの中に外を指すパスがあります。配布元から入手し直してください。",
                "The zip holds a path that leads out of it; get it again from its publisher.",
            )
        if parts[-1] and parts[0] != "__MACOSX":
            found.setdefault("/".join(parts[:-1]), []).append(info)
    top = found.get("", [])
    if any(_name(info) in KNOWN for info in top):
        return _feed_files(top)
    feeds = [members for members in found.values() if any(_name(info) == "stops.txt" for info in members)]
    if len(feeds) > 1:
        raise FeedUnreadable(
            "zipの中に複数のデータがあります。一つだけにしてください。",
            "The zip holds more than one feed; keep one.",
        )
    return _feed_files(feeds[0]) if feeds else []


def _feed_files(members: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    present = {_name(info) for info in members}
    return [info for info in members if _name(info) in KNOWN or misspelt_file(_name(info), present)]


def _name(info: zipfile.ZipInfo) -> str:
    return info.filename.replace("\\", "/").rsplit("/", 1)[-1]


def _read(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MAX_FEED_BYTES
    for info in members:
        name = _name(info)
        if name in files:
            raise FeedUnreadable(
                f"zipの中に {name} が二つあります。一つだけにしてください。",
                f"The zip holds {name} twice; keep one.",
            )
        # What the directory of the zip says about sizes may be a lie, so what comes out is counted.
        with archive.open(info) as member:
            files[name] = member.read(left + 1)
        left -= len(files[name])
        if left < 0:
            raise too_big()
    return files
