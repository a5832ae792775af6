"""How often a machine says how it is: what people act on at once, where it is now and then."""

from __future__ import annotations

from msgspec.structs import replace

from device.health import MOVED_S, STILL_S, HealthReports
from rules.messages.codec import decode, encode
from rules.messages.link import Health
from rules.messages.topics import Channel

WELL = Health(online=True, lat=38.60912, lon=140.12345, trip_id="t1", progress=0.1)


class Line:
    """Keeps what was said."""

    def __init__(self) -> None:
        self.said: list[Health] = []

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> None:
        assert (channel, retain) == (Channel.STATE, True)
        self.said.append(decode(payload, Health))


def told(each_second: list[Health], moved_s: float = MOVED_S) -> list[Health]:
    """What goes out of so many seconds."""
    line = Line()
    reports = HealthReports(line, moved_s)
    for second, health in enumerate(each_second, start=100):
        if reports.is_due(float(second)):
            reports.tell(health, float(second))
    return line.said


def driving(seconds: int) -> list[Health]:
    return [replace(WELL, progress=second / 100, queue=second % 3) for second in range(seconds)]


def test_a_bus_that_drives_says_now_and_then_where_it_is() -> None:
    assert len(told(driving(600))) == 600 / MOVED_S


def test_where_the_line_costs_nothing_it_may_say_so_each_second() -> None:
    assert len(told(driving(60), 1.0)) == 60


def test_a_bus_that_stands_says_each_minute_that_it_is_there() -> None:
    assert len(told([WELL] * 600)) == 600 / STILL_S


def test_a_door_a_fault_or_another_trip_is_said_at_once() -> None:
    for changed in (
        replace(WELL, door_open=True),
        replace(WELL, camera="x"),
        replace(WELL, trip_id=""),
        replace(WELL, undervoltage=True),
    ):
        assert told([WELL, WELL, changed, changed]) == [WELL, changed]


def test_what_is_as_it_is_by_itself_does_not_travel() -> None:
    assert encode(Health(online=True)) == b'{"online":true}'
