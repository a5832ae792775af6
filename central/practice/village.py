"""An invented village that lives day by day, through the same doors as a real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from central.audit.write_down import write_down
from central.charging.begin_charge import begin_charge
from central.charging.practice_gateway import PracticeGateway
from central.charging.store import Asked
from central.charging.take_event import take_event
from central.counter.charge_member import ChargeWanted, charge
from central.counter.count_cash import BagCount, TillCount, count_bag, count_till
from central.counter.open_till import TillOpening, cash_in_till, open_till
from central.counter.set_up import change_settings
from central.counter.store import last_till_day
from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.devices.register_device import DeviceKind, register_device
from central.japan import seconds_of
from central.kiosks.claim_code import claim_code
from central.kiosks.keep_kiosks import register_kiosk
from central.kiosks.kiosk import Kiosk, Visit
from central.members.register_member import NewMember, register
from central.network.editions.publish_edition import Publishing, publish
from central.network.editions.store import SqlEditionStore
from central.network.receive_feed import receive_feed
from central.passes.hand_out_card import hand_out_card
from central.passes.issue_pass import Issuer, PassWanted
from central.practice.bus_day import BusDay, Chance
from central.practice.line import STOPS, line_files
from central.practice.machines import Machine
from central.practice.people import STAFF, kana_of, mail_of, name_of, phone_of, shop_of
from central.programmes.keep_programmes import add_programme, approve_budget
from central.rides.by_phone.settle import settle_waiting
from central.rides.by_phone.take_claim import take_claim
from central.rides.forgotten.infer_alightings import infer_alightings
from central.shops.pay_shop import PaymentWanted, pay
from central.shops.register_shop import register_shop
from central.wallets.charge_member import charge_cash
from rules.cash import DENOMINATIONS, CashCount
from rules.charging.follow import Charge
from rules.instant import ClockQuality
from rules.ledger.lots import Origin
from rules.ledger.programmes import LegalClass, Programme
from rules.messages.edition_file import seal_edition
from rules.messages.events import CardPoints, ClockSet, OfferedBy, PointsOffered, Started
from rules.money import Yen
from rules.passes import bus_code
from rules.passes.point_code import PointCode, make
from rules.passes.rider_pass import PassFlag, RiderClass

ISSUER = 65_535
"""The practice village's number on passes, which is no municipality's."""
LIFE_HOURS = 5 * 366 * 24
HOUR_S = 3600
OPENING_CASH = 50_000
BATH = Programme("bath", "入浴ポイント", "Bathing points", "village", LegalClass.GIVEN, Origin.FREE)
BUDGET = 20_000_000
ADULT = Visit(1, "おとな", "Adult", 50)
LOW, FILL = 2_500, 5_000
"""Yen: who has less charges so much."""
BY_CARD = 0.15
"""Of all charges, the share by card on the phone."""
CLAIMED = 0.8
PHONES_A_BUS = 2
"""Riders a day whose phone reads the bus."""
SHOWN_AS_WELL = 0.1
"""Of all who might, the share that shows the bus a pass on the same trip."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large it is: trips a day of each bus, riders by card a trip, payments a day, codes a day of each bath."""

    members: int
    shops: int
    buses: int
    turns: int
    riders: int
    payments: int
    baths: int
    codes: int


SMALL = Size(members=60, shops=6, buses=1, turns=8, riders=5, payments=12, baths=1, codes=6)
FEAST_TIMES = 4
"""On a feast so many times the riders."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member and the card they ride with."""

    number: str
    pass_id: str


@dataclass(slots=True)
class Village:
    """The village as it is; `purse` is by and large what each member has, in yen."""

    office: Office
    size: Size
    chance: Chance
    edition: int
    members: list[Member]
    buses: list[Machine]
    baths: list[Machine]
    gateway: PracticeGateway = field(default_factory=lambda: PracticeGateway("practice"))
    purse: dict[str, int] = field(default_factory=dict)
    asked: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    records: int = 0

    def command(self, what: str) -> str:
        """An id for something asked for."""
        self.asked += 1
        return f"{what}-{self.asked}"

    def somebody(self) -> Member:
        """A member; some come far more often than others."""
        return self.members[int(len(self.members) * self.chance.random() ** 3)]

    def some(self, count: int) -> list[Member]:
        """So many different members, fewer in a very small village."""
        found = {self.somebody().number: None for _ in range(count)}
        return [member for member in self.members if member.number in found]


