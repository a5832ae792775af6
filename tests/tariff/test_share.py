"""A part of a fare, in whole yen."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given

from rules.money import Yen
from rules.tariff.share import STEPS, Rounding, Share
from tests.tariff.tariffs import shares, yens

HALF = Share(1, 2, 10, Rounding.UP)


@pytest.mark.parametrize(
    ("share", "adult", "due"),
    [
        (HALF, 480, 240),
        (HALF, 250, 130),
        (HALF, 241, 130),
        (HALF, 0, 0),
        (replace(HALF, rounding=Rounding.DOWN), 250, 120),
        (replace(HALF, rounding=Rounding.NEAREST), 250, 130),
        (replace(HALF, rounding=Rounding.NEAREST), 248, 120),
        (Share(0, 1, 10, Rounding.UP), 980, 0),
        (Share(1, 1, 1, Rounding.UP), 987, 987),
        (Share(70, 100, 5, Rounding.UP), 333, 235),
        (Share(1, 3, 100, Rounding.NEAREST), 450, 200),
        (Share(1, 3, 50, Rounding.DOWN), 290, 50),
    ],
)
def test_a_share_is_rounded_to_its_step(share: Share, adult: int, due: int) -> None:
    assert share.of(Yen(adult)) == due


@given(shares(), yens)
def test_a_share_is_never_below_nothing_nor_above_the_adult_fare(share: Share, adult: Yen) -> None:
    assert 0 <= share.of(adult) <= adult


@given(shares(), yens, yens)
def test_a_dearer_ride_is_never_cheaper_for_anybody(share: Share, one: Yen, other: Yen) -> None:
    assert share.of(min(one, other)) <= share.of(max(one, other))


@given(shares(), yens)
def test_rounding_moves_a_share_by_less_than_a_step_and_the_way_it_says(share: Share, adult: Yen) -> None:
    exact = Fraction(adult * share.numerator, share.denominator)
    down, nearest, up = (
        replace(share, rounding=rounding).of(adult)
        for rounding in (Rounding.DOWN, Rounding.NEAREST, Rounding.UP)
    )
    assert down <= exact <= up
    assert up - down <= share.step
    assert nearest in (down, up)
    if up < adult:
        assert down % share.step == up % share.step == 0
        assert (nearest == up) == (up - exact <= exact - down)


@pytest.mark.parametrize(
    ("numerator", "denominator", "step", "says"),
    [
        (-1, 2, 10, "運賃の割合"),
        (3, 2, 10, "運賃の割合"),
        (0, 0, 10, "運賃の割合"),
        (1, -2, 10, "運賃の割合"),
        (1, 101, 10, "運賃の割合"),
        (1, 2, 0, "端数"),
        (1, 2, 2, "端数"),
        (1, 2, -10, "端数"),
        (1, 2, 1000, "端数"),
    ],
)
def test_a_share_that_nobody_means_is_refused_in_both_languages(
    numerator: int, denominator: int, step: int, says: str
) -> None:
    with pytest.raises(ValueError, match=f"{says}.+ / .+"):
        Share(numerator, denominator, step, Rounding.UP)


@pytest.mark.parametrize("step", STEPS)
def test_free_and_whole_are_shares(step: int) -> None:
    assert Share(0, 1, step, Rounding.UP).of(Yen(990)) == 0
    assert Share(1, 1, step, Rounding.DOWN).of(Yen(1_000)) == 1_000
