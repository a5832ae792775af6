"""Finding a member by what somebody says at the counter: a number, a name however it is written, a telephone number."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from central.database.transaction import Connection
from central.members.store import Profile, all_profiles

_HIRAGANA, _TO_HIRAGANA = range(ord("ァ"), ord("ヶ") + 1), ord("ぁ") - ord("ァ")
_SILENT = " ・-‐ー―"
"""What some write and others leave out."""
_FOLDED = {letter: letter + _TO_HIRAGANA for letter in _HIRAGANA} | dict.fromkeys(map(ord, _SILENT))
"""As str.translate wants it: a search folds every name in the village."""


@dataclass(frozen=True, slots=True)
class Found:
    """A member and who they are."""

    member: str
    profile: Profile


def find_members(connection: Connection, text: str, most: int) -> list[Found]:
    """Members whose number, name, reading, mail or telephone has `text` in it, at most so many, by their reading.

    Of names, kana of either kind, widths, capitals and spaces are all one. None for no text.
    """
    wanted = _folded(text)
    if not wanted:
        return []
    found = [
        Found(member, profile)
        for member, profile in all_profiles(connection)
        if any(
            wanted in _folded(said)
            for said in (member, profile.name, profile.kana, profile.mail, profile.phone)
        )
    ]
    # What begins with it comes first: who says さとう means no いさとう.
    found.sort(key=lambda each: (not _begins(each, wanted), _folded(each.profile.kana), each.member))
    return found[:most]


def _begins(each: Found, wanted: str) -> bool:
    said = (each.member, each.profile.name, each.profile.kana)
    return any(_folded(text).startswith(wanted) for text in said)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_FOLDED)
