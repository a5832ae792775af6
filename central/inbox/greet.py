"""A machine's first word after every connection: what its journal says, compared with what is taken in of it."""

from __future__ import annotations

from dataclasses import replace

from central.database.transaction import Connection
from central.devices.list_incident import Incident, What, list_incident
from central.devices.store import Device
from central.inbox.store import Journal, forget_empty_journals, other_journals, put_journal
from central.inbox.take_batch import journal_of
from central.inbox.take_records import EPOCH
from rules.messages.codec import Malformed
from rules.messages.link import Hello

MAX_JOURNALS = 1_000
"""Of one machine; beyond it, those of which nothing was ever taken in are forgotten.

A hello is not signed: whoever holds a machine's password must not fill the table, nor lock its owner out.
"""
MAX_SESSION = 64


def greet(connection: Connection, device: Device, hello: Hello, now: int) -> None:
    """List what the office must know, and remember the greeting: every answer to this machine will name it.

    Our cursor answers a hello whatever is wrong: a machine that cannot go on from there begins a new journal.
    Raises Malformed for an epoch that no journal has.
    """
    if not EPOCH.fullmatch(hello.epoch) or len(hello.session) > MAX_SESSION or hello.last_number < 0:
        raise Malformed("hello")
    name = device.device
    ours = journal_of(connection, name, hello.epoch)
    others = other_journals(connection, name, hello.epoch)
    if len(others) >= MAX_JOURNALS:
        forget_empty_journals(connection, name)
    if not ours.told and not ours.number and others:
        list_incident(connection, Incident(name, What.NEW_JOURNAL, _news(hello, others)), now)
    what = _difference(ours, hello)
    if what is not None:
        told = f"{hello.epoch}: {hello.last_number} ({hello.acknowledged}), 役場 / central {ours.number}"
        list_incident(connection, Incident(name, what, told), now)
    told_most = max(ours.told, hello.last_number)
    put_journal(connection, name, replace(ours, session=hello.session, told=told_most))


def _difference(ours: Journal, hello: Hello) -> What | None:
    if hello.last_number < ours.number:
        return What.JOURNAL_BEHIND
    if hello.last_number == ours.number and hello.last_hash != ours.hash:
        return What.CONFLICT
    return What.OFFICE_BEHIND if hello.acknowledged > ours.number else None


def _news(hello: Hello, others: list[Journal]) -> str:
    """What is not here of the journals that were known before, as far as the machine had told."""
    open_ends = [f"{each.epoch}: {each.number + 1}–{each.told}" for each in others if each.told > each.number]
    return f"{hello.epoch} ({'; '.join(open_ends) or '0'})"
