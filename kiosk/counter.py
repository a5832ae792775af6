"""The bath's counter: makes codes, shows them beside each other, takes cards, takes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import msgspec

from kiosk import words
from kiosk.cards import Card, read_card
from kiosk.codes import Codes, Made
from kiosk.hours import day_of, local_time
from kiosk.ports import MOST_SHOWN, Message, MessageKind, RecentCode, ShownCode, TodayCount
from kiosk.terms import rules_at
from rules.messages.events import CardPoints, OfferedBy, PointsOffered, PointsUndone
from rules.passes.point_code import MOST_PEOPLE, PointCode, make, to_address

if TYPE_CHECKING:
    from kiosk.ports import Visit
    from kiosk.station import Rules, Station
    from rules.instant import Instant

RECENT = 12
MESSAGE_S = 8.0
TREMBLE_S = 1.0
"""A second touch or press so soon is the same finger."""
HELD_S = 8.0
"""A card that was not seen for so long has gone, and comes anew."""
APART_S = 30 * 86_400
"""By how much at most the moments of codes made without the time are set apart."""
CARD_AGAIN_S = 600.0
"""The same card counts again after that; how often a day, the office decides."""


@dataclass(frozen=True, slots=True)
class _Shown:
    made: Made
    text: str
    until_ms: int


class Counter:
    """One owner's: the desk's. `at` is this moment by the machine's clock. Every method may raise JournalBroken.

    Each writes its record first, and only then is anything shown or heard.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._codes = Codes(station.journal)
        self._shown: dict[int, _Shown] = {}
        self._message: Message | None = None
        self._messages = 0
        self._message_until_ms = 0
        self._pressed_ms: dict[OfferedBy, int] = {}
        self._held: dict[bytes, int] = {}
        self._claims: dict[tuple[int, int], int] = {}

    def rules(self, at: Instant) -> Rules:
        """What this kiosk gives now, and when."""
        return rules_at(self._station.rules, self._station.lists.terms, at)

    def resume(self) -> None:
        """Take up what was made before the power went."""
        self._codes.load()
        self._claims = dict(self._station.lists.claims)

    def offer(self, visit: int, count: int, by: OfferedBy, at: Instant) -> None:
        """Make a code, write it down, and show it."""
        # A finger trembles on one thing; on two there are two guests.
        last_ms = self._pressed_ms.get(by)
        if last_ms is not None and at.mono_ms - last_ms < TREMBLE_S * 1000:
            return
        self._pressed_ms[by] = at.mono_ms
        rules = self.rules(at)
        chosen = {each.id: each for each in rules.visits}.get(visit)
        if chosen is None or not 1 <= count <= MOST_PEOPLE:
            return
        refusal = self._refusal(by, at)
        if refusal:
            self.say(refusal, at)
            return
        number, moment = self._codes.next_number, _moment_of(at)
        made = Made(
            number=number,
            moment=moment,
            at=at,
            visit=visit,
            count=count,
            points=chosen.points,
            by=by,
            good_hours=rules.good_hours,
        )
        event = PointsOffered(
            at=at, number=number, moment=moment, visit=visit, count=count, points=chosen.points, by=by
        )
        self._station.journal.write([event], self._codes.keeps_of(made))
        self._codes.note(made)
        self._show(made, at)
        self.say(MessageKind.MADE, at)

    def show_again(self, number: int, at: Instant, *, staff: bool) -> None:
        """もう一度表示: bring a code back."""
        made = self._codes.get(number)
        if made is None or not self._can_show(made, at, staff=staff):
            self.say(MessageKind.GONE, at)
        elif number not in self._shown and len(self._shown) >= MOST_SHOWN:
            self.say(MessageKind.NO_SPACE, at)
        else:
            self._show(made, at)

    def hide(self, number: int) -> None:
        """Take a code off the screen."""
        self._shown.pop(number, None)

    def clear(self) -> None:
        """Nothing is shown any more: nothing can be recorded."""
        self._shown.clear()

    def undo(self, number: int, at: Instant) -> None:
        """Staff take back the last code or card."""
        made = self._codes.last_standing(at)
        if made is None or made.number != number:
            self.say(MessageKind.NOTHING_TO_UNDO, at)
            return
        undone = msgspec.structs.replace(made, undone=True)
        event = PointsUndone(at=at, number=made.number, moment=made.moment, staff=True)
        self._station.journal.write([event], self._codes.keeps_of(undone))
        self._codes.note(undone)
        self.hide(number)
        self.say(MessageKind.UNDONE, at)

    def take_card(self, data: bytes, at: Instant) -> None:
        """A code stands before the camera."""
        seen_ms, self._held[data] = self._held.get(data), at.mono_ms
        if seen_ms is not None and at.mono_ms - seen_ms < HELD_S * 1000:
            return
        read = read_card(data, at, self._station.lists, self._station.issuer)
        if isinstance(read, MessageKind):
            self.say(read, at)
            return
        last = self._codes.last_of_card(read.pass_id)
        if last is not None and last.is_within(CARD_AGAIN_S, at):
            self.say(MessageKind.CARD_AGAIN, at)
        elif not self.rules(at).hours.is_open(at):
            self.say(MessageKind.CLOSED, at)
        else:
            self._write_card(read, at)

    def see_claims(self, at: Instant) -> None:
        """Look at what central has said of claims: a code that nobody more may claim leaves the screen."""
        claims = self._station.lists.claims
        if claims == self._claims:
            return
        news = {name for name, left in claims.items() if self._claims.get(name) != left}
        self._claims = dict(claims)
        for shown in list(self._shown.values()):
            if shown.made.name in news:
                self.say(MessageKind.CLAIMED, at)
                if self._left(shown.made) <= 0:
                    self.hide(shown.made.number)

    def tidy(self, at: Instant) -> None:
        """Let go of what is over: on the screen, on the disk."""
        for shown in list(self._shown.values()):
            if at.mono_ms >= shown.until_ms or not shown.made.is_good(at):
                self.hide(shown.made.number)
        if self._message and at.mono_ms >= self._message_until_ms:
            self._message = None
        self._held = {
            data: seen_ms for data, seen_ms in self._held.items() if at.mono_ms - seen_ms < HELD_S * 1000
        }

    def forget_old(self, at: Instant) -> None:
        """Let go, on the disk, of what nobody asks for any more."""
        ended = self._codes.ended(at)
        if ended:
            gone = self._station.lists.forget_claims({made.name for made in ended})
            self._station.journal.write([], [*self._codes.keeps_without(ended), *gone])
            self._codes.forget(ended)

    def say(self, kind: MessageKind, at: Instant) -> None:
        """Show a message, and sound it."""
        self._messages += 1
        self._message = Message(self._messages, kind, words.MESSAGES[kind])
        self._message_until_ms = at.mono_ms + int(MESSAGE_S * 1000)
        self._station.sound.say(kind)

    @property
    def message(self) -> Message | None:
        """What stands there now."""
        return self._message

    @property
    def waits_for_claims(self) -> bool:
        """Whether somebody stands before a code."""
        return bool(self._shown)

    def shown(self, at: Instant) -> tuple[ShownCode, ...]:
        """The codes on the screen, oldest first, so that none changes its place for the next."""
        return tuple(
            ShownCode(
                each.made.number,
                each.text,
                each.made.visit,
                each.made.count,
                max(0, -((at.mono_ms - each.until_ms) // 1000)),
                each.made.count - self._left(each.made),
                each.made.good_hours,
            )
            for each in self._shown.values()
        )

    def recent(self, at: Instant, *, staff: bool) -> tuple[RecentCode, ...]:
        """What was made lately; guests see only what they can bring back."""
        found: list[RecentCode] = []
        for made in self._codes.newest_first():
            can_show = self._can_show(made, at, staff=staff)
            if (staff and made.is_good(at)) or can_show:
                found.append(
                    RecentCode(
                        made.number,
                        made.visit,
                        made.count,
                        f"{local_time(made.at):%-H:%M}" if made.at.wall_known else "",
                        made.count - self._left(made),
                        made.undone,
                        bool(made.pass_id),
                        can_show,
                    )
                )
            if len(found) == RECENT:
                break
        return tuple(found)

    def today(self, at: Instant) -> tuple[TodayCount, ...]:
        """Each kind of visit today; before the time is known, since power came on."""
        of_today = [made for made in self._codes.newest_first() if not made.undone and _is_of_today(made, at)]
        return tuple(self._count(visit, of_today) for visit in self.rules(at).visits)

    def _count(self, visit: Visit, of_today: list[Made]) -> TodayCount:
        ours = [made for made in of_today if made.visit == visit.id]
        codes = [made for made in ours if not made.pass_id]
        return TodayCount(
            visit.id,
            len(codes),
            sum(made.count for made in ours),
            len(ours) - len(codes),
            sum(made.count - self._left(made) for made in codes),
        )

    def _refusal(self, by: OfferedBy, at: Instant) -> MessageKind | None:
        if len(self._shown) >= MOST_SHOWN:
            return MessageKind.NO_SPACE
        if by is OfferedBy.STAFF:
            return None
        if not self.rules(at).hours.is_open(at):
            return MessageKind.CLOSED
        if self._codes.of_last_hour(at) >= self._station.rules.codes_an_hour:
            return MessageKind.TOO_MANY
        return None

    def _write_card(self, card: Card, at: Instant) -> None:
        rules = self.rules(at)
        visits = {each.id: each for each in rules.visits}
        visit = visits[rules.cards.get(card.rider_class, rules.visits[0].id)]
        number, moment = self._codes.next_number, _moment_of(at)
        made = Made(
            number=number,
            moment=moment,
            at=at,
            visit=visit.id,
            count=1,
            points=visit.points,
            pass_id=card.pass_id,
            good_hours=rules.good_hours,
        )
        event = CardPoints(
            at=at, number=number, moment=moment, visit=visit.id, points=visit.points, pass_id=card.pass_id
        )
        self._station.journal.write([event], self._codes.keeps_of(made))
        self._codes.note(made)
        self.say(MessageKind.CARD_DONE, at)

    def _show(self, made: Made, at: Instant) -> None:
        code = PointCode(
            kiosk=self._station.number,
            number=made.number,
            moment=made.moment,
            clock=made.at.quality,
            visit=made.visit,
            count=made.count,
            points=made.points,
            issuer=self._station.issuer,
        )
        text = to_address(make(code, self._station.identity.signing_key), self._station.address)
        self._shown[made.number] = _Shown(made, text, at.mono_ms + self._station.rules.shown_s * 1000)

    def _can_show(self, made: Made, at: Instant, *, staff: bool) -> bool:
        is_late = not staff and made.age(at) >= self._station.rules.again_s
        is_open = not made.pass_id and not made.undone and self._left(made) > 0
        return is_open and made.is_good(at) and not is_late

    def _left(self, made: Made) -> int:
        """How many may still claim it, as far as is known."""
        return min(made.count, max(0, self._station.lists.claims.get(made.name, made.count)))


def _moment_of(at: Instant) -> int:
    """What a code made now is known by beside its number, also where nothing has told the time.

    Then the clock stands at the last record's time. If an older card was put back, number and that time alone would be
    those of another code, whose guest had the points. The power-on's name tells them apart; and the moment lies in the
    past, so that no later code seems to be made before it.
    """
    if at.wall_known:
        return at.wall
    return max(at.wall, APART_S) - crc32(at.boot.encode()) % APART_S


def _is_of_today(made: Made, at: Instant) -> bool:
    today, day = day_of(at), day_of(made.at)
    if today is None or day is None:
        return made.at.boot == at.boot
    return day == today
