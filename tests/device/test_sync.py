"""From the journal to central over a link that loses, doubles and swaps: everything arrives once, in order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from device import sync as sync_module
from device.identity import Identity
from device.journal import Journal, JournalBroken
from device.sync import AGAIN_S, MOST_WINDOW, QUICK_S, IsCentrals, Sync
from rules.instant import ClockQuality
from rules.messages.codec import decode, decode_event
from rules.messages.events import AnyEvent, JournalReplaced, Replaced, Salvaged
from rules.messages.link import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, MAX_IN_FLIGHT, Ack, Batch, Cursor, Hello
from rules.messages.topics import Channel
from rules.passes.seal import private_from_bytes, public_bytes
from tests.device.events import long_event, started
from tests.device.model_central import ModelCentral
from tests.fakes.link import FakeLink
from tests.fakes.time import FakeTime

DEVICE = "bus-001"
KEY = private_from_bytes(b"k" * 32)
IDENTITY = Identity(DEVICE, KEY, b"")


@dataclass
class Talk:
    """One bus's sending side, its journal and its link, and the central it talks to."""

    journal: Journal
    sync: Sync
    link: FakeLink
    time: FakeTime
    central: ModelCentral

    @property
    def now(self) -> float:
        return self.time.seconds

    def connect(self) -> None:
        self.sync.connected("boot", "1", ClockQuality.GPS, self.now)

    def hear(self, message: Cursor | Ack) -> None:
        if isinstance(message, Cursor):
            self.sync.cursor(message, self.now)
        else:
            self.sync.acknowledged(message, self.now)

    def greet(self) -> None:
        """Connect, and hear central's cursor."""
        self.connect()
        self.hear(self.central.answer(Channel.HELLO, self.link.sent(Channel.HELLO)[-1]))

    def write(self, count: int) -> None:
        first = self.journal.next_number
        self.journal.write([started(str(number)) for number in range(first, first + count)])

    def pump(self, seconds: float = 0.0) -> list[Batch]:
        """Move time, pump, and take what was sent. The loop pumps all the time: here once more at once."""
        self.time.move(seconds)
        before = len(self.link.sent(Channel.UP))
        self.sync.pump(self.now)
        self.sync.pump(self.now)
        return [decode(payload, Batch) for payload in self.link.sent(Channel.UP)[before:]]

    def pump_and_answer(self, seconds: float) -> list[int]:
        """Move time so far that hello is said again, answer it; the first numbers of what is sent then."""
        assert self.pump(seconds) == []
        self.hear(self.central.answer(Channel.HELLO, self.link.sent(Channel.HELLO)[-1]))
        return firsts(self.pump())

    def cursor_at(self, number: int) -> Cursor:
        found = self.journal.hash_at(number)
        assert found is not None
        return Cursor(self.journal.epoch, number, found.hex(), session=self.session)

    @property
    def session(self) -> str:
        """What the last hello was named."""
        return decode(self.link.sent(Channel.HELLO)[-1], Hello).session

    def ack_at(self, number: int) -> Ack:
        cursor = self.cursor_at(number)
        return Ack(cursor.epoch, cursor.number, cursor.hash, session=cursor.session)


def new_talk(folder: Path, is_centrals: IsCentrals = lambda _word: True) -> Talk:
    journal, link = Journal(folder, DEVICE, any_disk=True).open(), FakeLink()
    central = ModelCentral(DEVICE, public_bytes(KEY))
    return Talk(journal, Sync(IDENTITY, journal, link.publish, is_centrals), link, FakeTime(), central)


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    new = new_talk(tmp_path)
    yield new
    new.journal.close()


