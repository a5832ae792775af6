"""Passphrases of staff and PINs of members: kept as argon2id, tried a few times, never told apart by time."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from central.access import store
from central.database.transaction import Connection, Database

SHORTEST, LONGEST = 12, 128
"""Characters of a passphrase, as OWASP ASVS 5 asks for where there is no second factor."""
LEAST_DIFFERENT = 5
PIN_LENGTHS = range(4, 9)
"""Digits of a PIN."""
TRIES = 5
"""Wrong in a row before it must be waited for."""
WAIT_S = 15 * 60
PIN_TRIES_IN_ALL = 10
"""Wrong in a row before a PIN is worth nothing until a new one is given: four digits are soon gone through."""

_COMMON = ("password", "passw0rd", "qwerty", "asdfgh", "zxcvbn", "12345", "abcdef", "letmein", "iloveyou")
_EASY_PINS = ("1234", "4321", "12345", "123456", "654321")
_HASHER = PasswordHasher()
# Of nothing that can be typed; tried where there is no such person, so that the answer takes as long.
_NOBODY = _HASHER.hash("\0nobody")
_NOTHING = ""
"""Stands where a hash would: it was dropped, and the rows before it stay as they are."""


class NotTaken(StrEnum):
    """Why a new passphrase or PIN is not taken."""

    SHORT = "short"
    """Fewer than 12 characters, or a PIN of fewer than four digits."""
    LONG = "long"
    """More than anybody types."""
    COMMON = "common"
    """What is tried first: a common word with a few signs, or few different ones."""
    NO_DIGITS = "no-digits"
    """A PIN holds digits only."""


class Proof(StrEnum):
    """What came of trying."""

    RIGHT = "right"
    WRONG = "wrong"
    """Or there is no such person, or they have none: nobody is told which."""
    WAIT = "wait"
    """Wrong too often: not even looked at for some minutes."""
    LOCKED = "locked"
    """A PIN wrong so often that a new one must be given at the office."""


def check_passphrase(text: str, name: str) -> NotTaken | None:
    """None if it may be the passphrase of whoever signs in as `name`."""
    text = _typed(text)
    if len(text) < SHORTEST:
        return NotTaken.SHORT
    if len(text) > LONGEST:
        return NotTaken.LONG
    # What remains once the common words are out of it must still be worth something.
    rest = text.lower().replace(name.lower(), "")
    for common in _COMMON:
        rest = rest.replace(common, "")
    return NotTaken.COMMON if len(set(rest)) < LEAST_DIFFERENT else None


def check_pin(pin: str) -> NotTaken | None:
    """None if it may be a member's PIN."""
    pin = _typed(pin)
    if not (pin.isascii() and pin.isdigit()):
        return NotTaken.NO_DIGITS
    if len(pin) not in PIN_LENGTHS:
        return NotTaken.SHORT if len(pin) < PIN_LENGTHS.start else NotTaken.LONG
    return NotTaken.COMMON if len(set(pin)) == 1 or pin in _EASY_PINS else None


def draw_pin(draw: Callable[[int], int]) -> str:
    """A PIN to print on a letter; `draw` gives a whole number below its argument, as `secrets.randbelow` does."""
    while check_pin(pin := f"{draw(10**4):04}") is not None:
        pass
    return pin


def put_pin(connection: Connection, member: str, pin: str, now: int) -> NotTaken | None:
    """From now on it is the member's; a locked one is open again. Whoever calls it writes it down."""
    refused = check_pin(pin)
    if refused is None:
        put_secret(connection, f"member:{member}", pin, now)
    return refused


def put_secret(connection: Connection, who: str, text: str, now: int) -> None:
    """From now on it is that of "staff:<name>" or "member:<id>". It was checked before."""
    store.put_hash(connection, who, _HASHER.hash(_typed(text)), now)
    store.clear_tries(connection, who)


def drop_secret(connection: Connection, who: str, now: int) -> None:
    """What was theirs opens nothing any more. Whoever calls it writes it down."""
    if has_secret(connection, who):
        store.put_hash(connection, who, _NOTHING, now)
    store.clear_tries(connection, who)


def has_secret(connection: Connection, who: str) -> bool:
    """Whether there is anything to try."""
    return bool(store.newest_hash(connection, who))


def prove(database: Database, who: str, text: str, now: int) -> Proof:
    """Try it. A try counts before it is looked at, so that a hundred at once are no more than a hundred in a row."""
    with database.write() as connection:
        kept = store.newest_hash(connection, who) or None
        tries, last_at = store.tries_of(connection, who)
        if tries >= PIN_TRIES_IN_ALL and who.startswith("member:"):
            return Proof.LOCKED
        if tries and tries % TRIES == 0 and now - last_at < WAIT_S:
            return Proof.WAIT
        if kept is not None:
            store.put_tries(connection, who, tries + 1, now)
    # Outside the transaction: it takes its time, and everybody else would wait.
    try:
        is_right = _HASHER.verify(kept or _NOBODY, _typed(text)) and kept is not None
    except VerificationError:
        is_right = False
    if not is_right:
        return Proof.WRONG
    with database.write() as connection:
        store.clear_tries(connection, who)
    return Proof.RIGHT


def _typed(text: str) -> str:
    """Full-width digits and letters are what a Japanese keyboard gives for the same keys."""
    return unicodedata.normalize("NFKC", text)
