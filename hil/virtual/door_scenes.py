"""Presentations at the door: eight pictures in which a hand comes to rest with a phone in it, in all sorts of light.

Drawn from a seed at 1280x720; the code (without its quiet zone) is 40 % of the picture's height unless a scene says
otherwise. What makes a scene hard is drawn, not claimed: light is lost before the sensor's noise is added, motion is
smeared along the hand's path for as long as the shutter is open.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
import segno

from device.reader.messages import Hint
from hil.virtual.scenes import HEIGHT, WIDTH, corners_of, door_picture

if TYPE_CHECKING:
    from hil.virtual.scenes import Gray

FRAMES = 8
FRAMES_A_SECOND = 15.0
SIZE_SHARE = 0.4
_MODULE = 10
"""Pixels a module is drawn with before it is seen from afar."""
_QUIET = 4
_CRACKS, _CRACK_STEPS = 7, 6
_NOISE_FIELD = (HEIGHT * 2, WIDTH * 2)

Floats = npt.NDArray[np.float32]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scene:
    """What may happen at the door; spans are drawn from evenly, for each presentation.

    `tilt` in degrees; `light` scales what the sensor gets; `noise` is its standard deviation in gray levels; `sway` is
    how far the hand is from rest at the first picture, in pixels, and `settle` the seconds in which two thirds of that
    are gone, swinging `swing` times a second about its rest; `shutter` is open so many seconds; `glare` is the radius
    of a lamp's mirror image as a share of the code's side (0 none), `moire` the depth of the stripes, `cracks` the
    width of a crack as a share of that side. `away` is how far the code's middle is from the picture's, as shares of
    width and height.
    """

    tilt: Span = (0.0, 15.0)
    size: Span = (SIZE_SHARE, SIZE_SHARE)
    light: Span = (0.85, 1.0)
    noise: float = 4.0
    blur: Span = (0.5, 0.9)
    sway: Span = (20.0, 80.0)
    settle: float = 0.15
    swing: float = 0.0
    shutter: float = 1 / 100
    glare: Span = (0.0, 0.0)
    moire: Span = (0.0, 0.0)
    cracks: float = 0.0
    dark: bool = False
    inverted: bool = False
    away: tuple[Span, Span] = ((-0.08, 0.08), (-0.04, 0.04))
    also: str = ""
    """The text of another code that hangs beside it."""


PLAIN = Scene()
SCENES = {
    "plain": PLAIN,
    "tilt": replace(PLAIN, tilt=(30.0, 45.0)),
    "dark": replace(PLAIN, dark=True),
    "inverted": replace(PLAIN, inverted=True, dark=True),
    "cracked": replace(PLAIN, cracks=0.005),
    "moire": replace(PLAIN, moire=(0.2, 0.4)),
    "several": replace(PLAIN, also="https://example.com/onsen?from=poster"),
    "motion": replace(PLAIN, sway=(40.0, 110.0), settle=0.8, swing=2.0, shutter=1 / 25),
    "dim": replace(PLAIN, light=(0.04, 0.12), noise=6.0),
    "glare": replace(PLAIN, glare=(0.04, 0.14)),
    "all_at_once": replace(
        PLAIN,
        tilt=(20.0, 40.0),
        light=(0.09, 0.2),
        noise=5.0,
        sway=(30.0, 80.0),
        settle=0.5,
        swing=1.5,
        shutter=1 / 40,
        glare=(0.03, 0.08),
    ),
}
UNREADABLE = {
    Hint.NEARER: replace(PLAIN, size=(0.1, 0.125)),
    Hint.FARTHER: replace(PLAIN, size=(0.6, 0.8), away=((0.32, 0.4), (-0.05, 0.05)), sway=(5.0, 20.0)),
    Hint.BRIGHTER: replace(PLAIN, light=(0.019, 0.024), noise=3.0),
    Hint.GLARE: replace(PLAIN, glare=(0.2, 0.28)),
}
"""Presentations that stay unread, by what would help."""
TYPICAL = ("plain", "dark", "inverted", "several", "cracked", "moire")
HARD = ("motion", "dim", "glare", "tilt", "all_at_once")


def present(
    text: str, rng: np.random.Generator, scene: Scene = PLAIN, frames: int = FRAMES
) -> Iterator[Gray]:
    """`frames` pictures (HEIGHT, WIDTH) of a phone that shows `text`, 15 a second, from when it comes into view."""
    face, side = _phone(text, scene, rng)
    hand = _Hand(scene, rng)
    back = door_picture().astype(np.float32)
    if scene.also:
        _hang(back, scene.also)
    lamp = _Lamp(scene, rng)
    noise = _noise()
    light = float(rng.uniform(*scene.light))
    for number in range(frames):
        at, smear = hand.at(number / FRAMES_A_SECOND)
        picture = _lay(back, face, side, hand, at, smear)
        lamp.shine(picture, at, hand.side)
        picture = cv2.GaussianBlur(picture * light, (0, 0), hand.blur).astype(np.float32)
        down, right = (int(rng.integers(0, span)) for span in (HEIGHT, WIDTH))
        picture += noise[down : down + HEIGHT, right : right + WIDTH] * scene.noise
        yield np.clip(picture, 0, 255).astype(np.uint8)


def code_of(text: str, quiet: int = _QUIET) -> Gray:
    """A symbol of error correction M, 10 pixels a module."""
    symbol = segno.make_qr(text, error="m", boost_error=False)
    modules = np.array([list(row) for row in symbol.matrix_iter(border=quiet)], np.uint8)
    plain = np.where(modules > 0, 0, 255).astype(np.uint8)
    return np.kron(plain, np.ones((_MODULE, _MODULE), np.uint8))


@functools.lru_cache(maxsize=1)
def _noise() -> Floats:
    """Four pictures' worth; each picture takes another part of it."""
    return np.random.default_rng(1).standard_normal(_NOISE_FIELD, dtype=np.float32)


