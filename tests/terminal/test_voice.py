"""The voice at the door: at once, cut off by what is newer, and never in anybody's way."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from device.clock import SystemTime
from device.facts import CameraState
from device.pins import Board
from device.player import FRAME_BYTES, RATE, Aplay, Player
from device.reader.messages import Hint
from device.settings import load_settings
from device.wiring import World
from rules.money import Yen
from rules.ride.outcomes import Movement, Outcome
from terminal.main import Terminal
from terminal.settings import Settings, Sound
from terminal.signals.clips import Mix, load_clips
from terminal.signals.sayings import CAMERA_GONE, FAULT, HINTS, saying_of
from terminal.signals.together import Together
from terminal.signals.told import Told
from terminal.signals.voice import Voice
from tests.fakes.sound_card import FakeCard

AT_ONCE_S = 0.05
SLOW = 4 if os.getloadavg()[0] > 2 * (os.cpu_count() or 1) else 1
"""A machine with more to do than it can gives no thread its turn within 50 ms."""
ALIGHTED = Told(Outcome.OK, Movement.ALIGHT, Yen(600))
ABOARD = Told(Outcome.OK, Movement.BOARD)
CHECK = Told(Outcome.OK_OTHER, Movement.BOARD)

mix = Mix(load_clips())


@contextmanager
def speaking(card: Player, lines: list[str], spoken: Mix = mix) -> Iterator[Voice]:
    voice = Voice(spoken, card, lines.append, SystemTime())
    voice.start()
    yield voice
    voice.stop()


def until(is_so: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.005)
    return is_so()


@pytest.fixture
def card() -> FakeCard:
    return FakeCard()


@pytest.fixture
def voice(card: FakeCard) -> Iterator[Voice]:
    with speaking(card, []) as voice:
        # Past the probe, so that its silence is over.
        card.piece(0)
        yield voice


def test_the_first_sample_is_the_tones_and_is_handed_over_at_once(voice: Voice, card: FakeCard) -> None:
    begun = time.monotonic()
    voice.answer(ALIGHTED)
    returned = time.monotonic()
    piece = card.piece(1)
    assert returned - begun < 0.01 * SLOW
    assert piece.began - begun < AT_ONCE_S * SLOW
    left, right = piece.sides
    assert np.array_equal(left, mix.rider(saying_of(ALIGHTED).rider))
    tone = mix.clips[saying_of(ALIGHTED).rider[0]]
    assert np.array_equal(left[: len(tone)], tone)
    assert not right.any()


def test_a_newer_answer_cuts_off_the_older_one(voice: Voice, card: FakeCard) -> None:
    voice.answer(ALIGHTED)
    older = card.piece(1)
    time.sleep(0.3)
    begun = time.monotonic()
    voice.answer(ABOARD)
    newer = card.piece(2)
    assert older.ended - begun < AT_ONCE_S * SLOW
    assert newer.began - begun < AT_ONCE_S * SLOW
    assert older.ended <= newer.began
    assert np.array_equal(newer.sides[0], mix.rider(saying_of(ABOARD).rider))


def test_the_drivers_words_go_on_while_the_next_rider_is_answered(voice: Voice, card: FakeCard) -> None:
    voice.answer(CHECK)
    whole = card.piece(1).sides[1]
    assert whole.any()
    time.sleep(0.4)
    voice.answer(ABOARD)
    rest = card.piece(2).sides[1]
    rest = rest[: np.flatnonzero(rest)[-1] + 1]
    words = whole[: np.flatnonzero(whole)[-1] + 1]
    assert 0.4 <= (len(words) - len(rest)) / RATE <= 0.4 + 3 * AT_ONCE_S * SLOW
    assert np.array_equal(rest, words[-len(rest) :])


def test_of_many_answers_at_once_the_last_is_said_and_the_driver_still_called(card: FakeCard) -> None:
    voice = Voice(mix, card, print, SystemTime())
    for told in (CHECK, ALIGHTED, ABOARD):
        voice.answer(told)
    voice.start()
    left, right = card.piece(1).sides
    voice.stop()
    assert np.array_equal(np.trim_zeros(left), np.trim_zeros(mix.rider(saying_of(ABOARD).rider)))
    assert np.array_equal(np.trim_zeros(right), np.trim_zeros(mix.driver(saying_of(CHECK).driver)))


def test_a_hint_cuts_nothing_off_and_is_said_where_it_is_quiet(voice: Voice, card: FakeCard) -> None:
    voice.answer(ABOARD)
    answer = card.piece(1)
    voice.help(Hint.NEARER)
    time.sleep(answer.seconds + 0.1)
    assert len(card.pieces) == 2
    voice.help(Hint.FARTHER)
    hint = card.piece(2)
    assert np.array_equal(hint.sides[0], mix.rider(HINTS[Hint.FARTHER].rider))


def test_a_fault_is_said_to_the_end_and_nothing_after_it(card: FakeCard) -> None:
    with speaking(card, []) as voice:
        voice.answer(ALIGHTED)
        card.piece(1)
        voice.fault()
        voice.answer(ABOARD)
        begun = time.monotonic()
    assert time.monotonic() - begun <= 2.1
    assert len(card.pieces) == 3
    last = card.pieces[2]
    assert np.array_equal(last.sides[0][: len(mix.rider(FAULT.rider))], mix.rider(FAULT.rider))
    assert last.ended - last.began >= last.seconds - 0.01


def test_a_bus_that_ends_is_silent_at_once(card: FakeCard) -> None:
    with speaking(card, []) as voice:
        voice.answer(ALIGHTED)
        piece = card.piece(1)
        begun = time.monotonic()
    assert piece.ended - begun < AT_ONCE_S * SLOW


def test_a_camera_that_goes_is_told_to_the_driver_once(voice: Voice, card: FakeCard) -> None:
    facts: list[object] = []

    def take(fact: object, /) -> bool:
        facts.append(fact)
        return True

    report = voice.overhear(take)
    for problem in ("", "no camera", "no camera at all"):
        assert report(CameraState(problem))
    assert len(facts) == 3
    piece = card.piece(1)
    assert np.array_equal(piece.sides[1], mix.driver(CAMERA_GONE.driver))
    assert not piece.sides[0].any()
    time.sleep(piece.seconds + 0.1)
    assert len(card.pieces) == 2
    report(CameraState(""))
    report(CameraState("no camera"))
    card.piece(2)


def test_a_card_that_goes_and_comes_back_is_told_once_each(card: FakeCard) -> None:
    lines: list[str] = []
    card.gone = True
    with speaking(card, lines) as voice:
        assert until(lambda: len(lines) == 1)
        voice.answer(ABOARD)
        time.sleep(0.2)
        assert len(lines) == 1
        card.gone = False
        voice.answer(ABOARD)
        assert until(lambda: len(lines) == 2)
        voice.answer(ABOARD)
        card.piece(1)
    assert "音が出ません" in lines[0]
    assert "no card" in lines[0]
    assert lines[1] == "音が戻りました / Sound is back"


def test_one_speaker_gets_the_riders_sound_on_both_channels(card: FakeCard) -> None:
    with speaking(card, [], Mix(mix.clips, driver_speaker=False)) as voice:
        voice.answer(CHECK)
        left, right = card.piece(1).sides
    assert np.array_equal(left, right)
    assert np.array_equal(left, mix.rider(saying_of(CHECK).rider))


def test_volumes_are_each_sides_own() -> None:
    half = Mix(mix.clips, rider_volume=0.5, driver_volume=0.25)
    saying = saying_of(CHECK)
    assert np.array_equal(half.rider(saying.rider), (mix.rider(saying.rider) * 0.5).astype(np.int16))
    assert np.array_equal(half.driver(saying.driver), (mix.driver(saying.driver) * 0.25).astype(np.int16))


def test_lamps_come_before_the_voice() -> None:
    told: list[str] = []

    class Part:
        def __init__(self, name: str) -> None:
            self._name = name

        def answer(self, _: Told) -> None:
            told.append(f"{self._name} answer")

        def help(self, _: Hint) -> None:
            told.append(f"{self._name} help")

        def fault(self) -> None:
            told.append(f"{self._name} fault")

    both = Together(Part("lamps"), Part("voice"))
    both.answer(ABOARD)
    both.help(Hint.STILL)
    both.fault()
    assert told == [f"{part} {what}" for what in ("answer", "help", "fault") for part in ("lamps", "voice")]


def test_a_bus_without_the_section_is_silent_and_one_with_it_speaks(tmp_path: Path) -> None:
    """Every line of the README's example but its sound, and with it."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    example = readme.split("```toml\n# bus.toml\n")[1].split("```")[0]
    file = tmp_path / "bus.toml"
    file.write_text(example, encoding="utf-8")
    settings = load_settings(file, Settings)
    assert settings.sound == Sound(device="plughw:CARD=Device")
    world = World(SystemTime(), "boot", Board(tmp_path), None)
    assert isinstance(Terminal(settings, world)._voice(), Voice)
    assert Terminal(settings.model_copy(update={"sound": None}), world)._voice() is None


