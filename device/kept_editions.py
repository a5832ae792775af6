"""The editions a field machine has: their days always at hand, what is in them unpacked at its first use."""

from __future__ import annotations

from collections.abc import Collection, Iterator, MutableMapping
from datetime import date
from typing import TYPE_CHECKING

from device.journal import Keep
from rules.messages.codec import Malformed, decode, encode
from rules.messages.edition_file import SIGNATURE_BYTES, unpack_edition

if TYPE_CHECKING:
    from device.journal import Journal
    from rules.network.edition import Edition

SEALED, DAY = "edition", "edition-day"
"""Kinds of what is remembered: the sealed file, and the first day, by number."""


class KeptEditions(MutableMapping[int, "Edition"]):
    """Editions by number. One that is put down is read from the journal file again when it is asked for.

    The seal is checked before an edition comes in here, by the keys of that time; later keys may not know it.
    """

    def __init__(self) -> None:
        self.valid_from: dict[int, date] = {}
        self._held: dict[int, Edition] = {}
        self._filed: set[int] = set()
        self._journal: Journal | None = None

    def load(self, journal: Journal) -> None:
        """Take up the days of what the journal file holds, and unpack nothing yet."""
        self._journal = journal
        for key, body in journal.recall_all(DAY).items():
            self.valid_from[int(key)] = decode(body, date)
        self._filed.update(self.valid_from)

    def file(self, edition: Edition, sealed: bytes) -> list[Keep]:
        """Take in an edition whose seal is central's; what is to be remembered of it."""
        self[edition.number] = edition
        if self._journal is not None:
            self._filed.add(edition.number)
        key = _key(edition.number)
        return [Keep(SEALED, key, sealed), Keep(DAY, key, encode(edition.valid_from))]

    def put_down(self, in_use: Collection[int]) -> None:
        """Hold in memory only those in use, and what the journal file does not have."""
        for number in self._filed.intersection(self._held).difference(in_use):
            del self._held[number]

    def forget(self, numbers: Collection[int]) -> list[Keep]:
        """Have these no more; what is to be forgotten on the disk."""
        for number in numbers:
            del self[number]
        return [Keep(kind, _key(number), None) for number in numbers for kind in (SEALED, DAY)]

    def __getitem__(self, number: int) -> Edition:
        """Raises KeyError, also for an edition whose file is damaged: from then on it is none."""
        if number not in self._held and number in self.valid_from:
            self._unpack(number)
        return self._held[number]

    def __setitem__(self, number: int, edition: Edition) -> None:
        self._held[number] = edition
        self.valid_from[number] = edition.valid_from

    def __delitem__(self, number: int) -> None:
        del self.valid_from[number]
        self._held.pop(number, None)
        self._filed.discard(number)

    def __iter__(self) -> Iterator[int]:
        return iter(tuple(self.valid_from))

    def __len__(self) -> int:
        return len(self.valid_from)

    def _unpack(self, number: int) -> None:
        sealed = self._journal.recall(SEALED, _key(number)) if self._journal is not None else None
        try:
            self._held[number] = unseal_kept(sealed or b"")
        except Malformed:
            del self[number]


def unseal_kept(sealed: bytes) -> Edition:
    """The edition in a file that was kept, whose seal was checked when it came. Raises Malformed."""
    return unpack_edition(sealed[1 + SIGNATURE_BYTES :])


def _key(number: int) -> str:
    return f"{number:09}"
