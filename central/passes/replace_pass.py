"""Replacing a lost card or phone: the old pass is denied first, then its member gets another, with all their lots."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from central.database.transaction import Connection
from central.passes.deny_pass import deny_pass
from central.passes.issue_pass import Issuer, PassWanted, issue_card, issue_phone_pass
from central.passes.store import (
    PassRequest,
    add_request,
    find_pass,
    find_request,
    is_replaced,
)
from rules.passes.rider_pass import IssuedPass


class NotReplaced(StrEnum):
    """Why a pass is not replaced, in the office's words."""

    NOT_THEIRS = "この利用者のパスではありません / this is not a pass of this member"
    REPLACED = "このパスはもう再発行されています / this pass has been replaced already"
    OTHER_COMMAND = (
        "この操作の番号は別の内容で使われています。画面を開き直してください / "
        "this id was used for something else: open the page again"
    )


@dataclass(frozen=True, slots=True)
class Lost:
    """A pass by its id in hex, and why it may not ride any more, as machines are told.

    `command` is the id that whoever asks for another in its place made, and stored before.
    """

    pass_id: str
    reason: str
    command: str


def replace_pass(
    connection: Connection,
    issuer: Issuer,
    lost: Lost,
    wanted: PassWanted,
    now: int,
    phone_public: bytes | None = None,
) -> IssuedPass | NotReplaced:
    """A card, or a pass for the phone with this key, in place of a lost one of the same member.

    All in the transaction of `connection`: the denial, also of what was renewed from the old one, stands in the
    machines' log before the new pass does, and what the old one kept is free by then. The same command again gets the
    same pass; a pass is replaced once. Raises ValueError for what has no room.
    """
    asked = (wanted.member, "" if phone_public is None else phone_public.hex(), lost.pass_id)
    before = find_request(connection, lost.command)
    if before is not None:
        if (before.member, before.public_key, before.lost) != asked:
            return NotReplaced.OTHER_COMMAND
        known = find_pass(connection, before.pass_id)
        assert known is not None, "a pass that was asked for is kept"
        return known.issued
    old = find_pass(connection, lost.pass_id)
    if old is None or old.member != wanted.member:
        return NotReplaced.NOT_THEIRS
    if is_replaced(connection, lost.pass_id):
        return NotReplaced.REPLACED
    deny_pass(connection, lost.pass_id, lost.reason, now)
    if phone_public is None:
        issued = issue_card(connection, issuer, wanted, now)
    else:
        issued = issue_phone_pass(connection, issuer, wanted, phone_public, now)
    add_request(connection, PassRequest(lost.command, *asked, issued.body.pass_id.hex()), now)
    return issued
