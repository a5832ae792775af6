"""A village of buses that lost one broker does not come back in the same second."""

from __future__ import annotations

import time
from random import Random

import pytest

from device.link import RECONNECT_S, Broker, Listeners, MqttLink, Waits
from hil.virtual.ports import free_port
from tests.faults.scale import until
from tests.lying_broker import lying_broker

SHORTEST, LONGEST = RECONNECT_S


def test_waits_begin_short_and_grow_to_the_longest() -> None:
    waits = Waits(lambda: 1.0)
    assert [waits.next() for _ in range(6)] == [4.0, 8.0, 16.0, 20.0, 20.0, 20.0]
    waits.restart()
    assert waits.next() == 4.0


def test_chance_alone_says_where_between_the_shortest_and_the_limit_a_wait_lies() -> None:
    assert [Waits(lambda share=share: share).next() for share in (0.0, 0.5, 1.0)] == [1.0, 2.5, 4.0]  # type: ignore[misc]


def test_every_wait_is_within_bounds_and_a_village_is_spread_over_them() -> None:
    village = [Waits(Random(number).random) for number in range(20)]
    for _ in range(4):
        moments = sorted(waits.next() for waits in village)
        assert moments[0] >= SHORTEST
        assert moments[-1] <= LONGEST
    # By now they spread over all there is: no second has more than a few of the twenty.
    assert max(sum(int(moment) == second for moment in moments) for second in range(21)) <= 5


def test_a_link_tries_again_after_the_wait_that_chance_gave_it() -> None:
    moments: list[float] = []
    chances = iter([0.0, 0.5, 0.0, 0.0, 0.0])
    told = Listeners(lambda: None, lambda _reason: moments.append(time.monotonic()), lambda _message: None)
    where = Broker("127.0.0.1", free_port(), "bus-001", "")
    link = MqttLink(where, "ohkura", "bus-001", told, lambda: next(chances))
    link.start()
    until(lambda: len(moments) == 4, "it has tried four times")
    link.stop()
    # paho waits twice before the second try; from then on once.
    second, third = moments[2] - moments[1], moments[3] - moments[2]
    assert second == pytest.approx(1.0 + 0.5 * (8.0 - 1.0), abs=0.8)
    assert third == pytest.approx(1.0, abs=0.8)


def test_a_connection_that_worked_makes_the_next_wait_a_first_one() -> None:
    drawn: list[float] = []

    def chance() -> float:
        drawn.append(0.0)
        return 0.0

    ups: list[float] = []
    listeners = Listeners(lambda: ups.append(time.monotonic()), lambda _reason: None, lambda _message: None)
    with lying_broker(b"") as broker:
        link = MqttLink(
            Broker("127.0.0.1", broker.port, "bus-001", ""), "ohkura", "bus-001", listeners, chance
        )
        link.start()
        for number in (1, 2, 3):
            until(lambda number=number: len(ups) == number, "it is up")  # type: ignore[misc]
            assert link._waits._limit == 4.0
            broker.hang_up()
            until(lambda number=number: len(drawn) == number, "it waits")  # type: ignore[misc]
        link.stop()
