"""The sound card on a bench: ALSA's recorder everywhere, a real card where one is plugged in (hil/README.md)."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from device.clock import SystemTime
from device.player import FRAME_BYTES, RATE, Aplay
from hil.plugged import PLUGGED, needs
from rules.money import Yen
from rules.ride.outcomes import Movement, Outcome
from terminal.signals.clips import Mix, load_clips
from terminal.signals.sayings import saying_of
from terminal.signals.told import Told
from terminal.signals.voice import Voice

ALSA = Path("/usr/share/alsa/alsa.conf")
CARD = PLUGGED.sound or ""
REAL = needs("sound")

pytestmark = pytest.mark.skipif(
    not shutil.which("aplay") or not ALSA.exists(), reason="aplay (alsa-utils) is not on this machine"
)


@pytest.fixture(params=["recorder", pytest.param(CARD, marks=REAL)])
def device(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "recorder":
        settings = tmp_path / "alsa.conf"
        settings.write_text(
            f"<{ALSA}>\npcm.recorder {{ type file slave.pcm null file {tmp_path}/played.raw format raw }}\n",
            encoding="utf-8",
        )
        monkeypatch.setenv("ALSA_CONFIG_PATH", str(settings))
    return str(request.param)


def test_the_card_takes_two_channels_at_our_rate(device: str) -> None:
    playing = Aplay(device).play(bytes(FRAME_BYTES * RATE // 2))
    assert playing.end(5) is True


def test_answers_one_after_the_other_find_the_card_free(device: str) -> None:
    """To be listened to on a real card: a fare, cut off by a child's boarding, of which the driver is told."""
    lines: list[str] = []
    voice = Voice(Mix(load_clips()), Aplay(device), lines.append, SystemTime())
    voice.start()
    last = Told(Outcome.OK_OTHER, Movement.BOARD)
    for told in (Told(Outcome.OK, Movement.ALIGHT, Yen(600)), Told(Outcome.OK, Movement.BOARD), last):
        voice.answer(told)
        time.sleep(0.4)
    saying = saying_of(last)
    mix = Mix(load_clips())
    time.sleep(max(len(mix.rider(saying.rider)), len(mix.driver(saying.driver))) / RATE + 1)
    voice.stop()
    assert lines == []
