"""What a real kiosk asked of SQLite while guests and staff stood before it, to be asked again: see `journal_script`."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from device.facts import Heard, LinkUp
from kiosk import desk as desk_module
from kiosk.ports import HideCode, StaffLeft, UndoLast
from rules.messages.codec import decode
from rules.messages.link import Ack, Hello
from rules.messages.topics import Channel
from tests.faults.journal_script import traced_script
from tests.kiosk.desk_bench import UNIT, Table, World, kiosk_on


def record_kiosk_script(folder: Path, steps: int, dice: Random) -> list[str]:
    """All statements of a kiosk from its start to its end, but for those that only read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk_module, "TICK_S", 0.0)
        return traced_script(lambda: _serve(World(folder), steps, dice))


def _serve(world: World, steps: int, dice: Random) -> None:
    with kiosk_on(world) as table:
        table.do(LinkUp())
        for _ in range(steps):
            _live(table, dice)


def _live(table: Table, dice: Random) -> None:
    """A code, a card, one that is taken back, a claim, an acknowledgement."""
    match dice.randrange(8):
        case 0 if table.again:
            table.claimed(dice.choice(table.again), 0)
        case 1 if table.page.recent:
            table.sign_in()
            table.do(UndoLast(table.page.recent[0].number), StaffLeft())
        case 2:
            table.hold(table.world.office.card())
        case 3:
            last, hello = table.journal.last, decode(table.link.sent(Channel.HELLO)[-1], Hello)
            ack = Ack(table.journal.epoch, last.number, last.hash.hex(), session=hello.session)
            table.do(Heard(table.world.office.says(UNIT, ack)))
        case _:
            number = table.offer(count=dice.randint(1, 6))
            table.do(HideCode(number))