def begin(office: Office, size: Size, chance: Chance, first_day: date) -> Village:
    """Lay the village out in an empty office, the day before `first_day`."""
    database = office.database
    now = seconds_of(first_day)[0] - 12 * HOUR_S
    draft = receive_feed(database, line_files(size.buses, size.turns), "practice", now)
    down = office.keys.down
    buses = [_machine(f"bus-{1 + each:03}", DeviceKind.BUS, chance) for each in range(size.buses)]
    baths = [_machine(f"kiosk-{1 + each:03}", DeviceKind.KIOSK, chance) for each in range(size.baths)]
    with database.write() as connection:
        edition = publish(
            draft.read,
            SqlEditionStore(connection),
            lambda packed: seal_edition(packed, down.kid, down.sign),
            Publishing(first_day, now, draft.feed_id, draft.version, "練習用 / for practice"),
        )
        for bus in buses:
            register_device(connection, bus.device, bus.kind, bus.public)
        change_settings(connection, STAFF, {"issuer": "練習の村", "contact": "練習の役場"}, now)
        add_programme(connection, BATH, STAFF, now)
        approve_budget(connection, BATH.id, BUDGET, "practice", STAFF, now)
        for place, bath in enumerate(baths, 1):
            kiosk = Kiosk(
                bath.device, place, f"練習の湯 {place}", f"Practice bath {place}", BATH.id, (ADULT,)
            )
            register_kiosk(connection, kiosk, bath.public, STAFF, now)
        for shop in range(size.shops):
            register_shop(connection, _shop(shop), shop_of(shop), now)
    village = Village(office, size, chance, edition.number, [], buses, baths)
    issuer = Issuer(ISSUER, edition.fares.dearest(), office.keys, lambda count: _bytes(chance, count))
    with database.write() as connection:
        village.members.extend(
            _register(connection, village, issuer, each, now) for each in range(size.members)
        )
    return village


def live(
    village: Village, first_day: date, days: int, feasts: tuple[int, ...], said: Callable[[int], object]
) -> None:
    """Let so many days go by, those numbered in `feasts` from 0 with many riders; `said` hears the days done."""
    for number in range(days):
        _day(village, first_day + timedelta(days=number), FEAST_TIMES if number in feasts else 1)
        said(number + 1)


def _day(village: Village, day: date, times: int) -> None:
    begin, _ = seconds_of(day)
    with village.office.database.write() as connection:
        open_till(
            connection, TillOpening(village.command("till"), "", STAFF, OPENING_CASH), begin + 8 * HOUR_S
        )
    drives = [_drive(village, bus, place, day, times) for place, bus in enumerate(village.buses)]
    by_card = [member for member in village.some(len(village.members)) if _is_low(village, member)]
    for member in by_card:
        if village.chance.random() < BY_CARD:
            _charge_by_card(village, member, begin + 9 * HOUR_S)
    with village.office.database.write() as connection:
        for member in by_card:
            if _is_low(village, member):
                _charge_in_cash(connection, village, member, begin + 9 * HOUR_S)
        for _ in range(village.size.payments):
            _pay(connection, village, begin + village.chance.randrange(9, 18) * HOUR_S)
    with village.office.database.write() as connection:
        for drive in drives:
            village.records += drive.machine.tell(connection, begin + 19 * HOUR_S)
            _phones(connection, village, drive, begin + 19 * HOUR_S)
        for bath in village.baths:
            _bathe(connection, village, bath, begin)
        infer_alightings(connection, begin + 20 * HOUR_S)
        settle_waiting(connection, begin + 20 * HOUR_S)
        _close(connection, village, drives, begin + 21 * HOUR_S)


def _drive(village: Village, bus: Machine, place: int, day: date, times: int) -> BusDay:
    drive = BusDay(bus, place, day, village.edition, village.chance)
    drive.start()
    for turn in range(village.size.turns):
        riders = village.some(village.size.riders * times)
        for rider in riders:
            village.purse[rider.number] -= 250
        drive.run(turn, [rider.pass_id for rider in riders])
    return drive


def _phones(connection: Connection, village: Village, drive: BusDay, now: int) -> None:
    """Phones that read the bus's code, once where they boarded and once where they alighted."""
    for _ in range(PHONES_A_BUS):
        trip = drive.opened[village.chance.randrange(0, len(drive.opened))]
        member = _with_phone(village, trip.passes).number
        for movement, place in (("board", 1), ("alight", village.chance.randrange(2, STOPS))):
            record, moment = trip.at[place]
            code = bus_code.sign(drive.machine.device, record.epoch, record.number, 0, drive.machine.key)
            asked = {"code": bus_code.to_text(code), "movement": movement, "moment": moment + 20}
            take_claim(connection, member, {"id": village.command("phone-claim"), **asked}, now)


def _with_phone(village: Village, passes: frozenset[str]) -> Member:
    member = village.somebody()
    while member.pass_id in passes and village.chance.random() >= SHOWN_AS_WELL:
        member = village.somebody()
    return member


