"""How much is under way follows the link: slowly at first, and less where answers take long."""

from __future__ import annotations

from device.sync import AGAIN_S, QUICK_S
from rules.messages.link import MAX_BATCH_RECORDS, Batch
from tests.device.sync_bench import Talk


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
