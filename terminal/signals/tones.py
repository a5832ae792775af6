"""The tones, told apart without words: by rhythm, by direction, and at pitches that old ears still hear."""

from __future__ import annotations

from enum import StrEnum


class Tone(StrEnum):
    """The values are the names of their files."""

    YES = "tone-yes"
    LOOK = "tone-look"
    AGAIN = "tone-again"
    NO = "tone-no"
    ASK = "tone-ask"
    DRIVER = "tone-driver"
    """Only the driver's."""


REST = 0.0

NOTES: dict[Tone, tuple[tuple[float, float], ...]] = {
    Tone.YES: ((1046.5, 0.08), (1568.0, 0.14)),
    Tone.LOOK: ((1046.5, 0.08), (1568.0, 0.12), (REST, 0.08), (1046.5, 0.08), (1568.0, 0.14)),
    Tone.AGAIN: ((784.0, 0.09), (REST, 0.07), (784.0, 0.09), (REST, 0.07), (784.0, 0.09)),
    Tone.NO: ((523.3, 0.16), (329.6, 0.34)),
    Tone.ASK: ((659.3, 0.15), (440.0, 0.15), (659.3, 0.15), (440.0, 0.15)),
    Tone.DRIVER: ((587.3, 0.18),),
}
"""Pitch in Hz (REST is silence) and seconds. Up is yes, up twice is yes and look, three knocks once more, down is no,
up and down ask the driver."""
