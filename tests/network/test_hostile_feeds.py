"""A feed from strangers neither eats the server's memory nor speaks to the operator's terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from central.network.commands import network
from rules.network.feed.problems import FeedUnreadable
from rules.network.feed.read import MAX_LINES, read
from tests.network.feeds import feed, with_line, zipped

CLEAR_SCREEN = "\x1b[2J"
TURN_ROUND = "\u202e"


@pytest.mark.parametrize("row", [b"x\n", b"\n", b"x\r", b"x\r\n"], ids=("rows", "blank", "old", "windows"))
def test_a_feed_of_too_many_lines_is_refused_before_they_are_read(row: bytes) -> None:
    half = row * (MAX_LINES // 2 + 1)
    with pytest.raises(FeedUnreadable, match=f"{MAX_LINES}"):
        read(feed() | {"shapes.txt": half, "translations.txt": half})


def test_control_characters_of_a_feed_do_not_reach_the_terminal(tmp_path: Path) -> None:
    evil = f'"{CLEAR_SCREEN}{TURN_ROUND}\nx"'
    path = tmp_path / "feed.zip"
    path.write_bytes(zipped(feed(**with_line("stops", f"{evil},Evil,nowhere,1"))))
    done = CliRunner().invoke(network, ["check", str(path)])
    assert "stops.txt" in done.stderr
    assert not {"\x1b", TURN_ROUND} & set(done.output)
    assert "\nx" not in done.stderr
