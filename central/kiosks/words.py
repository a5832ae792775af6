"""How a claim of a bath's points stands, and why it brought nothing, in the office's words, Japanese first."""

from __future__ import annotations

from central.kiosks.store import State
from central.kiosks.weigh_claim import NotClaimed
from central.words.say_event import Tone
from central.words.words import Words

STATES: dict[State, tuple[Words, Tone]] = {
    State.PENDING: (("待っている", "waits"), Tone.WARN),
    State.GIVEN: (("ポイントをつけた", "points given"), Tone.GOOD),
    State.REFUSED: (("つかなかった", "no points"), Tone.BAD),
    State.UNDONE: (("つけたあと取り消された", "given, then taken back"), Tone.BAD),
}
WHYS: dict[str, Words] = {
    NotClaimed.NOT_A_CODE: ("キオスクのコードではない", "no code of a kiosk"),
    NotClaimed.UNKNOWN_KIOSK: ("キオスクが登録されていないか、失効している", "unknown or revoked kiosk"),
    NotClaimed.WRONG_POINTS: ("その区分がないか、ポイントがちがう", "no such visit, or worth something else"),
    NotClaimed.STOPPED: ("会員が停止中か解約", "the member is blocked or has left"),
    NotClaimed.EXPIRED: ("受け取りの時間が過ぎた", "too late"),
    NotClaimed.USED: ("コードの人数分はもう受け取られた", "claimed already by as many as it was for"),
    NotClaimed.TAKEN_BACK: ("浴場がコードを取り消した", "the bath took the code back"),
    NotClaimed.CAP_OF_MEMBER: ("会員の上限に達した", "the member has had as much as one may"),
    NotClaimed.CAP_OF_KIOSK: ("キオスクの一日の上限に達した", "the kiosk has given its day's points"),
    NotClaimed.CLOSED: ("制度が閉じているか、予算がない", "the programme is closed, or has no budget left"),
    NotClaimed.BY_STAFF: ("職員が断った", "refused by staff"),
}
"""By the value that stands with the claim."""