def _bathe(connection: Connection, village: Village, bath: Machine, begin: int) -> None:
    opens = begin + 10 * HOUR_S
    bath.boot = f"{begin}"
    bath.write(Started(at=bath.at(opens), version="practice"))
    bath.write(ClockSet(at=bath.at(opens + 5), source="network", wall=opens + 5, error_ms=10))
    number = village.baths.index(bath) + 1
    claims: list[tuple[str, str, int]] = []
    for each in range(village.size.codes):
        count = village.codes[bath.device] = village.codes.get(bath.device, 0) + 1
        moment = opens + 60 + each * 600
        named = {"number": count, "moment": moment, "visit": ADULT.id, "points": ADULT.points}
        member = village.somebody()
        if each % 5 == 4:
            bath.write(CardPoints(at=bath.at(moment), pass_id=member.pass_id, **named))
            continue
        bath.write(PointsOffered(at=bath.at(moment), count=1, by=OfferedBy.TOUCH, **named))
        if village.chance.random() < CLAIMED:
            code = PointCode(
                number, count, moment, ClockQuality.GPS, ADULT.id, 1, ADULT.points, issuer=ISSUER
            )
            claims.append((make(code, bath.key), member.number, moment + 60))
    # Every other guest's phone is faster than the bath's network.
    for text, member_number, moment in claims[::2]:
        claim_code(connection, text, member_number, moment)
    village.records += bath.tell(connection, begin + 19 * HOUR_S)
    for text, member_number, moment in claims[1::2]:
        claim_code(connection, text, member_number, moment)


def _close(connection: Connection, village: Village, drives: list[BusDay], now: int) -> None:
    for drive in drives:
        bag = BagCount(
            village.command("bag"), "", drive.machine.device, str(drive.day), STAFF, _pieces(drive.cash)
        )
        count_bag(connection, bag, now)
    till = last_till_day(connection, "")
    assert till is not None, "it was opened in the morning"
    # On some days a coin is missing.
    missing = 100 if village.chance.random() < 0.05 else 0
    there = _pieces(cash_in_till(connection, till) - missing)
    count_till(connection, TillCount(village.command("count"), "", STAFF, there), now)


def _register(connection: Connection, village: Village, issuer: Issuer, number: int, now: int) -> Member:
    mail = mail_of(number) if number % 3 else ""
    person = NewMember(name_of(number), kana_of(number), RiderClass.ADULT, mail, phone_of(number))
    member = register(
        connection, person, village.command("register"), now, lambda below: village.chance.randrange(0, below)
    )
    # Before the card: what it says that a bus may take is what there is then.
    charge_cash(connection, member, Yen(FILL), village.command("opening"), now)
    wanted = PassWanted(member, RiderClass.ADULT, 1, now, LIFE_HOURS, PassFlag.TEST)
    issued = hand_out_card(connection, issuer, wanted, village.command("card"), now)
    assert issued is not None, "each command is new"
    village.purse[member] = FILL
    pass_id = issued.body.pass_id.hex()
    write_down(connection, _BY, "member-registered", f"member:{member}", {"card": pass_id}, now)
    return Member(member, pass_id)


_BY = f"staff:{STAFF}"


def _is_low(village: Village, member: Member) -> bool:
    return village.purse[member.number] < LOW


def _charge_in_cash(connection: Connection, village: Village, member: Member, now: int) -> None:
    command = village.command("charge")
    charge(connection, ChargeWanted(command, STAFF, "", member.number, FILL), now)
    write_down(connection, _BY, "cash-charged", f"member:{member.number}", {"yen": FILL}, now)
    village.purse[member.number] += FILL


def _charge_by_card(village: Village, member: Member, now: int) -> None:
    charged = Charge(village.command("practice-charge"), member.number, Yen(FILL), village.gateway.mode)
    begin_charge(village.office.database, village.gateway, Asked(charged, now))
    body, signature = village.gateway.paid(charged, now)
    take_event(village.office.database, village.gateway, body, signature, now)
    village.purse[member.number] += FILL


def _pay(connection: Connection, village: Village, now: int) -> None:
    member = village.somebody().number
    amount = village.chance.randrange(10, 120) * 10
    shop = _shop(village.chance.randrange(0, village.size.shops))
    pay(connection, PaymentWanted(village.command("payment"), shop, member, amount), now)
    village.purse[member] -= amount


def _shop(number: int) -> str:
    return f"s{number + 1:02}"


def _machine(device: str, kind: DeviceKind, chance: Chance) -> Machine:
    return Machine(device, kind, _bytes(chance, 8).hex(), _bytes(chance, 32))


def _bytes(chance: Chance, count: int) -> bytes:
    return bytes(chance.randrange(0, 256) for _ in range(count))


def _pieces(yen: int) -> CashCount:
    """So many yen in as few pieces as there can be."""
    found = []
    for kind in DENOMINATIONS:
        number, yen = divmod(yen, kind)
        found.append((kind, number))
    return CashCount(tuple(found))
