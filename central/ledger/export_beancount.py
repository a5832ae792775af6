"""The whole ledger as beancount text, so that an outside program can check it: `bean-check` in the tests.

Beancount counts the village's side: what members have is a liability below zero, cash is an asset above it, so every
amount has the other sign than here. Each lot is a beancount lot of its own, held at 1: its booking then refuses
whatever is taken from a lot that is not there, or is not there any more. Floors and expiry are not beancount's.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from central.japan import day_of
from central.ledger.history.store import History, StoredAccount, StoredGroup, StoredHold, StoredLot
from rules.ledger.accounts import AccountKind

FIRST_DAY = date(1970, 1, 1)
"""Every account is open from here on."""

_ROOTS: dict[str, str] = {
    AccountKind.MEMBER: "Liabilities",
    AccountKind.SHOP: "Liabilities",
    AccountKind.CASH_DESK: "Assets",
    AccountKind.CARD_GATEWAY: "Assets",
    AccountKind.DRIVER_CASH: "Assets",
    AccountKind.OWED: "Assets",
    AccountKind.SUSPENSE: "Assets",
    AccountKind.FARES_EARNED: "Income",
    AccountKind.SOLD: "Income",
    AccountKind.EXPIRED: "Income",
}
"""Where each kind stands; all others under Equity."""
_WORDS = ("FALSE", "NULL", "TRUE")
_HEADER = """\
; 元帳の写し / The ledger, exported.
; 金額の符号は村の側から見たもの（元帳と逆） / Amounts have the village's sign, the reverse of the ledger's.
option "title" "Yukemuri"
option "booking_method" "STRICT"
"""


def beancount(history: History) -> Iterator[str]:
    """The text in pieces: an `open` for each account, a transaction for each group, the balances of the day after.

    A group has its command, chain, fingerprint and second of posting as metadata, its lots and holds too; one that
    moves nothing has no postings. Days are Japan's, never before the day of the group before. Whatever was asked
    beyond ASCII letters and digits is written as `account_name` and `commodity` say, with the original as metadata.
    """
    yield _HEADER
    yield from _opened(history)
    text = _Text(history.accounts)
    for group in history.groups():
        yield text.transaction(group)
    yield from _balances(history, text.day + timedelta(days=1))
    yield f"; 鎖の端 / head of the chain: {text.head}\n"


def account_name(kind: str, owner: str) -> str:
    """`Liabilities:Member:Id-m` for a member's. Of the owner every other character is `-` and two hex digits a byte."""
    camel = "".join(part.capitalize() for part in kind.split("-"))
    name = f"{_ROOTS.get(kind, 'Equity')}:{camel}"
    return f"{name}:Id-{_escaped(owner, '[^A-Za-z0-9]', '-')}" if owner else name


def commodity(unit: str) -> str:
    """`KURAPO`, `TRIPS.7` for trips/7. Any other character is `_` and two hex digits a byte.

    A first character that is no letter stands after `X'`, and so do words that mean something to beancount.
    """
    inside = _escaped(unit, r"[^a-z0-9/]|/\Z", "_").upper().replace("/", ".")
    return inside if re.match("[a-z]", unit) and inside not in _WORDS else f"X'{inside}"


def _escaped(text: str, others: str, sign: str) -> str:
    return re.sub(others, lambda found: "".join(f"{sign}{byte:02x}" for byte in found[0].encode()), text)


def _opened(history: History) -> Iterator[str]:
    units: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for account in history.accounts.values():
        units[account.kind, account.owner].append(account.unit)
    for unit in sorted({account.unit for account in history.accounts.values()}):
        yield f"{FIRST_DAY} commodity {commodity(unit)}\n  unit: {_quoted(unit)}\n"
    for (kind, owner), counted in units.items():
        name = account_name(kind, owner)
        yield f"{FIRST_DAY} open {name} {','.join(map(commodity, counted))}\n  owner: {_quoted(owner)}\n"


def _balances(history: History, day: date) -> Iterator[str]:
    for account in history.accounts.values():
        name, unit = account_name(account.kind, account.owner), commodity(account.unit)
        yield f"{day} balance {name} {-account.balance} {unit}\n"


class _Text:
    """Goes through the groups; remembers the day, the chain's head and when each lot was made."""

    def __init__(self, accounts: dict[int, StoredAccount]) -> None:
        self.day = FIRST_DAY
        self.head = ""
        self._names = {
            number: (account_name(each.kind, each.owner), commodity(each.unit))
            for number, each in accounts.items()
        }
        self._made: dict[int, date] = {}

    def transaction(self, group: StoredGroup) -> str:
        """The group in beancount's words."""
        # Booking goes by days: a clock that was set back must not bring a spending before its charge.
        self.day = max(self.day, day_of(group.posted_at))
        self.head = group.chain
        for lot in group.lots:
            self._made[lot.id] = self.day
        lines = [
            f"{self.day} * {_quoted(group.what)}",
            f"  command: {_quoted(group.command)}",
            f'  chain: "{group.chain}"',
            f'  asked: "{group.asked}"',
            f"  posted_at: {group.posted_at}",
            *map(_lot, group.lots),
            *map(_hold, group.placed),
            *(f'  resolved-{number}: "{how}"' for number, how in group.resolved),
            *self._postings(group),
        ]
        return "\n".join(lines) + "\n"

    def _postings(self, group: StoredGroup) -> Iterator[str]:
        in_lots: defaultdict[tuple[int, int], int] = defaultdict(int)
        restored: dict[tuple[int, int], str] = {}
        for entry in group.entries:
            if not entry.lots:
                name, unit = self._names[entry.account]
                yield f"  {name} {-entry.amount} {unit}"
            for lot, amount, restores in entry.lots:
                in_lots[entry.account, lot] += amount
                if restores:
                    restored[entry.account, lot] = restores
        # Together, lot by lot: booking does not see what the same transaction has put into a lot.
        for (account, lot), amount in in_lots.items():
            name, unit = self._names[account]
            made = self._made.get(lot, FIRST_DAY)
            yield (
                f'  {name} {-amount} {unit} {{1 {unit}, {made}, "{lot}"}}'
                if amount
                else f"  ; {name} lot {lot}: 0"
            )
            if amount and (account, lot) in restored:
                yield f"    restores: {_quoted(restored[account, lot])}"


def _lot(lot: StoredLot) -> str:
    expires = "never" if lot.expires_at is None else lot.expires_at
    return f"  lot-{lot.id}: {_quoted(f'{lot.origin} {lot.programme}, expires {expires}')}"


def _hold(hold: StoredHold) -> str:
    until = "" if hold.until is None else f" until {hold.until}"
    parts = "".join(f", lot {lot}: {amount}" for lot, amount in hold.parts)
    return f"  hold-{hold.id}: {_quoted(f'{hold.kind} {hold.series}{until}{parts}')}"


def _quoted(text: str) -> str:
    """A beancount string. What JSON would escape, line ends and signs nobody can see, is written as JSON does."""
    inside = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"')
    return '"' + inside.replace("\\", "\\\\").replace('"', '\\"') + '"'
