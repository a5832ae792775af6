"""Six digits by mail: who has them has the mailbox."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from enum import StrEnum

from central.access import store
from central.access.store import MailCode
from central.audit.write_down import write_down
from central.database.transaction import Connection, Database
from central.members.register_member import NewMember, register, tidy_mail
from central.members.store import members_by_mail

GOOD_S = 10 * 60
TRIES = 5
LONGEST_MAIL = 254
"""Of an address, by RFC 5321."""
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.[a-z]{2,}")


class NotSignedIn(StrEnum):
    """Why somebody is not let in by mail."""

    BAD_MAIL = "bad-mail"
    """Not an address."""
    WRONG_CODE = "wrong-code"
    """Not the newest code, or it is over, or was tried too often: nobody is told which."""


def is_mail(text: str) -> bool:
    """Whether mail may be sent there."""
    mail = tidy_mail(text)
    return len(mail) <= LONGEST_MAIL and mail.isascii() and _ADDRESS.fullmatch(mail) is not None


def new_code(connection: Connection, mail: str, now: int, draw: Callable[[int], int]) -> str:
    """A code for the address, good for ten minutes; an older one is worth nothing. Known or not is all the same.

    `draw` gives a whole number below its argument.
    """
    code = f"{draw(10**6):06}"
    store.drop_old_codes(connection, now)
    store.put_mail_code(connection, _mail_hash(mail), MailCode(_code_hash(mail, code), now + GOOD_S, 0))
    return code


def members_by_code(
    database: Database, mail: str, code: str, now: int, draw: Callable[[int], int]
) -> list[str] | NotSignedIn:
    """The members of that address, a new one if it is not known yet. A right code is used up, a wrong one counted."""
    mail, typed = tidy_mail(mail), tidy_mail(code).replace(" ", "")
    with database.write() as connection:
        kept = store.find_mail_code(connection, _mail_hash(mail))
        # Compared also where nothing was sent: the answer takes as long.
        is_right = hmac.compare_digest(_code_hash(mail, typed), kept.hash if kept else "")
        if kept is None or kept.ends_at <= now or not is_right:
            if kept is not None:
                _count(connection, mail, kept)
            return NotSignedIn.WRONG_CODE
        store.drop_mail_code(connection, _mail_hash(mail))
        found = members_by_mail(connection, mail)
        if found:
            return found
        member = register(connection, NewMember("", mail=mail), f"mail/{kept.hash}", now, draw)
        write_down(
            connection, f"member:{member}", "member-registered", f"member:{member}", {"by": "mail"}, now
        )
        return [member]


def _count(connection: Connection, mail: str, kept: MailCode) -> None:
    if kept.tries + 1 >= TRIES:
        store.drop_mail_code(connection, _mail_hash(mail))
    else:
        store.put_mail_code(connection, _mail_hash(mail), MailCode(kept.hash, kept.ends_at, kept.tries + 1))


def _mail_hash(mail: str) -> str:
    return hashlib.sha256(tidy_mail(mail).encode()).hexdigest()


def _code_hash(mail: str, code: str) -> str:
    # A million codes are gone through in no time; what keeps them is that they are good for ten minutes.
    return hashlib.sha256(f"{tidy_mail(mail)}\n{code}".encode()).hexdigest()
