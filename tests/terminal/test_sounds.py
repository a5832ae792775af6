"""What the bus says: a sound for everything, each as loud as the others and beginning at once."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
import pytest

from device.player import RATE
from device.reader.messages import Hint
from rules.money import Yen
from rules.ride.outcomes import Movement, Outcome
from terminal.screen.words import WORDS
from terminal.signals.clips import FOLDER, NAMES, Mix, Samples, load_clips
from terminal.signals.lights import LOOKS
from terminal.signals.phrases import PHRASES, SENTENCES, amount
from terminal.signals.sayings import ANSWERS, CAMERA_GONE, FAULT, HINTS, Saying, saying_of
from terminal.signals.told import Told
from terminal.signals.tones import NOTES, REST, Tone

FARES = range(10, 10_000, 10)
FULL = 32_768
LONGEST_S = 5.5
"""A whole answer, from its tone on."""

clips = load_clips()


def seconds(names: tuple[str, ...]) -> float:
    return len(Mix(clips).rider(names)) / RATE


def reading(yen: int) -> str:
    return "".join(PHRASES[part].reading for part in amount(yen))


def told(outcome: Outcome, movement: Movement, yen: int = 600) -> Told:
    is_ride = outcome.rides
    return Told(
        outcome,
        movement if is_ride else Movement.REFUSED,
        Yen(yen) if is_ride and movement is Movement.ALIGHT else Yen(0),
        Yen(yen) if outcome is Outcome.SHORT else Yen(0),
    )


def every_saying() -> list[Saying]:
    moves = (Movement.BOARD, Movement.ALIGHT)
    answers = [saying_of(told(outcome, move)) for outcome in Outcome for move in moves]
    commuter = saying_of(Told(Outcome.OK, Movement.ALIGHT, commuter=True))
    odd = saying_of(told(Outcome.SHORT, Movement.ALIGHT, 125))
    return [*answers, *HINTS.values(), FAULT, CAMERA_GONE, commuter, odd]


def test_every_answer_and_every_hint_says_something() -> None:
    assert set(ANSWERS) == set(Outcome)
    assert set(HINTS) == set(Hint)
    for outcome in Outcome:
        for movement in (Movement.BOARD, Movement.ALIGHT):
            tone, *words = saying_of(told(outcome, movement)).rider
            assert tone in set(Tone) - {Tone.DRIVER}
            assert words


def test_the_files_are_those_that_are_said_and_no_others() -> None:
    assert {path.stem for path in FOLDER.glob("*.wav")} == NAMES
    said = {name for saying in every_saying() for name in (*saying.rider, *saying.driver)}
    assert said >= {*SENTENCES, *Tone}


def test_all_sounds_together_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.wav")) < 12_000_000


def test_tones_and_lamps_agree() -> None:
    tones = {outcome: saying.rider[0] for outcome, saying in ANSWERS.items()}
    looks = {tuple(LOOKS[outcome].sound): tone for outcome, tone in tones.items()}
    assert len(looks) == len(set(tones.values())) == 5
    assert {outcome: looks[LOOKS[outcome].sound] for outcome in Outcome} == tones


def test_the_driver_hears_only_what_needs_the_driver() -> None:
    needed = {outcome for outcome, saying in ANSWERS.items() if saying.driver}
    sent_there = {
        outcome for outcome, saying in ANSWERS.items() if {"see-driver", "driver-guides"} & set(saying.rider)
    }
    assert needed == sent_there | {Outcome.OK_OTHER, Outcome.SHORT}
    for outcome in needed:
        assert saying_of(told(outcome, Movement.ALIGHT)).driver[0] is Tone.DRIVER


def test_no_rider_hears_the_drivers_words() -> None:
    for saying in every_saying():
        assert not any(name.startswith("driver-") and name != "driver-guides" for name in saying.rider)
        assert Tone.DRIVER not in saying.rider


def test_a_refused_rider_is_not_told_why_before_the_others() -> None:
    private = {outcome for outcome, saying in ANSWERS.items() if saying.rider == (Tone.NO, "see-driver")}
    assert private >= {
        Outcome.DENIED,
        Outcome.EXPIRED,
        Outcome.BAD_SIGNATURE,
        Outcome.CARD_NOT_LISTED,
        Outcome.CARD_LIMIT,
    }
    spoken = "".join(phrase.text for phrase in SENTENCES.values())
    assert not any(word in spoken for outcome in private for word in (WORDS[outcome].key,))


@pytest.mark.parametrize(
    ("yen", "expected"),
    [
        (10, "ジューエンデス"),
        (100, "ヒャクエンデス"),
        (300, "サンビャクエンデス"),
        (400, "ヨンヒャクエンデス"),
        (600, "ロッピャクエンデス"),
        (700, "ナナヒャクエンデス"),
        (800, "ハッピャクエンデス"),
        (840, "ハッピャクヨンジューエンデス"),
        (970, "キューヒャクナナジューエンデス"),
        (1000, "センエンデス"),
        (1010, "センジューエンデス"),
        (3000, "サンゼンエンデス"),
        (3330, "サンゼンサンビャクサンジューエンデス"),
        (4000, "ヨンセンエンデス"),
        (6600, "ロクセンロッピャクエンデス"),
        (8000, "ハッセンエンデス"),
        (8880, "ハッセンハッピャクハチジューエンデス"),
        (9990, "キューセンキューヒャクキュージューエンデス"),
    ],
)
def test_amounts_are_read_as_people_read_them(yen: int, expected: str) -> None:
    assert reading(yen) == expected


DIGITS = {"": 1, "ニ": 2, "サン": 3, "ヨン": 4, "ゴ": 5, "ロク": 6, "ロッ": 6}
DIGITS |= {"ナナ": 7, "ハチ": 8, "ハッ": 8, "キュー": 9}
UNITS = {"セン": 1000, "ゼン": 1000, "ヒャク": 100, "ビャク": 100, "ピャク": 100, "ジュー": 10}
NUMBER = re.compile(f"({'|'.join(sorted(DIGITS, reverse=True))})({'|'.join(UNITS)})")


def understood(words: str) -> int:
    """Yen, of a reading: the way back, by tables of its own."""
    assert NUMBER.sub("", words) == "エンデス"
    return sum(DIGITS[digit] * UNITS[unit] for digit, unit in NUMBER.findall(words))


def test_every_fare_has_the_words_it_is_understood_by_and_they_are_there() -> None:
    for yen in FARES:
        assert understood(reading(yen)) == yen
        assert set(amount(yen)) <= NAMES
        assert sum(int(part.removesuffix("-yen")) for part in amount(yen)) == yen


def test_what_village_fares_are_is_spoken_whole() -> None:
    assert all(len(amount(yen)) == 1 for yen in range(10, 2_000, 10))


@pytest.mark.parametrize("yen", [0, 5, 125, 9_995, 10_000, -10])
def test_an_amount_without_words_leaves_the_rest_of_the_sentence(yen: int) -> None:
    assert amount(yen) == ()
    assert saying_of(told(Outcome.OK, Movement.ALIGHT, yen)).rider == (Tone.YES, "thanks")
    short = saying_of(told(Outcome.SHORT, Movement.ALIGHT, yen))
    assert short == Saying((Tone.LOOK, "cash-please"), (Tone.DRIVER, "driver-cash"))


def test_what_is_said_to_those_who_ride() -> None:
    assert saying_of(told(Outcome.OK, Movement.BOARD)).rider == (Tone.YES, "aboard")
    assert saying_of(told(Outcome.OK, Movement.ALIGHT)).rider == (Tone.YES, "600-yen", "thanks")
    commuter = Told(Outcome.OK, Movement.ALIGHT, commuter=True)
    assert saying_of(commuter).rider == (Tone.YES, "commuter", "thanks")
    short = saying_of(Told(Outcome.SHORT, Movement.ALIGHT, Yen(600), Yen(100)))
    assert short.rider == (Tone.LOOK, "in-cash", "100-yen", "please")
    assert short.driver == (Tone.DRIVER, "driver-cash", "100-yen")


def test_yes_is_short_and_no_sentence_is_long() -> None:
    assert seconds((Tone.YES,)) <= 0.3
    assert all(seconds((tone,)) <= 0.7 for tone in Tone)
    assert {name: seconds((name,)) for name in PHRASES if seconds((name,)) > 2.5} == {}
    assert {yen: seconds(amount(yen)) for yen in FARES if seconds(amount(yen)) > 3.0} == {}
    assert {
        saying: seconds(saying.rider) for saying in every_saying() if seconds(saying.rider) > LONGEST_S
    } == {}


def test_a_broken_bus_has_time_for_its_last_words() -> None:
    assert max(seconds(FAULT.rider), seconds(FAULT.driver)) <= 1.8


def rms(sound: Samples) -> float:
    """Of full scale, of the 10 ms blocks that are not silence."""
    block = RATE // 100
    power = ((sound[: len(sound) // block * block].reshape(-1, block) / FULL) ** 2).mean(axis=1)
    return float(np.sqrt(power[power > power.max() / 1000].mean()))


@pytest.mark.parametrize("name", sorted(PHRASES))
def test_every_phrase_is_as_loud_as_the_others_and_begins_at_once(name: str) -> None:
    sound = clips[name].astype(np.float64)
    peak = np.abs(sound).max()
    assert 0.35 <= peak / FULL <= 0.92
    assert 20 * math.log10(rms(clips[name])) == pytest.approx(-18, abs=1.5)
    heard = np.flatnonzero(np.abs(sound) > 0.01 * peak)
    assert heard[0] / RATE <= 0.03
    assert (len(sound) - heard[-1]) / RATE <= 0.1


def pitch_at(sound: Samples, start: float, length: float) -> float:
    part = sound[int(start * RATE) : int((start + length) * RATE)].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(part, n=RATE))
    return float(spectrum.argmax())


@pytest.mark.parametrize("tone", Tone)
def test_every_tone_has_its_notes(tone: Tone) -> None:
    start, sound = 0.0, clips[tone]
    assert 0.2 <= np.abs(sound).max() / FULL <= 0.6
    for pitch, length in NOTES[tone]:
        if pitch == REST:
            assert not sound[int(start * RATE) + 16 : int((start + length) * RATE) - 16].any()
        else:
            assert pitch_at(sound, start, length) == pytest.approx(pitch, abs=8)
        start += length


def test_tones_differ_in_rhythm_or_in_direction() -> None:
    def shape(tone: Tone) -> tuple[int, ...]:
        """Up, down or the same from note to note; 9 for a rest between."""
        heights = [pitch for pitch, _ in NOTES[tone]]
        pairs = pairwise(heights)
        return tuple(9 if REST in pair else (pair[1] > pair[0]) - (pair[1] < pair[0]) for pair in pairs)

    assert len({shape(tone) for tone in Tone}) == len(Tone)
    assert all(300 <= pitch <= 2000 for tone in Tone for pitch, _ in NOTES[tone] if pitch != REST)
