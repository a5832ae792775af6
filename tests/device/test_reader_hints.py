"""What the reader says of a code that it cannot read, on rendered door scenes; and what it does not say of others."""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
import pytest

from device.reader.camera import Preference
from device.reader.decode import Gray, look
from device.reader.hints import Standing
from device.reader.lens import NOTE, SAMPLE_SECONDS, WINDOW, Lens
from device.reader.messages import Hint
from hil.virtual.door_scenes import PLAIN, UNREADABLE, present
from hil.virtual.scenes import empty_frame
from hil.virtual.strangers import STRANGERS, stand
from tests.device.reader_material import door_text

PRESENTATIONS = 3
FRAMES = 24


def hints_of(pictures: list[Gray]) -> list[Hint]:
    standing = Standing()
    said = (standing.see(picture, look(picture), number / 15) for number, picture in enumerate(pictures))
    return [hint for hint in said if hint is not None]


@pytest.mark.parametrize("hint", UNREADABLE)
def test_the_hint_for_a_code_that_cannot_be_read_is_mostly_the_right_one(hint: Hint) -> None:
    said: Counter[Hint] = Counter()
    for seed in range(PRESENTATIONS):
        rng = np.random.default_rng([seed, 71])
        said.update(hints_of(list(present(door_text(rng), rng, UNREADABLE[hint], FRAMES))))
    assert said[hint] > 0, said
    assert said[hint] >= 0.6 * said.total(), said


@pytest.mark.parametrize("stranger", STRANGERS)
def test_who_holds_up_no_code_hears_no_hint(stranger: str) -> None:
    for seed in range(2):
        rng = np.random.default_rng([seed, 72])
        assert hints_of(stand(STRANGERS[stranger](rng), rng, 12)) == []


def test_an_empty_door_gives_no_hint() -> None:
    rng = np.random.default_rng(73)
    assert hints_of([empty_frame(rng) for _ in range(15)]) == []


def test_a_code_that_is_read_needs_no_hint() -> None:
    rng = np.random.default_rng(74)
    assert hints_of(list(present(door_text(rng), rng, PLAIN, FRAMES))) == []


# The lens


def note_after(pictures: list[Gray], lens: Lens, begun: float) -> str:
    for number in range(WINDOW):
        lens.see(pictures[number % len(pictures)], begun + number * SAMPLE_SECONDS)
    return lens.note


def fogged(picture: Gray) -> Gray:
    soft = cv2.GaussianBlur(picture, (0, 0), 14).astype(np.float32)
    return (soft * 0.7 + 60).astype(np.uint8)


def test_a_lens_that_fogs_up_is_said_and_a_wiped_one_is_not() -> None:
    rng = np.random.default_rng(75)
    clear = [empty_frame(rng) for _ in range(4)]
    lens = Lens()
    assert note_after(clear, lens, 0.0) == ""
    assert note_after([fogged(picture) for picture in clear], lens, 1000.0) == NOTE
    assert note_after(clear, lens, 2000.0) == ""


def test_a_lens_that_never_was_clear_is_said() -> None:
    rng = np.random.default_rng(76)
    assert note_after([fogged(empty_frame(rng))], Lens(), 0.0) == NOTE


def test_a_minute_of_fog_is_not_said() -> None:
    lens, picture = Lens(), fogged(empty_frame(np.random.default_rng(77)))
    for number in range(30):
        lens.see(picture, number * SAMPLE_SECONDS)
    assert lens.note == ""


@pytest.mark.parametrize("light", [0.02, 0.1])
def test_a_dark_night_is_no_fog(light: float) -> None:
    rng = np.random.default_rng(78)
    lens = Lens()
    assert note_after([empty_frame(rng)], lens, 0.0) == ""
    night = empty_frame().astype(np.float32) * light + rng.standard_normal((720, 1280)) * 4.0
    assert note_after([np.clip(night, 0, 255).astype(np.uint8)], lens, 1000.0) == ""


def test_an_empty_white_wall_is_no_fog() -> None:
    lens = Lens()
    assert note_after([empty_frame(np.random.default_rng(79))], lens, 0.0) == ""
    shade = np.tile(np.linspace(215, 232, 1280), (720, 1)).astype(np.uint8)
    assert note_after([shade], lens, 1000.0) == ""


# The pass, not the poster


def test_beside_a_pass_nothing_else_is_reported() -> None:
    preference = Preference()
    for number in range(30):
        assert preference.among([b"https://poster", b"YP1:A"], number / 15) == [b"YP1:A"]


def test_a_poster_alone_is_reported_once_it_has_stood_for_half_a_second() -> None:
    preference = Preference()
    reported = [number for number in range(20) if preference.among([b"https://poster"], number / 15)]
    assert reported[0] / 15 == pytest.approx(0.5, abs=0.1)


def test_a_pass_read_in_every_fourth_picture_keeps_the_poster_silent() -> None:
    preference = Preference()
    for number in range(40):
        codes = [b"https://poster", *([b"YP1:A"] if number % 4 == 0 else [])]
        assert set(preference.among(codes, number / 15)) <= {b"YP1:A"}


def test_a_poster_seen_now_and_then_is_not_standing() -> None:
    preference = Preference()
    assert not any(preference.among([b"https://poster"], number * 0.6) for number in range(10))


def test_what_stands_unread_all_day_is_looked_at_closely_once_a_second() -> None:
    rng = np.random.default_rng(80)
    poster = stand(STRANGERS["timetable"](rng), rng, 1)[0]
    standing, seen = Standing(), look(poster, harder=False)
    assert seen.unread is not None
    tries = []
    for number in range(150):
        tries.append(standing.is_worth_it(number / 15))
        standing.see(poster, seen, number / 15)
    assert all(tries[:75])
    assert sum(tries[75:]) <= 6
