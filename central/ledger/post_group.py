"""Posting: one event, once, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from central.database.transaction import Connection
from central.ledger import store
from rules.ledger.chain import START, fingerprint, next_head
from rules.ledger.entry import AccountRef, Entry, EntryGroup, missing, with_owed


class Reason(StrEnum):
    """Why the ledger says no. The values stand in the database and stay stable."""

    OTHER_BODY = "other-body"
    """The command's id was used before, for something else."""
    TOO_LITTLE = "too-little"
    """An account would fall below its floor."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The event stands in the ledger now."""

    group_id: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """The event stood there before; nothing was done."""

    group_id: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Accounts and entries are as they were."""

    reason: Reason


def post(connection: Connection, group: EntryGroup, now: int) -> Posted | Repeated | Refused:
    """Post what somebody asks for, if no account falls below its floor. The same command gets the same answer."""
    asked = fingerprint(group.content())
    if (answered := store.find_answer(connection, group.command)) is not None:
        return _again(answered, asked)
    if missing(group.entries, _balances(connection, group)):
        store.add_refusal(connection, group.command, asked, Reason.TOO_LITTLE, now)
        return Refused(Reason.TOO_LITTLE)
    return Posted(_write(connection, group, asked, now))


def post_fact(connection: Connection, group: EntryGroup, now: int) -> Posted | Repeated | Refused:
    """Post what has happened already: what an account lacks is owed, never lost.

    Refused only with OTHER_BODY: two different facts under one id.
    """
    asked = fingerprint(group.content())
    if (answered := store.find_answer(connection, group.command)) is not None:
        return _again(answered, asked)
    payable = with_owed(group, _balances(connection, group))
    return Posted(_write(connection, payable, asked, now))


def entries_posted(connection: Connection, command: str) -> list[Entry]:
    """What the event of that id has moved; nothing if it was never posted."""
    return store.entries_of(connection, command)


def _again(answered: store.Answered, asked: str) -> Repeated | Refused:
    if answered.asked != asked:
        return Refused(Reason.OTHER_BODY)
    if answered.group_id is None:
        return Refused(Reason(answered.reason))
    return Repeated(answered.group_id)


def _balances(connection: Connection, group: EntryGroup) -> dict[AccountRef, int]:
    return {entry.account: store.balance_of(connection, entry.account) for entry in group.entries}


def _write(connection: Connection, group: EntryGroup, asked: str, now: int) -> int:
    head = store.last_chain(connection) or START
    group_id = store.add_group(
        connection,
        command=group.command,
        what=group.what,
        asked=asked,
        posted_at=now,
        chain=next_head(head, group.content(), asked, now),
    )
    moves = [(store.open_account(connection, entry.account), entry.amount) for entry in group.entries]
    store.add_entries(connection, group_id, moves)
    return group_id
