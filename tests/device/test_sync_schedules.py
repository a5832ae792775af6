"""Whatever a link loses, doubles and swaps, and whatever backup central is set back to: all arrives once, in order."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rules.messages.link import MAX_IN_FLIGHT, Ack, Cursor
from rules.messages.topics import Channel
from tests.device.events import long_event
from tests.device.sync_bench import new_talk


class LossyLink(RuleBasedStateMachine):
    """Any schedule of writing, losing, doubling, swapping, cutting and of central put back to an old backup."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.talk = new_talk(Path(self.folder.name))
        self.on_the_way_up: list[tuple[Channel, bytes]] = []
        self.on_the_way_down: list[Cursor | Ack] = []
        self.taken_over = 0
        self.is_up = False

    @rule(count=st.integers(1, 150))
    def write(self, count: int) -> None:
        self.talk.write(count)

    @rule(sizes=st.lists(st.integers(1, 7_400), min_size=1, max_size=12))
    def write_much(self, sizes: list[int]) -> None:
        self.talk.journal.write([long_event(size) for size in sizes])

    @rule(seconds=st.sampled_from([0.2, 3.0, 11.0]))
    def go_on(self, seconds: float) -> None:
        self.talk.pump(seconds)

    @precondition(lambda self: not self.is_up)
    @rule()
    def connect(self) -> None:
        self.is_up = True
        self.talk.connect()

    @precondition(lambda self: self.is_up)
    @rule(is_lost=st.booleans())
    def cut(self, is_lost: bool) -> None:
        self.is_up = False
        self.talk.sync.disconnected()
        if is_lost:
            self.on_the_way_up.clear()
            self.on_the_way_down.clear()

    @precondition(lambda self: self.on_the_way_up)
    @rule(data=st.data(), stays=st.booleans(), arrives=st.booleans())
    def move_up(self, data: st.DataObject, stays: bool, arrives: bool) -> None:
        index = data.draw(st.integers(0, len(self.on_the_way_up) - 1))
        channel, payload = self.on_the_way_up[index]
        if not stays:
            del self.on_the_way_up[index]
        if arrives:
            self.on_the_way_down.append(self.talk.central.answer(channel, payload))

    @precondition(lambda self: self.on_the_way_down)
    @rule(data=st.data(), stays=st.booleans(), arrives=st.booleans())
    def move_down(self, data: st.DataObject, stays: bool, arrives: bool) -> None:
        index = data.draw(st.integers(0, len(self.on_the_way_down) - 1))
        message = self.on_the_way_down[index]
        if not stays:
            del self.on_the_way_down[index]
        if arrives and self.is_up:
            self.talk.hear(message)

    @rule(data=st.data())
    def put_central_back(self, data: st.DataObject) -> None:
        kept = data.draw(st.integers(0, len(self.talk.central.records)))
        del self.talk.central.records[kept:]

    @invariant()
    def hand_over(self) -> None:
        published = self.talk.link.published[self.taken_over :]
        self.on_the_way_up += [(message.channel, message.payload) for message in published]
        self.taken_over += len(published)

    @invariant()
    def at_most_four_batches_are_on_their_way(self) -> None:
        assert len(self.talk.sync._in_flight) <= MAX_IN_FLIGHT

    @invariant()
    def central_holds_the_beginning_of_the_journal(self) -> None:
        held = len(self.talk.central.records)
        assert self.talk.central.records == self.bodies()[:held]

    def bodies(self) -> list[bytes]:
        return [record.body for record in self.talk.journal.records_after(0, 100_000)]

    def teardown(self) -> None:
        try:
            self.everything_arrives_once_the_faults_stop()
        finally:
            self.talk.journal.close()
            self.folder.cleanup()

    def everything_arrives_once_the_faults_stop(self) -> None:
        self.talk.sync.disconnected()
        self.talk.connect()
        for _ in range(200):
            self.hand_over()
            while self.on_the_way_up:
                self.talk.hear(self.talk.central.answer(*self.on_the_way_up.pop(0)))
            self.talk.pump(1.0)
            if self.talk.central.records == self.bodies() and not self.talk.journal.waiting:
                return
        pytest.fail(f"{self.talk.journal.waiting} records are still waiting")


TestAnySchedule = LossyLink.TestCase
TestAnySchedule.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
