"""From the journal to central: greet, send, be acknowledged, and what to do with every other answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from device import sync as sync_module
from device.journal import JournalBroken
from device.sync import AGAIN_S, MOST_WINDOW
from rules.instant import ClockQuality
from rules.messages.codec import decode, decode_event
from rules.messages.events import AnyEvent, JournalReplaced, Replaced, Salvaged
from rules.messages.link import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, MAX_IN_FLIGHT, Ack, Batch, Cursor, Hello
from rules.messages.topics import Channel
from tests.device.events import long_event
from tests.device.sync_bench import Talk, firsts, new_talk


@pytest.fixture(autouse=True)
def proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that carries everything from the first moment."""
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
