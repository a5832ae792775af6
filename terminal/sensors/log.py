"""Recorded bytes of a receiver, read as the bus would have read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from terminal.sensors.fixes import SECONDS_OF_DAY, FixBuilder, Reading, Told
from terminal.sensors.nmea import Gga, Refusal, Rmc, Sentence, SentenceFramer, Zda, parse_sentence
from terminal.sensors.recorder import recordings

CHUNK = 65_536


class LogReader:
    """Bytes in, readings out, with everything refused counted by its reason.

    A log does not say when its bytes came in, so the receiver's own time of day takes the place of the monotonic clock.
    Dates stay as the receiver gave them: what is long past is no fault of an old log.
    """

    def __init__(self) -> None:
        self._framer = SentenceFramer()
        self._builder = FixBuilder()
        self._mono = 0.0
        self._time_of_day: float | None = None
        self._bytes = 0
        self._in_sentences = 0
        self.sentences = 0
        self.fixes = 0
        self.refused: Counter[Refusal] = Counter()

    @property
    def bytes_outside(self) -> int:
        """Bytes that stand in no whole sentence: other protocols, cut lines, comments, line ends."""
        return self._bytes - self._in_sentences

    def read(self, chunks: Iterable[bytes]) -> Iterator[Reading]:
        """All readings, in order, to the end of the log."""
        for chunk in chunks:
            self._bytes += len(chunk)
            for raw in self._framer.feed(chunk):
                self.sentences += 1
                self._in_sentences += len(raw)
                yield from self._count(self._hear(parse_sentence(raw)))
        yield from self._count(self._builder.finish())

    def _hear(self, sentence: Sentence | Refusal) -> list[Told]:
        if isinstance(sentence, Refusal):
            return [sentence]
        if isinstance(sentence, Rmc | Gga | Zda) and sentence.time_of_day is not None:
            if self._time_of_day is not None:
                passed = (sentence.time_of_day - self._time_of_day) % SECONDS_OF_DAY
                # More than half a day forward is a little back: two kinds of sentence need not agree.
                self._mono += passed if passed < SECONDS_OF_DAY / 2 else 0.0
            self._time_of_day = sentence.time_of_day
        return self._builder.take(sentence, self._mono)

    def _count(self, told: list[Told]) -> Iterator[Reading]:
        for one in told:
            if isinstance(one, Reading):
                self.fixes += 1
                yield one
            else:
                self.refused[one] += 1


def chunks_of(log: Path) -> Iterator[bytes]:
    """The bytes of a file, or of all recordings in a folder, oldest first. Raises OSError."""
    files = recordings(log) if log.is_dir() else [log]
    for path in files:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
