"""Which rides return tickets pay for: the earlier first, whatever came first, and a late ride gives nobody a trip."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from rules.ledger.use_tickets import HeldTicket, Ridden, use_tickets
from rules.passes.rider_pass import RiderClass

DAYS = tuple(f"2026-09-{day:02}" for day in range(20, 26))
ENDS = (("A", "E"), ("E", "A"), ("A", "C"))


@st.composite
def tickets(draw: st.DrawFn) -> list[HeldTicket]:
    found = []
    for number in range(draw(st.integers(0, 4))):
        first = draw(st.integers(0, 5))
        last = draw(st.integers(first, 5))
        section = draw(st.sampled_from(ENDS))
        count = draw(st.integers(1, 2))
        rider_class = draw(st.sampled_from([RiderClass.ADULT, RiderClass.CHILD]))
        found.append(HeldTicket(f"s{number}", count, rider_class, section, DAYS[first], DAYS[last]))
    return found


rides = st.builds(
    Ridden,
    service_date=st.sampled_from(DAYS),
    device=st.sampled_from(["bus-001", "bus-002"]),
    epoch=st.just("e"),
    number=st.integers(1, 50),
    rider_class=st.sampled_from([RiderClass.ADULT, RiderClass.ADULT, RiderClass.CHILD]),
    board=st.sampled_from("AC"),
    alight=st.sampled_from("EC"),
)
histories = st.lists(rides, max_size=12, unique_by=lambda ride: (ride.device, ride.number))


def ridden(number: int, day: str = DAYS[0]) -> Ridden:
    return Ridden(day, "bus-001", "e", number, RiderClass.ADULT, "E", "A")


def test_what_ends_first_is_used_first_in_either_direction() -> None:
    long = HeldTicket("long", 1, RiderClass.ADULT, ("A", "E"), DAYS[0], DAYS[5])
    short = HeldTicket("short", 1, RiderClass.ADULT, ("A", "E"), DAYS[0], DAYS[1])
    used = use_tickets([ridden(3), ridden(1), ridden(2)], [long, short])
    assert used == {ridden(1): "short", ridden(2): "short", ridden(3): "long"}


@given(histories, tickets(), st.randoms(use_true_random=False))
def test_the_order_in_which_rides_are_heard_of_changes_nothing(
    history: list[Ridden], held: list[HeldTicket], chance: random.Random
) -> None:
    shuffled = list(history)
    chance.shuffle(shuffled)
    assert use_tickets(shuffled, held) == use_tickets(history, held)


@given(histories, tickets())
def test_a_trip_is_used_once_and_only_where_its_ticket_is_good(
    history: list[Ridden], held: list[HeldTicket]
) -> None:
    used = use_tickets(history, held)
    by_sale = {ticket.sale: ticket for ticket in held}
    for ride, sale in used.items():
        ticket = by_sale[sale]
        assert ticket.first_day <= ride.service_date <= ticket.last_day
        assert {ride.board, ride.alight} == set(ticket.section)
        assert ride.rider_class is ticket.rider_class
    for ticket in held:
        assert list(used.values()).count(ticket.sale) <= 2 * ticket.count


@given(histories, rides, tickets())
def test_a_ride_that_comes_late_takes_at_most_one_trip_and_gives_none(
    history: list[Ridden], late: Ridden, held: list[HeldTicket]
) -> None:
    before = use_tickets([ride for ride in history if ride != late], held)
    after = use_tickets([*(ride for ride in history if ride != late), late], held)
    assert after.keys() - {late} <= before.keys()
    assert len(before.keys() - after.keys()) <= 1
