"""A bus as a program of its own, to be cut off anywhere: the real loop and journal, and a lamp that tells on stdout.

`python -m tests.faults.bus FOLDER LIFE [--greens N] [--rest SECONDS] [--mutant NAME] [--descriptors N]` says, a line
each,

    ready EPOCH LAST    the loop is about to take its first fact
    green PASS WAY      the green lamp is lit for this pass, "board" or "alight"; nothing is said before it is
    red                 the fault's lamp
    ended CODE          the loop has returned

Its riders never come to an end unless `--greens` says when. No word waits in a buffer: the pipe holds what the lamp
has shown.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from device.clock import Clock, SystemTime
from device.facts import CodeSeen, Heard, LinkUp
from device.identity import Identity
from device.journal import Journal, JournalUnusable
from device.office_lists import OfficeLists
from device.reader.messages import Hint
from rules.messages.codec import decode
from rules.messages.link import Ack, Hello
from rules.messages.topics import Channel
from rules.passes.seal import public_bytes
from rules.ride.locate import Fix
from rules.ride.outcomes import Outcome
from terminal.bus import Bus
from terminal.facts import DoorState, Fact, FixSeen, TripDone
from terminal.loop import Loop
from terminal.signals.told import Told
from tests.fakes.link import FakeLink
from tests.fakes.time import FakeTime
from tests.faults.journal_check import opened
from tests.faults.mutants import MUTANTS
from tests.ride.builders import ISSUER, STOPS
from tests.terminal.loop_bench import T1, T2, UNIT, VERSION, World, text_of

LIFE_S = 50_000.0
"""Between two lives of one journal."""
ON_BOARD = 3


def say(*words: object) -> None:
    """Tell the test, at once and in one piece."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


class TellingDoor:
    """The terminal's `Signals`: every light is a line, and brings the next rider."""

    def __init__(self, riders: Riders) -> None:
        self._riders = riders

    def answer(self, told: Told) -> None:
        """Green, or a refusal, which no rider here should get."""
        outcome = told.outcome
        if outcome is Outcome.OK:
            say("green", *self._riders.at_the_door)
        else:
            say("refused", outcome, *self._riders.at_the_door)
        self._riders.next_one(answered=True)

    def help(self, hint: Hint) -> None:
        """Nobody here holds a code badly."""

    def fault(self) -> None:
        """The red lamp."""
        say("red")


class Riders:
    """Board, ride, alight, trip after trip: three of them each time, and one who forgets to alight."""

    def __init__(self, world: World, journal: Journal, greens: int | None, rest_s: float) -> None:
        self._world = world
        self._journal = journal
        self._left = greens
        self._rest_s = rest_s
        self._days = self._live()
        self.at_the_door = ("", "")
        self.link = FakeLink()
        self.loop: Loop

    def next_one(self, *, answered: bool) -> None:
        """Report facts up to the next code at the door, or the end."""
        if answered:
            time.sleep(self._rest_s)
        if answered and self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self.loop.stop()
                return
        for fact in self._days:
            assert self.loop.report(fact)
            if isinstance(fact, CodeSeen):
                return

    def _live(self) -> Iterator[Fact]:
        world = self._world
        yield LinkUp()
        for _ in range(12):
            world.time.move(1.0)
            yield self._fix(0)
        # What the power cut left underway.
        yield TripDone()
        while True:
            for trip in (T1, T2):
                yield self._fix(0)
                yield trip
                yield DoorState(is_open=True)
                cards = [world.office.card() for _ in range(ON_BOARD + 1)]
                for card in cards:
                    self.at_the_door = (card.body.pass_id.hex(), "board")
                    yield CodeSeen(text_of(card))
                yield DoorState(is_open=False)
                yield self._hear()
                world.time.move(120.0)
                yield self._fix(2)
                yield DoorState(is_open=True)
                for card in cards[:ON_BOARD]:
                    self.at_the_door = (card.body.pass_id.hex(), "alight")
                    yield CodeSeen(text_of(card))
                yield DoorState(is_open=False)
                yield TripDone()
                world.time.move(60.0)

    def _fix(self, stop: int) -> Fact:
        at, time = self._world.editions[1].stops[STOPS[stop]], self._world.time
        return FixSeen(Fix(time.seconds, at.lat, at.lon, 0.0, None, 1.0, 9), self._world.wall)

    def _hear(self) -> Fact:
        """Central has taken in all there is."""
        last, hello = self._journal.last, decode(self.link.sent(Channel.HELLO)[-1], Hello)
        ack = Ack(self._journal.epoch, last.number, last.hash.hex(), session=hello.session)
        return Heard(self._world.office.says(UNIT, ack))


def bus_of(world: World, journal: Journal, riders: Riders) -> Loop:
    """The real loop with real seconds for whoever waits; only the riders' clock is moved by hand."""
    lists = OfficeLists(UNIT, public_bytes(world.key))
    word = world.office.word()
    lists.keys, lists.read_until = word.keys, word.read_until
    lists.cards, lists.denied = world.office.cards, world.office.denied
    lists.editions.update(world.editions)
    loop = Loop(
        Bus(
            unit=UNIT,
            demo=True,
            issuer=ISSUER,
            version=VERSION,
            identity=Identity(UNIT, world.key, public_bytes(world.key)),
            journal=journal,
            lists=lists,
            clock=Clock(world.time, world.boot, journal.floor),
            real=SystemTime(),
            signals=TellingDoor(riders),
            link=riders.link,
            publish=lambda _snapshot: None,
        )
    )
    riders.loop = loop
    return loop


def drive(
    folder: Path,
    life: int,
    greens: int | None,
    kind: type[Journal],
    ready: Callable[[], None],
    *,
    rest_s: float = 0.0,
) -> int:
    """One life of the bus; its exit code. `ready` is called when the journal is open, before the first fact."""
    world = World(folder, time=FakeTime(1_000.0 + life * LIFE_S), boot=f"life {life}")
    world.office.read_until = int(world.wall)
    world.office._made = life * 1_000_000
    with opened(folder, kind) as journal:
        riders = Riders(world, journal, greens, rest_s)
        loop = bus_of(world, journal, riders)
        say("ready", journal.epoch, journal.last.number)
        ready()
        riders.next_one(answered=False)
        code = loop.run()
        say("ended", code)
        return code


def few_descriptors(free: int) -> None:
    """From now on at most `free` more files may be opened."""
    probe = os.open(os.devnull, os.O_RDONLY)
    os.close(probe)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (probe + free, hard))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("life", type=int)
@click.option("--greens", type=int, help="Drive home after so many.")
@click.option("--rest", default=0.0, help="Seconds between a lamp and the next rider.")
@click.option("--mutant", type=click.Choice(list(MUTANTS)), default="none")
@click.option("--descriptors", type=int, help="Open at most so many files more, from the start.")
@click.option("--descriptors-later", type=int, help="The same, once the journal is open.")
def main(
    folder: Path,
    life: int,
    greens: int | None,
    rest: float,
    mutant: str,
    descriptors: int | None,
    descriptors_later: int | None,
) -> None:
    """Drive one bus."""
    kind = MUTANTS[mutant]()
    if descriptors is not None:
        few_descriptors(descriptors)

    def ready() -> None:
        if descriptors_later is not None:
            few_descriptors(descriptors_later)

    try:
        sys.exit(drive(folder, life, greens, kind, ready, rest_s=rest))
    except JournalUnusable as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