# --- the player itself, on ALSA's own recorder ----------------------------------------------------

ALSA = Path("/usr/share/alsa/alsa.conf")
with_aplay = pytest.mark.skipif(
    not shutil.which("aplay") or not ALSA.exists(), reason="aplay (alsa-utils) is not on this machine"
)


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which ALSA's device `recorder` leaves what was played last."""
    file, settings = tmp_path / "played.raw", tmp_path / "alsa.conf"
    settings.write_text(
        f"<{ALSA}>\npcm.recorder {{ type file slave.pcm null file {file} format raw }}\n", encoding="utf-8"
    )
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(settings))
    return file


@with_aplay
def test_aplay_plays_sample_by_sample_what_was_said(recording: Path) -> None:
    lines: list[str] = []
    with speaking(Aplay("recorder"), lines) as voice:
        assert until(lambda: recording.exists() and recording.stat().st_size > 0)
        recording.unlink()
        voice.answer(CHECK)
        saying = saying_of(CHECK)
        frames = mix.frames(mix.rider(saying.rider), mix.driver(saying.driver))
        assert until(lambda: recording.exists() and recording.stat().st_size >= len(frames))
    played = recording.read_bytes()
    assert played[: len(frames)] == frames
    # aplay fills its last period with silence.
    assert not any(played[len(frames) :])
    assert lines == []


