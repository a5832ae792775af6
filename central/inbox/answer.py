"""One message of a field machine and what it is answered, within the caller's write transaction. No network here."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from central.database.transaction import Connection, DataUnusable, attempt
from central.devices.down_log import DownKey, begin_log_anew, follows_log, page_after
from central.devices.list_incident import Incident, What, list_incident
from central.devices.save_health import save_health
from central.devices.store import Device, all_seen, find_device, last_entry, put_seen
from central.inbox.greet import greet
from central.inbox.take_batch import MAX_NUMBER, cursor_for, take, take_run
from rules.messages.codec import Malformed, decode, encode
from rules.messages.link import Batch, Cursor, Hello, Seen, Word
from rules.messages.topics import FROM_DEVICE, Channel, Topic, parse_topic

log = logging.getLogger(__name__)

MAX_STATE_BYTES = 8 * 1024
MAX_LOG_NAME = 64


@dataclass(frozen=True, slots=True)
class Message:
    """What came in. `retained` marks one that was said before we listened."""

    topic: str
    payload: bytes
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What to publish once the transaction is committed."""

    topic: Topic
    payload: bytes


@dataclass(frozen=True, slots=True)
class Desk:
    """Where messages are answered: the village whose topics these are, and the key for pages to machines."""

    village: str
    key: DownKey

    def answer_all(self, connection: Connection, messages: Sequence[Message], now: int) -> list[Answer]:
        """Answer messages in order; of several answers on one topic the last says it all.

        A message that cannot be dealt with changes nothing but the list of incidents. Raises DataUnusable.
        """
        answers: dict[Topic, Answer] = {}
        for run in _runs(messages):
            for answer in self._answer_run(connection, run, now):
                answers.pop(answer.topic, None)
                answers[answer.topic] = answer
        return list(answers.values())

    def pages_for_all(self, connection: Connection) -> list[Answer]:
        """The next page for every machine that has told how far it has read and has not read all."""
        pages = (self._page(connection, device, seen) for device, seen in all_seen(connection))
        return [page for page in pages if page is not None]

    def _answer_run(self, connection: Connection, run: Sequence[Message], now: int) -> list[Answer]:
        together = self._take_together(connection, run, now) if len(run) > 1 else None
        if together is not None:
            return [together]
        answers = (self._answer_safely(connection, message, now) for message in run)
        return [answer for answer in answers if answer is not None]

    def _take_together(self, connection: Connection, run: Sequence[Message], now: int) -> Answer | None:
        """What batches that follow on each other become at once; None, and nothing done, where anything is amiss."""
        try:
            with attempt(connection):
                topic = parse_topic(run[0].topic)
                device = find_device(connection, topic.device) if topic else None
                if topic is None or topic.village != self.village or device is None or device.revoked:
                    raise _OneByOne
                taken = take_run(connection, device, [decode(each.payload, Batch) for each in run], now)
                if taken is None:
                    raise _OneByOne
                return self._word(device.device, taken)
        except DataUnusable:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, one of them will say so again
            return None

    def _answer_safely(self, connection: Connection, message: Message, now: int) -> Answer | None:
        try:
            with attempt(connection):
                return self._answer(connection, message, now)
        except DataUnusable:
            raise
        except Exception as error:
            # The fault is ours; the next message must not wait for it to be mended.
            log.exception("%s: could not be answered", message.topic)
            topic = parse_topic(message.topic)
            name = topic.device if topic else message.topic
            list_incident(connection, Incident(name, What.FAILED, type(error).__name__), now)
            return None

    def _answer(self, connection: Connection, message: Message, now: int) -> Answer | None:
        topic = parse_topic(message.topic)
        if topic is None or topic.village != self.village or topic.channel not in FROM_DEVICE:
            return None
        device = find_device(connection, topic.device)
        if device is None or device.revoked:
            what = What.UNKNOWN_DEVICE if device is None else What.REVOKED_DEVICE
            list_incident(connection, Incident(topic.device, what, topic.channel), now)
            return None
        try:
            return self._answer_device(connection, device, topic.channel, message, now)
        except Malformed as error:
            list_incident(
                connection, Incident(topic.device, What.MALFORMED, f"{topic.channel}: {error}"), now
            )
            return None

    def _answer_device(
        self, connection: Connection, device: Device, channel: Channel, message: Message, now: int
    ) -> Answer | None:
        name = device.device
        match channel:
            case Channel.HELLO:
                hello = decode(message.payload, Hello)
                greet(connection, device, hello, now)
                return self._word(name, cursor_for(connection, name, hello.epoch, now))
            case Channel.UP:
                batch = decode(message.payload, Batch)
                taken = take(connection, device, batch, now)
                if isinstance(taken, Incident):
                    log.warning("%s: %s (%s)", name, taken.what, taken.detail)
                    list_incident(connection, taken, now)
                    # Whatever is wrong, our cursor says from where it goes on.
                    taken = cursor_for(connection, name, batch.epoch, now)
                return self._word(name, taken)
            case Channel.SEEN:
                seen = _seen(message.payload)
                if not follows_log(connection, seen):
                    detail = f"{seen.number}, 役場 / central {last_entry(connection)}"
                    list_incident(connection, Incident(name, What.LIST_SET_BACK, detail), now)
                    begin_log_anew(connection, now)
                put_seen(connection, name, seen)
                return self._page(connection, name, seen)
            case _:
                if len(message.payload) > MAX_STATE_BYTES:
                    raise Malformed("state")
                save_health(connection, name, message.payload, now, retained=message.retained)
                return None

    def _page(self, connection: Connection, device: str, seen: Seen) -> Answer | None:
        page = page_after(connection, self.key, device, seen)
        return None if page is None else self._to(device, Channel.DOWN, page)

    def _word(self, device: str, word: Word) -> Answer:
        channel = Channel.CURSOR if isinstance(word, Cursor) else Channel.ACK
        return self._to(device, channel, self.key.sign_word(device, word))

    def _to(self, device: str, channel: Channel, message: object) -> Answer:
        return Answer(Topic(self.village, device, channel), encode(message))


class _OneByOne(Exception):
    """Batches that are not to be taken together."""


def _runs(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Batches of one machine that came one after the other, whoever spoke in between; all else alone, in its order."""
    runs: dict[str, list[Message]] = {}
    for message in messages:
        device, _, channel = message.topic.rpartition("/")
        if channel == Channel.UP:
            runs.setdefault(device, []).append(message)
            continue
        yield runs.pop(device, [])
        yield [message]
    yield from runs.values()


def _seen(payload: bytes) -> Seen:
    seen = decode(payload, Seen)
    if not 0 <= seen.number <= MAX_NUMBER or len(seen.log) > MAX_LOG_NAME:
        raise Malformed("seen")
    return seen
