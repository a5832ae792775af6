"""Small worlds for tests of the ride rules: a line of five stops, an office with keys, phones and cards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from rules.instant import ClockQuality, Instant
from rules.messages.codec import down_body, word_body
from rules.messages.link import DownPage, Word
from rules.money import Yen
from rules.network.edition import Edition
from rules.network.fares import FareTable
from rules.network.geofence import around_pole
from rules.network.stops import Stop
from rules.network.trips import Pattern, Route, Service, Trip
from rules.passes.key_set import Key, KeySet
from rules.passes.rider_pass import (
    IssuedPass,
    PassBody,
    PassFlag,
    PassKind,
    ReadPass,
    RiderClass,
    ShowClock,
    issue,
    read_code,
    show,
    to_text,
)
from rules.passes.seal import Use, compressed, public_bytes, sign
from rules.ride.admission import OfficeWord
from rules.ride.locate import Place
from rules.ride.tap import Door
from rules.tariff.tariff import STANDARD

ISSUER = 7
NOW = 1_790_000_000
DAY = "2026-09-21"
STOPS = ("A", "B", "C", "D", "E")
PHONE_KID, CARD_KID, DOWN_KID = 1, 128, 1
SECONDS_BETWEEN_STOPS = 300


def _pole(name: str, lat: float) -> Stop:
    return Stop(name, name, "", name, lat, 140.0, name, "", "", around_pole(lat, 140.0))


def edition(number: int = 1) -> Edition:
    """Five stops 1 km apart, 120 yen a section; B to D has no price; trips t1 and t2 run A to E."""
    poles = {name: _pole(name, 38.0 + index * 0.009) for index, name in enumerate(STOPS)}
    prices = {
        ("r", a, b): Yen(120 * (j - i))
        for i, a in enumerate(STOPS)
        for j, b in enumerate(STOPS)
        if i < j and (a, b) != ("B", "D")
    }
    times = tuple(8 * 3600 + index * SECONDS_BETWEEN_STOPS for index in range(len(STOPS)))
    week = (True, True, True, True, True, True, True)
    return Edition(
        number=number,
        valid_from=date(2026, 1, 1),
        operator="test",
        feed_version="1",
        notice="",
        stops=poles,
        routes={"r": Route("r", "r", "r")},
        shapes={},
        patterns=(Pattern("r", "0", STOPS, ""),),
        services={"s": Service("s", week, date(2026, 1, 1), date(2036, 1, 1), (), ())},
        trips={name: Trip(name, 0, "s", "E", times, times) for name in ("t1", "t2")},
        fares=FareTable(prices),
        tariff=STANDARD,
    )


@dataclass
class Office:
    """The village office: makes keys, passes and cards."""

    phone_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    card_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    down_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    cards: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    read_until: int = NOW
    _made: int = 0

    def word(self) -> OfficeWord:
        """What a bus knows of it."""
        keys = (
            Key(PHONE_KID, Use.PASS, public_bytes(self.phone_key), 0, 2**32 - 1),
            Key(CARD_KID, Use.PASS, public_bytes(self.card_key), 0, 2**32 - 1),
            Key(DOWN_KID, Use.DOWN, public_bytes(self.down_key), 0, 2**32 - 1),
        )
        return OfficeWord(ISSUER, KeySet(1, keys), self.cards, self.denied, self.read_until)

    def says(self, device: str, word: Word) -> Word:
        """Central's word to a machine, signed."""
        signature = sign(Use.WORD, word_body(device, word), self.down_key)
        return replace(word, kid=DOWN_KID, signature=signature.hex())

    def signed(self, device: str, page: DownPage) -> DownPage:
        """A page of central's log for a machine."""
        body = down_body(device, page.log, page.first, [bytes(entry) for entry in page.entries])
        return replace(page, kid=DOWN_KID, signature=sign(Use.DOWN, body, self.down_key).hex())

    def phone(
        self,
        *,
        hold: int = 2_000,
        rider_class: RiderClass = RiderClass.ADULT,
        flags: PassFlag = PassFlag.GROUP,
        valid_from: int = NOW - 3600,
        life_hours: int = 168,
        issuer: int = ISSUER,
        product: int = 0,
    ) -> Phone:
        """A phone with a pass on it."""
        key = ec.generate_private_key(ec.SECP256R1())
        body = PassBody(
            PassKind.PHONE,
            PHONE_KID,
            issuer,
            self._pass_id(),
            valid_from,
            life_hours,
            rider_class,
            flags,
            Yen(hold),
            product,
            compressed(key),
        )
        return Phone(issue(body, self.phone_key), key)

    def card(
        self,
        *,
        hold: int = 2_000,
        allowed: bool = True,
        valid_from: int = NOW - 3600,
        rider_class: RiderClass = RiderClass.ADULT,
    ) -> ReadPass:
        """A card as a bus reads it."""
        body = PassBody(
            PassKind.CARD,
            CARD_KID,
            ISSUER,
            self._pass_id(),
            valid_from,
            24 * 365,
            rider_class,
            PassFlag(0),
            Yen(hold),
            0,
            None,
        )
        if allowed:
            self.cards.add(body.pass_id.hex())
        return _read(issue(body, self.card_key).pack())

    def _pass_id(self) -> bytes:
        self._made += 1
        return self._made.to_bytes(8, "big")


class Phone:
    """Shows codes."""

    def __init__(self, issued: IssuedPass, key: ec.EllipticCurvePrivateKey) -> None:
        self.issued = issued
        self.key = key
        self.counter = 0

    def code(
        self,
        moment: int = NOW,
        *,
        adults: int = 0,
        children: int = 0,
        clock: ShowClock = ShowClock.ANCHORED,
    ) -> ReadPass:
        """A fresh code, as a bus reads it."""
        self.counter += 1
        return _read(
            show(
                self.issued,
                moment=moment,
                counter=self.counter,
                adults=adults,
                children=children,
                clock_quality=clock,
                private=self.key,
            )
        )


def at(seconds: float = 0, quality: ClockQuality = ClockQuality.GPS, boot: str = "boot") -> Instant:
    """`seconds` after NOW."""
    return Instant(boot, int((1000 + seconds) * 1000), int(NOW + seconds), quality)


def door(stop: int | None, trip: str = "t1", line: Edition | None = None) -> Door:
    """The bus at a stop of the line, or at none."""
    place = Place(stop, float(stop or 0), 0.9, "")
    lat = 38.0 + (stop or 0) * 0.009
    return Door(line or edition(), trip, DAY if trip else "", place, place, lat, 140.0)


def _read(code: bytes) -> ReadPass:
    read = read_code(to_text(code).encode())
    assert isinstance(read, ReadPass), read
    return read
