"""Which opening of the door a tap belongs to."""

from __future__ import annotations

from rules.ride.locator.openings import TAP_S, Opening, opening_of_alighting, opening_of_boarding


def test_a_boarding_belongs_to_the_last_opening_begun_unless_it_closed_over_a_minute_ago() -> None:
    first, second = _opening(100.0, 110.0), _opening(200.0, None)
    both = [first, second]
    assert opening_of_boarding(both, 99.0) is None
    assert opening_of_boarding(both, 110.0 + TAP_S) is first
    assert opening_of_boarding(both, 111.0 + TAP_S) is None
    assert opening_of_boarding(both, 5000.0) is second


def test_an_alighting_belongs_to_the_open_door_else_to_the_next_within_a_minute() -> None:
    both = [_opening(100.0, 110.0), _opening(200.0, None)]
    assert opening_of_alighting(both, 105.0) is both[0]
    assert opening_of_alighting(both, 120.0) is None
    assert opening_of_alighting(both, 200.0 - TAP_S) is both[1]
    assert opening_of_alighting(both, 900.0) is both[1]


def _opening(opened: float, closed: float | None) -> Opening:
    return Opening(1, opened, closed, ((0, 1.0),), 0.0, ask=False)
