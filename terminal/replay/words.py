"""What both kinds of replay say alike: of a tap in words and as a line of JSON, of the time."""

from __future__ import annotations

from typing import Any

from rules.messages.events import HandAlighted, HandBoarded, Means, SettledBy, Tapped
from rules.passes.rider_pass import RiderClass
from rules.ride.outcomes import Movement
from terminal.screen.words import WORDS

MOVEMENTS = {Movement.BOARD: "乗車 board", Movement.ALIGHT: "降車 alight", Movement.REFUSED: "お断り refused"}
WHO_KNOWS = {
    SettledBy.LATER: "後の位置から確定 settled by what was seen later",
    SettledBy.DRIVER: "運転士の指定 as the driver said",
}
MEANS = {
    Means.CASH: "現金 cash",
    Means.COUPON: "回数券 coupon",
    Means.COMMUTER: "紙の定期券 commuter pass",
    Means.PASS: "使えなかったパス pass not taken",
}
CLASSES = {
    RiderClass.ADULT: "おとな adult",
    RiderClass.CHILD: "こども child",
    RiderClass.SENIOR: "高齢者 senior",
    RiderClass.STUDENT: "学生 student",
    RiderClass.HANDBOOK: "手帳 handbook",
    RiderClass.HANDBOOK_ATTENDED: "手帳・介助つき handbook, attended",
}
BY_HAND = "手扱い by hand"
BY_DRIVER = "運転士の判断 the driver's word"
STILL_SHOWN = "still-shown"
NO_TIME = "--:--:--"


def clock(t: float | None) -> str:
    """Seconds after a service day's midnight; hours may pass 24, as in a timetable."""
    if t is None:
        return NO_TIME
    minutes, seconds = divmod(int(t), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def answer_words(tap: Tapped, name: str, stop: str) -> str:
    """A tap and its answer; `name` is the pass's, `stop` that of the stop in the record."""
    said = WORDS[tap.outcome]
    what = f"{MOVEMENTS[tap.movement]}  {said.key} / {said.key_en}"
    fare = f"  {tap.fare}円" if tap.movement is Movement.ALIGHT else ""
    at = stop if tap.stop_id else "–"
    allowed = f"  {BY_DRIVER}" if tap.allowed else ""
    return f"●  {name}  {what}  {at}{fare}    {tap.confidence:.2f}  {tap.place_reason}{allowed}"


def who_words(event: HandBoarded | HandAlighted) -> str:
    """Who rides by the driver's hand, and by what."""
    camera = "" if event.camera else "  カメラなし no camera"
    return f"{BY_HAND}  {CLASSES[event.rider_class]} {event.people}人  {MEANS[event.means]}{camera}"


def hand_line(
    t: float | None, event: HandBoarded | HandAlighted, final: tuple[str | None, int | None]
) -> dict[str, Any]:
    """One record of the driver's hand, with the keys of a tap's and its own."""
    ended = event if isinstance(event, HandAlighted) else None
    begun = event if isinstance(event, HandBoarded) else None
    return {
        "t": t,
        "pass": None,
        "event": "hand-alight" if ended else "hand-board",
        "stop_id": event.stop_id,
        "confidence": event.confidence,
        "asked_driver": False,
        "fare": ended.fare if ended else None,
        "outcome": None,
        "reason": event.place_reason,
        "final_stop_id": final[0],
        "final_fare": final[1],
        "means": str(event.means),
        "class": event.rider_class.name.lower(),
        "people": event.people,
        "cash": ended.cash if ended else None,
        "board_stop_id": ended.board_stop_id if ended else None,
        "board": ended.board.number if ended and ended.board else None,
        "refused": begun.refused.number if begun and begun.refused else None,
        "forgotten": ended.forgotten if ended else False,
        "camera": event.camera,
    }


def tap_line(
    t: float | None, name: str, tap: Tapped | None, final: tuple[str | None, int | None]
) -> dict[str, Any]:
    """One tap, as it was answered and as it was settled (`final`: stop and fare); None was still in view."""
    line: dict[str, Any] = {"t": t, "pass": name, "event": "refused", "stop_id": None}
    line |= {"confidence": None, "asked_driver": False, "fare": None, "outcome": STILL_SHOWN, "reason": ""}
    if tap is not None:
        fare = int(tap.fare) if tap.movement is Movement.ALIGHT else None
        line |= {"event": str(tap.movement), "stop_id": tap.stop_id or None, "fare": fare}
        line |= {
            "confidence": tap.confidence,
            "asked_driver": tap.asked,
            "outcome": str(tap.outcome),
            "reason": tap.place_reason,
        }
    return line | {"final_stop_id": final[0], "final_fare": final[1]}
