"""What a broker in other hands can do to a bus: nothing that stops its service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from device.fact_queue import MAX_FACTS, MAX_HEARD
from device.facts import Heard, LinkDown, LinkUp
from device.journal import Journal
from rules.messages.link import Ack, DownPage
from tests.terminal.loop_bench import T1, UNIT, Table, World

NEWS = [Heard(Ack("somebody's", 1, "")), Heard(DownPage("log", 1, [], 1, ""))]


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    world = World(tmp_path)
    with Journal(tmp_path, UNIT, any_disk=True).open() as journal:
        made = Table(world, journal)
        made.begin()
        made.do(LinkUp())
        yield made


@pytest.mark.parametrize("news", NEWS, ids=("acks", "pages"))
def test_however_much_the_link_says_riders_fixes_and_the_driver_are_heard(table: Table, news: Heard) -> None:
    said = [table.loop.report(news) for _ in range(2 * MAX_FACTS)]
    assert sum(said) == MAX_HEARD
    assert table.loop.report(table.fix_at(0))
    assert table.loop.report(T1)
    assert table.loop.report(LinkDown("gone"))


def test_what_the_link_says_is_heard_again_once_there_is_room(table: Table) -> None:
    while table.loop.report(NEWS[0]):
        pass
    table.loop.turn()
    assert table.loop.report(NEWS[0])
    assert not table.loop.report(NEWS[0])