@with_aplay
def test_a_card_that_is_not_there_is_told_in_words_and_nothing_stops(recording: Path) -> None:
    lines: list[str] = []
    with speaking(Aplay("plughw:CARD=Nobody"), lines) as voice:
        voice.answer(ABOARD)
        assert until(lambda: len(lines) == 1)
        assert "aplay" in lines[0]
        time.sleep(0.3)
    assert len(lines) == 1


def test_a_machine_without_a_player_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    lines: list[str] = []
    with speaking(Aplay("recorder"), lines):
        assert until(lambda: len(lines) == 1)
    assert "apt-get install alsa-utils" in lines[0]


def test_a_player_that_goes_on_is_killed_within_50_ms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a program in aplay's place that ignores every polite signal, as one stuck in its card would."""
    stuck, ready = tmp_path / "aplay", tmp_path / "ready"
    stuck.write_text(
        f"#!{sys.executable}\nimport signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"open({str(ready)!r}, 'w').close()\ntime.sleep(60)\n",
        encoding="utf-8",
    )
    stuck.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    playing = Aplay("any").play(bytes(FRAME_BYTES * RATE))
    assert until(ready.exists)
    begun = time.monotonic()
    assert playing.end(0) is False
    assert time.monotonic() - begun < AT_ONCE_S * SLOW