@pytest.fixture(autouse=True)
def proven(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that carries everything from the first moment; not for what is said of links."""
    if "pace" not in request.node.name and request.cls is None:
        monkeypatch.setattr(sync_module, "LEAST_WINDOW", MOST_WINDOW)


def test_a_word_that_is_not_centrals_is_not_heard(tmp_path: Path) -> None:
    forged: list[Cursor | Ack] = []
    talk = new_talk(tmp_path, lambda word: word not in forged)
    talk.write(3)
    talk.greet()
    forged.append(talk.ack_at(3))
    talk.hear(forged[0])
    assert talk.journal.waiting == 3
    forged.clear()
    talk.hear(talk.ack_at(3))
    assert talk.journal.waiting == 0
    talk.journal.close()


def handed_on(events: list[AnyEvent]) -> list[tuple[str, int, bytes, bytes]]:
    """Epoch, number, hash and bytes of every record in `events`, which are all salvaged ones."""
    assert all(isinstance(event, Salvaged) for event in events)
    salvaged = [event for event in events if isinstance(event, Salvaged)]
    return [(each.epoch, each.number, bytes.fromhex(each.hash), bytes(each.body)) for each in salvaged]


def firsts(batches: list[Batch]) -> list[int]:
    return [batch.first for batch in batches]


def test_hello_says_how_far_the_journal_goes(talk: Talk) -> None:
    talk.write(3)
    talk.connect()
    (payload,) = talk.link.sent(Channel.HELLO)
    journal = talk.journal
    assert decode(payload, Hello) == Hello(
        journal.epoch, 3, journal.last.hash.hex(), "boot", "1", ClockQuality.GPS, 0, talk.session
    )


def test_nothing_is_sent_before_central_has_answered(talk: Talk) -> None:
    talk.write(3)
    assert talk.pump() == []
    talk.connect()
    assert talk.pump() == []
    talk.hear(talk.cursor_at(0))
    assert [(batch.first, len(batch.records)) for batch in talk.pump()] == [(1, 3)]


def test_an_unanswered_hello_is_said_again_after_ten_seconds(talk: Talk) -> None:
    talk.connect()
    talk.pump(AGAIN_S)
    assert len(talk.link.sent(Channel.HELLO)) == 1
    talk.write(1)
    talk.pump(0.1)
    hellos = [decode(payload, Hello).last_number for payload in talk.link.sent(Channel.HELLO)]
    assert hellos == [0, 1]


def test_what_central_holds_already_is_not_sent(talk: Talk) -> None:
    talk.write(5)
    talk.connect()
    talk.hear(talk.cursor_at(3))
    assert [(batch.first, len(batch.records)) for batch in talk.pump()] == [(4, 2)]
    assert talk.journal.acknowledged == 3


def test_at_most_four_batches_are_on_their_way(talk: Talk) -> None:
    talk.write(10 * MAX_BATCH_RECORDS)
    talk.greet()
    sent = [batch for _ in range(20) for batch in talk.pump(0.4)]
    assert firsts(sent) == [1, 65, 129, 193]
    assert len(sent) == MAX_IN_FLIGHT
    talk.hear(talk.ack_at(128))
    assert firsts(talk.pump()) == [257, 321]


def test_a_batch_holds_at_most_64_records_and_48_kib_as_it_is_sent(talk: Talk) -> None:
    talk.journal.write([long_event(size) for size in (7_400, 7_400, 7_400, 7_400, 7_400, 7_400, 7_400)])
    talk.write(70)
    talk.greet()
    talk.pump()
    payloads = talk.link.sent(Channel.UP)
    assert [len(decode(payload, Batch).records) for payload in payloads] == [6, 64, 7]
    assert max(len(payload) for payload in payloads) <= MAX_BATCH_BYTES


def test_without_an_acknowledgement_everything_goes_out_again_after_ten_seconds(talk: Talk) -> None:
    talk.write(100)
    talk.greet()
    assert firsts(talk.pump()) == [1, 65]
    assert talk.pump(AGAIN_S) == []
    assert talk.pump_and_answer(0.1) == [1, 65]


def test_the_ten_seconds_begin_anew_with_every_acknowledgement(talk: Talk) -> None:
    talk.write(100)
    talk.greet()
    talk.pump()
    talk.time.move(9)
    talk.hear(talk.ack_at(64))
    assert talk.pump(9) == []
    talk.central.answer(Channel.UP, talk.link.sent(Channel.UP)[0])
    assert talk.pump_and_answer(2) == [65]


def test_the_ten_seconds_begin_when_the_broker_has_taken_the_batch(talk: Talk) -> None:
    talk.write(3)
    talk.greet()
    talk.link.takes = False
    talk.pump()
    assert talk.pump(60) == []
    talk.link.published[-1].taken = True
    assert talk.pump(1) == []
    assert talk.pump(AGAIN_S - 1) == []
    assert talk.pump_and_answer(2) == [1]


def test_what_the_link_has_no_room_for_is_sent_once_it_has(talk: Talk) -> None:
    talk.write(100)
    talk.greet()
    talk.link.has_room = False
    assert talk.pump() == []
    talk.link.has_room = True
    assert firsts(talk.pump()) == [1, 65]


def test_centrals_word_wins_when_it_has_fallen_back(talk: Talk) -> None:
    talk.write(200)
    talk.greet()
    talk.pump()
    talk.hear(talk.ack_at(200))
    assert talk.pump() == []
    talk.connect()
    talk.hear(talk.cursor_at(50))
    assert firsts(talk.pump()) == [51, 115, 179]
    assert talk.journal.acknowledged == 50


def test_the_same_cursor_over_and_over_does_not_make_it_send_over_and_over(talk: Talk) -> None:
    talk.write(100)
    talk.greet()
    talk.pump()
    for _ in range(10):
        talk.hear(talk.cursor_at(0))
        assert talk.pump(0.5) == []
    assert talk.pump_and_answer(AGAIN_S) == [1, 65]


@pytest.mark.parametrize("number", [0, 2, 4])
def test_where_central_disagrees_a_new_journal_begins_at_once_and_hands_everything_on(
    talk: Talk, number: int
) -> None:
    talk.write(3)
    talk.greet()
    talk.pump()
    before, lacking = talk.journal.epoch, talk.journal.records_after(0, 10)
    talk.hear(Cursor(before, number, "00" * 32, session=talk.session))
    assert talk.journal.epoch != before
    talk.hear(talk.central.answer(Channel.HELLO, talk.link.sent(Channel.HELLO)[-1]))
    (batch,) = talk.pump()
    replaced, *salvaged = [decode_event(bytes(record)) for record in batch.records]
    assert isinstance(replaced, JournalReplaced)
    assert (replaced.epoch, replaced.why, replaced.missing) == (before, Replaced.DISAGREED, [])
    assert handed_on(salvaged) == [(before, record.number, record.hash, record.body) for record in lacking]


def test_what_central_had_acknowledged_is_not_handed_on_when_only_later_numbers_are_taken(talk: Talk) -> None:
    talk.write(3)
    talk.greet()
    talk.pump()
    talk.hear(talk.ack_at(2))
    talk.hear(Cursor(talk.journal.epoch, 3, "00" * 32, session=talk.session))
    events = [decode_event(record.body) for record in talk.journal.records_after(0, 10)]
    assert [number for _, number, _, _ in handed_on(events[1:])] == [3]


def test_where_central_fell_back_too_far_everything_kept_is_handed_on(talk: Talk) -> None:
    talk.write(5)
    talk.greet()
    talk.pump()
    old = talk.cursor_at(1)
    talk.hear(talk.ack_at(5))
    talk.journal._file.drop_oldest(3)
    talk.hear(old)
    replaced, *salvaged = [decode_event(record.body) for record in talk.journal.records_after(0, 10)]
    assert isinstance(replaced, JournalReplaced)
    assert (replaced.why, replaced.missing, replaced.last_number) == (Replaced.TOO_OLD, [(2, 3)], 5)
    assert [number for _, number, _, _ in handed_on(salvaged)] == [4, 5]


def test_where_central_knows_nothing_of_a_journal_whose_beginning_is_gone_it_begins_anew(talk: Talk) -> None:
    talk.write(5)
    talk.greet()
    talk.pump()
    nothing = talk.cursor_at(0)
    talk.hear(talk.ack_at(5))
    talk.journal._file.drop_oldest(3)
    talk.hear(nothing)
    replaced, *salvaged = [decode_event(record.body) for record in talk.journal.records_after(0, 10)]
    assert isinstance(replaced, JournalReplaced)
    assert (replaced.why, replaced.missing) == (Replaced.TOO_OLD, [(1, 3)])
    assert [number for _, number, _, _ in handed_on(salvaged)] == [4, 5]


def test_an_answer_to_an_earlier_hello_is_nothing_to_us(talk: Talk) -> None:
    talk.write(3)
    talk.greet()
    talk.pump()
    old = talk.ack_at(3)
    talk.connect()
    talk.hear(old)
    talk.hear(Cursor(old.epoch, 3, old.hash, session=old.session))
    assert (talk.journal.acknowledged, talk.pump()) == (0, [])


def test_a_record_that_changed_on_the_disk_is_never_sent(talk: Talk) -> None:
    talk.write(3)
    talk.greet()
    with talk.journal._file.transaction() as connection:
        connection.execute("UPDATE records SET body = CAST(replace(body, '1', '2') AS BLOB) WHERE number = 2")
    with pytest.raises(JournalBroken):
        talk.pump()
    assert talk.link.sent(Channel.UP) == []


def test_a_cursor_of_another_journal_is_nothing_to_us(talk: Talk) -> None:
    talk.write(3)
    talk.connect()
    talk.hear(Cursor("ffffffffffffffff", 0, talk.cursor_at(0).hash, session=talk.session))
    assert talk.pump() == []


def test_an_acknowledgement_with_another_hash_moves_nothing(talk: Talk) -> None:
    talk.write(3)
    talk.greet()
    talk.pump()
    talk.hear(Ack(talk.journal.epoch, 3, "00" * 32, session=talk.session))
    assert talk.journal.waiting == 3
    assert talk.pump_and_answer(AGAIN_S + 1) == [1]


def test_after_a_lost_connection_nothing_goes_out_before_the_next_hello(talk: Talk) -> None:
    talk.write(3)
    talk.greet()
    talk.pump()
    talk.sync.disconnected()
    assert talk.pump(60) == []
    talk.greet()
    assert firsts(talk.pump()) == [1]


def counts(batches: list[Batch]) -> list[int]:
    return [len(batch.records) for batch in batches]


def test_the_pace_begins_slowly_and_doubles_while_answers_come_soon(talk: Talk) -> None:
    talk.write(2_000)
    talk.greet()
    sent = 0
    for window in (16, 32, 64, 128, 256, 256):
        batches = talk.pump(0.1)
        assert sum(counts(batches)) == window
        assert max(counts(batches)) <= MAX_BATCH_RECORDS
        sent += window
        talk.hear(talk.ack_at(sent))


def test_the_pace_falls_where_answers_take_long_and_is_lowest_after_every_hello(talk: Talk) -> None:
    talk.write(2_000)
    talk.greet()
    talk.pump()
    talk.hear(talk.ack_at(16))
    assert counts(talk.pump()) == [32]
    talk.time.move(QUICK_S + 1)
    talk.hear(talk.ack_at(48))
    assert counts(talk.pump()) == [32]
    talk.link.published[-1].taken = False
    talk.time.move(AGAIN_S + 1)
    talk.hear(talk.ack_at(80))
    assert counts(talk.pump()) == [16]
    talk.hear(talk.ack_at(96))
    assert counts(talk.pump()) == [32]
    talk.sync.disconnected()
    talk.greet()
    assert counts(talk.pump()) == [16]


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
