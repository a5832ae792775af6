"""Exceptions as they are read: a row of each table that they stand in, with what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from central.exceptions.kinds import QUARANTINED, REFUSED
from central.exceptions.place import Source


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record that was taken in and not applied, fields as in the table."""

    id: int
    device: str
    epoch: str
    number: int
    hash: str
    kind: str
    wall: int
    received_at: int
    refused: str
    body: bytes

    @property
    def value(self) -> str:
        """Its kind."""
        return REFUSED

    @property
    def reason(self) -> str:
        """Why it was not applied."""
        return self.refused

    @property
    def source(self) -> Source:
        """Where it stands."""
        return Source.RECORDS

    @property
    def record_id(self) -> int:
        """The record's row."""
        return self.id


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """A record under a number that holds another, `held_id` with `held_hash`.

    `as_epoch` and `as_number` name the record that handed it on later, `as_id` is that one's id and `as_refused` why it
    was not applied; all None if none did.
    """

    id: int
    device: str
    epoch: str
    number: int
    hash: str
    received_at: int
    body: bytes
    held_id: int | None
    held_hash: str | None
    as_epoch: str | None
    as_number: int | None
    as_id: int | None
    as_refused: str | None

    @property
    def value(self) -> str:
        """Its kind."""
        return QUARANTINED

    @property
    def reason(self) -> str:
        """Why it was not applied as it was handed on, "" where it was, or was not handed on."""
        return self.as_refused or ""


@dataclass(frozen=True, slots=True)
class Incident:
    """A row of the table of incidents, fields as there."""

    id: int
    device: str
    what: str
    detail: str
    first_at: int
    last_at: int
    times: int

    @property
    def value(self) -> str:
        """Its kind."""
        return self.what


@dataclass(frozen=True, slots=True)
class NoticedRecord:
    """A record that is in the books, and what about it somebody should look at."""

    id: int
    what: str
    record_id: int
    device: str
    epoch: str
    number: int
    hash: str
    kind: str
    wall: int
    received_at: int
    body: bytes

    @property
    def value(self) -> str:
        """Its kind."""
        return self.what

    @property
    def reason(self) -> str:
        """None: it was applied."""
        return ""

    @property
    def source(self) -> Source:
        """Where it stands."""
        return Source.NOTICED


@dataclass(frozen=True, slots=True)
class NoticedByPhone:
    """A claim of a member's phone that waits, or a ride of theirs, and what about it somebody should look at.

    `ride_id` is None for a claim; `edition`, `board` and `alight` are a ride's, `movement` and the moment a claim's.
    """

    id: int
    what: str
    device: str
    noticed_at: int
    member: str
    wall: int
    movement: str | None
    ride_id: int | None
    edition: int | None
    board: str | None
    alight: str | None
    fare: int | None

    @property
    def value(self) -> str:
        """Its kind."""
        return self.what


Row = RefusedRecord | QuarantinedRecord | Incident | NoticedRecord | NoticedByPhone
