"""Why an act about an exception is refused, and what the parts of the list are called."""

from __future__ import annotations

from datetime import date

from central.exceptions.handling.acts import NotDone, Refused
from central.exceptions.wanted import Show
from central.japan import clock_text
from central.words.words import Words

SHOWN: dict[Show, Words] = {
    Show.OPEN: ("未対応", "open"),
    Show.MINE: ("自分が対応中", "mine"),
    Show.DONE: ("済み", "done"),
    Show.ALL: ("すべて", "all"),
}
_WORDS = {
    NotDone.GONE: "この例外はありません。一覧を開き直してください。 / There is no such exception: open the list again.",
    NotDone.NOT_OVER: (
        "この行は開いたままです。戻すものはありません。 / It is open: there is nothing to reopen."
    ),
    NotDone.NO_WORDS: (
        "理由を選んでください。「そのほか」とメモには、ことばも要ります。 / "
        "Choose a reason; “other” and notes want words, too."
    ),
}


def refusal_words(refused: Refused, today: date) -> str:
    """What the page says, Japanese first."""
    by = refused.by
    if refused.reason is NotDone.HELD and by is not None:
        at = clock_text(by.at, today)
        return (
            f"この行は {by.who} さんが {at} から対応中です。代わるときは「代わりに対応する」を押してください。 / "
            f"{by.who} has had it since {at}: press “take over” to relieve them."
        )
    if refused.reason is NotDone.OVER:
        if by is None:
            return "この行はひとりでに解決しています。 / It has come right by itself."
        at = clock_text(by.at, today)
        return f"この行は {by.who} さんが {at} に済みにしました。 / {by.who} closed it at {at}."
    return _WORDS[refused.reason]