class _Hand:
    """Where the code is while the hand comes to rest, and how it is held."""

    def __init__(self, scene: Scene, rng: np.random.Generator) -> None:
        self._scene = scene
        self.side = float(rng.uniform(*scene.size)) * HEIGHT
        self.tilt = float(rng.uniform(*scene.tilt))
        self.turn = float(rng.uniform(-10, 10))
        self.axis = float(rng.uniform(0, 2 * math.pi))
        self.blur = float(rng.uniform(*scene.blur))
        self._rest = tuple(
            span * (0.5 + float(rng.uniform(*away)))
            for span, away in zip((WIDTH, HEIGHT), scene.away, strict=True)
        )
        way, sway = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(*scene.sway))
        self._sway = (sway * math.cos(way), sway * math.sin(way))
        self._phase = float(rng.uniform(0, 2 * math.pi)) if scene.swing else 0.0

    def at(self, seconds: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """The middle of the code, and the way it goes while the shutter is open, in pixels."""
        settle, turns = self._scene.settle, 2 * math.pi * self._scene.swing
        left, phase = math.exp(-seconds / settle), turns * seconds + self._phase
        place = left * math.cos(phase)
        speed = -left * (math.cos(phase) / settle + turns * math.sin(phase)) * self._scene.shutter
        middle = (self._rest[0] + self._sway[0] * place, self._rest[1] + self._sway[1] * place)
        return middle, (self._sway[0] * speed, self._sway[1] * speed)


class _Lamp:
    """A lamp that the phone's glass mirrors: white in the middle, fading."""

    def __init__(self, scene: Scene, rng: np.random.Generator) -> None:
        self._radius = float(rng.uniform(*scene.glare))
        self._place = rng.uniform(-0.35, 0.35, 2)
        self._long = float(rng.uniform(1.0, 1.8))
        self._light = float(rng.uniform(*scene.light))

    def shine(self, picture: Floats, middle: tuple[float, float], side: float) -> None:
        """Add its light to the picture, in place."""
        if not self._radius:
            return
        y, x = np.ogrid[0:HEIGHT, 0:WIDTH]
        across = (x - middle[0] - self._place[0] * side) / (self._radius * side * self._long)
        down = (y - middle[1] - self._place[1] * side) / (self._radius * side)
        # A lamp is far brighter than the screen: cut off at white, it has a flat middle.
        picture += (700.0 / self._light * np.exp(-0.5 * (across**2 + down**2) * 2.0)).astype(np.float32)


def _phone(text: str, scene: Scene, rng: np.random.Generator) -> tuple[Gray, int]:
    """The phone's face, the code in its middle, and the code's side in the face's pixels."""
    code = code_of(text)
    side = code.shape[0] - 2 * _QUIET * _MODULE
    if scene.inverted:
        code = (255 - code).astype(np.uint8)
    wide, high = round(code.shape[1] * 1.12), round(code.shape[0] * 1.8)
    screen = np.full((high, wide), 30 if scene.dark else 248, np.uint8)
    top, left = (high - code.shape[0]) // 2, (wide - code.shape[1]) // 2
    screen[top : top + code.shape[0], left : left + code.shape[1]] = np.clip(code, 14, 248)
    if scene.cracks:
        _crack(screen, scene.cracks * side, rng)
    depth = float(rng.uniform(*scene.moire))
    if depth:
        screen = _stripes(screen, depth, rng)
    bezel = round(wide * 0.04)
    return np.pad(screen, bezel, constant_values=18), side


def _crack(screen: Gray, width: float, rng: np.random.Generator) -> None:
    """A web of cracks from where it was hit, some lines light, some dark."""
    high, wide = screen.shape
    start = rng.uniform((0.2 * wide, 0.3 * high), (0.8 * wide, 0.7 * high))
    for way in np.linspace(0, 2 * math.pi, _CRACKS, endpoint=False) + float(rng.uniform(0, 1)):
        points, heading = [start], float(way)
        for _ in range(_CRACK_STEPS):
            heading += float(rng.normal(0, 0.25))
            points.append(points[-1] + 0.13 * high * np.array([math.cos(heading), math.sin(heading)]))
        line = np.rint(np.array(points)).astype(np.int32).reshape(-1, 1, 2)
        thick = max(1, round(float(rng.uniform(0.5, 1.0)) * width))
        cv2.polylines(screen, [line], isClosed=False, color=int(rng.choice((40, 235))), thickness=thick)


def _stripes(screen: Gray, depth: float, rng: np.random.Generator) -> Gray:
    """What the camera's grid makes of the screen's: bent stripes, 15 to 60 drawn pixels wide."""
    y, x = np.mgrid[0 : screen.shape[0], 0 : screen.shape[1]].astype(np.float32)
    way, width = float(rng.uniform(0, math.pi)), float(rng.uniform(15, 60))
    bend = float(rng.uniform(0.5, 1.5)) * np.sin(y / screen.shape[0] * 3 + way)
    wave = np.sin((x * math.cos(way) + y * math.sin(way)) * (2 * math.pi / width) + bend * 6)
    striped: Gray = np.clip(screen * (1 - depth / 2 + depth / 2 * wave), 0, 255).astype(np.uint8)
    return striped


def _hang(back: Floats, text: str) -> None:
    """A poster with a code at the left of the door."""
    code = cv2.resize(code_of(text), (200, 200), interpolation=cv2.INTER_AREA)
    back[60:260, 60:260] = code * (200.0 / 255.0) + 20.0


def _lay(
    back: Floats,
    face: Gray,
    side: int,
    hand: _Hand,
    middle: tuple[float, float],
    smear: tuple[float, float],
) -> Floats:
    """The face in the picture, smeared along the hand's way."""
    high, wide = face.shape
    shrink = hand.side / side
    corners = corners_of((high * shrink, wide * shrink), hand.tilt, hand.turn, hand.axis, middle)
    flat = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    view = cv2.getPerspectiveTransform(flat, corners)
    soft = cv2.GaussianBlur(face, (0, 0), 0.4 / shrink)
    both = np.dstack([soft, np.full(face.shape, 255, np.uint8)])
    seen = cv2.warpPerspective(both, view, (WIDTH, HEIGHT)).astype(np.float32)
    if math.hypot(*smear) > 1.0:
        seen = np.asarray(cv2.filter2D(seen, -1, _line(smear)), dtype=np.float32)
    share = seen[:, :, 1] / 255.0
    return np.asarray(seen[:, :, 0] + back * (1.0 - share), dtype=np.float32)


def _line(smear: tuple[float, float]) -> Floats:
    """The kernel of a straight way."""
    half = math.ceil(max(map(abs, smear)) / 2) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    for step in np.linspace(-0.5, 0.5, 16 * half):
        x, y = half + smear[0] * step, half + smear[1] * step
        left, top = int(x), int(y)
        for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
            part = abs(1 - right - (x - left)) * abs(1 - down - (y - top))
            kernel[top + down, left + right] += part
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)
