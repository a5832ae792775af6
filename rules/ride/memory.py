"""What a bus remembers of a pass: apart from the records it sends, and longer than they wait."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rules.instant import Instant
from rules.money import NOTHING, Yen
from rules.passes.rider_pass import PassKind, RiderClass


@dataclass(frozen=True, slots=True)
class OpenRide:
    """Somebody is on the bus. `epoch` and `number` name the boarding record.

    `hold` is what the pass reserves, `group` whether it may pay for others too; `lat`, `lon` say where they boarded,
    None without a fix. `product` is the pass's own, 0 to pay per ride: journals begun before there were any lack it.
    """

    epoch: str
    number: int
    edition: int
    trip_id: str
    service_date: str
    stop_id: str
    stop_index: int
    pass_kind: PassKind
    rider_class: RiderClass
    group: bool
    hold: Yen
    adults: int
    children: int
    at: Instant
    lat: float | None
    lon: float | None
    product: int = 0


@dataclass(frozen=True, slots=True)
class Alighted:
    """Where and when a pass last alighted."""

    trip_id: str
    service_date: str
    stop_index: int
    at: Instant


@dataclass(frozen=True, slots=True)
class Taking:
    """What a ride has taken from its pass's hold. `epoch` and `number` name its boarding record."""

    epoch: str
    number: int
    yen: Yen


@dataclass(frozen=True, slots=True)
class PassMemory:
    """What this bus remembers of one pass, at least 48 h, apart from the records it sends.

    `moment` and `counter` are of the last accepted code. `kept` is the last figure from central, None before any: then
    the pass itself says it. `takings` are this bus's own that the figure does not count yet.
    `spent` is what a card has given on service day `day`, in `rides` rides; for a phone what was taken before takings
    had names, which no figure ever counts.
    """

    moment: int = 0
    counter: int = 0
    answered_at: Instant | None = None
    open_ride: OpenRide | None = None
    alighted: Alighted | None = None
    spent: Yen = NOTHING
    day: str = ""
    rides: int = 0
    kept: Yen | None = None
    takings: tuple[Taking, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptHold:
    """What central has said of a pass's hold: `kept` yen in hold `number`, good until Unix second `until`.

    `rides` are this machine's own that it counts, by their boarding records.
    """

    number: int
    kept: Yen
    until: int
    rides: tuple[tuple[str, int], ...] = ()


MAX_COUNTED = 64
"""Rides of one pass on one bus between two of its taps: more than a hold can pay for."""


def heard(before: KeptHold | None, news: KeptHold) -> KeptHold:
    """What is known of a hold after one more figure. An older one says nothing: what it counts is counted."""
    if before is None:
        return news
    if news.number < before.number:
        return before
    return replace(news, rides=(*before.rides, *news.rides)[-MAX_COUNTED:])


def reckoned(memory: PassMemory, said: KeptHold | None) -> PassMemory:
    """The memory with what central has said: only that lets go of a taking, the bus's own reconnecting does not."""
    if said is None:
        return memory
    left = tuple(taking for taking in memory.takings if (taking.epoch, taking.number) not in said.rides)
    return replace(memory, kept=said.kept, takings=left)


def taken(memory: PassMemory, ride: OpenRide, yen: Yen) -> PassMemory:
    """The memory after a ride has taken `yen` from the hold. A card's are counted by the day besides."""
    if not yen:
        return memory
    if ride.pass_kind is PassKind.CARD:
        memory = replace(memory, spent=Yen(memory.spent + yen))
    return replace(memory, takings=(*memory.takings, Taking(ride.epoch, ride.number, yen)))


def left_of_hold(memory: PassMemory, ride: OpenRide) -> Yen:
    """What a ride may take from the hold, as far as this bus knows."""
    rest = (ride.hold if memory.kept is None else memory.kept) - sum(each.yen for each in memory.takings)
    if ride.pass_kind is PassKind.CARD:
        rest = min(rest, ride.hold - memory.spent)
    else:
        rest -= memory.spent
    return Yen(max(0, rest))
