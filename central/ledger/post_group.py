"""Posting: one event, once, whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    book = _Book(connection, [group], now)
    content = group.content()
    asked = fingerprint(content)
    answer = book.answer_again(group, asked)
    if answer is not None:
        return answer
    if missing(group.entries, book.balances):
        store.add_refusal(connection, group.command, asked, Reason.TOO_LITTLE, now)
        return Refused(Reason.TOO_LITTLE)
    posted = book.post(group, content, asked)
    book.write()
    return posted


def post_fact(connection: Connection, group: EntryGroup, now: int) -> Posted | Repeated | Refused:
    """Post what has happened already: what an account lacks is owed, never lost.

    Refused only with OTHER_BODY: two different facts under one id.
    """
    return post_facts(connection, [group], now)[0]


def post_facts(
    connection: Connection, groups: Sequence[EntryGroup], now: int
) -> list[Posted | Repeated | Refused]:
    """Post facts in order, as `post_fact` does each; however many they are, with a few statements."""
    if not groups:
        return []
    book = _Book(connection, groups, now)
    answers: list[Posted | Repeated | Refused] = []
    for group in groups:
        content = group.content()
        asked = fingerprint(content)
        again = book.answer_again(group, asked)
        if again is None:
            payable = with_owed(group, book.balances)
            said = content if payable is group else payable.content()
            answers.append(book.post(payable, said, asked))
        else:
            answers.append(again)
    book.write()
    return answers


def entries_posted(connection: Connection, commands: Collection[str]) -> list[Entry]:
    """What the events of those ids have moved, in order; nothing for one that was never posted."""
    return store.entries_of(connection, commands)


class _Book:
    """The part of the ledger that these groups touch, read at once; `write` writes what was posted in it.

    Within it, one group after another: each finds balances, answers and chain as those before have left them.
    """

    def __init__(self, connection: Connection, groups: Sequence[EntryGroup], now: int) -> None:
        self._connection = connection
        self._now = now
        self._answers = store.find_answers(connection, {group.command for group in groups})
        refs = {entry.account for group in groups for entry in group.entries}
        self._accounts = store.find_accounts(connection, refs)
        self.balances = dict.fromkeys(refs, 0)
        self.balances |= {ref: account.balance for ref, account in self._accounts.items()}
        self._last_id, self._head = store.last_group(connection) or (0, START)
        self._made: list[store.NewGroup] = []

    def answer_again(self, group: EntryGroup, asked: str) -> Repeated | Refused | None:
        """The answer that the group's command has already."""
        answered = self._answers.get(group.command)
        if answered is None:
            return None
        if answered.asked != asked:
            return Refused(Reason.OTHER_BODY)
        if answered.group_id is None:
            return Refused(Reason(answered.reason))
        return Repeated(answered.group_id)

    def post(self, group: EntryGroup, content: bytes, asked: str) -> Posted:
        """Put the group, and its content, down; `asked` stands for it as asked for, before any of it was owed."""
        self._last_id += 1
        self._head = next_head(self._head, content, asked, self._now)
        moves = tuple((self._account_id(entry.account), entry.amount) for entry in group.entries)
        for entry in group.entries:
            self.balances[entry.account] = self.balances.get(entry.account, 0) + entry.amount
        self._made.append(
            store.NewGroup(self._last_id, group.command, group.what, asked, self._now, self._head, moves)
        )
        self._answers[group.command] = store.Answered(asked, self._last_id, "")
        return Posted(self._last_id)

    def write(self) -> None:
        """To the database."""
        store.add_groups(self._connection, self._made)

    def _account_id(self, ref: AccountRef) -> int:
        found = self._accounts.get(ref)
        if found is None:
            found = self._accounts[ref] = store.open_account(self._connection, ref)
        return found.id
