"""What the camera at the door sees: a phone or a paper card in front of the open door, drawn from a seed."""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np
import numpy.typing as npt
import segno

Gray = npt.NDArray[np.uint8]

WIDTH, HEIGHT = 1280, 720
NOISE = 4.0
"""Standard deviation of the sensor's noise in gray levels, as of a cheap camera by day."""

# Faces are drawn at twice their size in the picture, so that tilting them does not fray their edges.
_FINE = 2
_FOCAL = 1100.0  # pixels: about 60 degrees across


def phone_frame(
    text: str,
    rng: np.random.Generator,
    *,
    tilt_deg: float | None = None,
    turn_deg: float | None = None,
    size_share: float = 0.55,
    brightness: float = 1.0,
    blur: float = 0.6,
) -> Gray:
    """A phone that shows `text` as the member's page does (error correction M, quiet zone 4).

    `tilt_deg` leans it away from the camera about an axis the seed chooses, `turn_deg` rotates it in the picture
    (both from the seed, up to 15 and 10 degrees, if None); `size_share` is the code with its quiet zone as a share
    of the picture's height; `brightness` scales the screen's light, `blur` is a Gaussian's sigma in pixels.
    """
    code = _code(text, "m", round(size_share * HEIGHT * _FINE))
    face = _phone(code, brightness)
    return _scene(face, rng, tilt_deg, turn_deg, blur)


def screen_frame(
    screen: Gray, rng: np.random.Generator, *, tilt_deg: float | None = None, turn_deg: float | None = None
) -> Gray:
    """A phone whose screen shows `screen`, a picture of it at twice its size in the frame.

    Other parameters as of `phone_frame`.
    """
    return _scene(_held(screen, 1.0, round(screen.shape[1] * 0.05)), rng, tilt_deg, turn_deg, blur=0.6)


def card_frame(
    text: str,
    rng: np.random.Generator,
    *,
    tilt_deg: float | None = None,
    turn_deg: float | None = None,
    size_share: float = 0.45,
    brightness: float = 1.0,
    blur: float = 0.6,
    initial: str = "Y",
) -> Gray:
    """A paper card of the ID-1 shape (85.6 x 54 mm) with `text` at error correction Q and the holder's initial.

    Parameters as of `phone_frame`; `initial` is one Latin letter.
    """
    code = _code(text, "q", round(size_share * HEIGHT * _FINE))
    face = _card(code, brightness, initial)
    return _scene(face, rng, tilt_deg, turn_deg, blur)


def empty_frame(rng: np.random.Generator | None = None) -> Gray:
    """The open door with nobody in it; with sensor noise if a generator is given."""
    door = door_picture()
    return door.copy() if rng is None else _noisy(door.astype(np.float32), rng)


def _code(text: str, error: str, side: int) -> Gray:
    symbol = segno.make_qr(text, error=error, boost_error=False)
    modules = np.array([list(row) for row in symbol.matrix_iter(border=4)], np.uint8)
    plain = np.where(modules > 0, 0, 255).astype(np.uint8)
    scale = max(1, round(side / plain.shape[0]))
    return np.kron(plain, np.ones((scale, scale), np.uint8))


def _phone(code: Gray, brightness: float) -> Gray:
    side = code.shape[0]
    width, height, bezel = round(side * 1.12), round(side * 1.9), round(side * 0.05)
    screen = np.full((height, width), 250, np.uint8)
    top = (height - side) // 2
    left = (width - side) // 2
    screen[top : top + side, left : left + side] = np.minimum(code, 250)
    cv2.putText(screen, "Yukemuri", (left, top - side // 8), cv2.FONT_HERSHEY_SIMPLEX, side / 400, 60, 3)
    return _held(screen, brightness, bezel)


def _held(screen: Gray, brightness: float, bezel: int) -> Gray:
    lit = np.clip(screen * (0.88 * brightness) + 12, 0, 255).astype(np.uint8)
    return np.pad(lit, bezel, constant_values=22)


def _card(code: Gray, brightness: float, initial: str) -> Gray:
    side = code.shape[0]
    height = round(side * 1.25)
    card = np.full((height, round(height * 85.6 / 54.0)), 236, np.uint8)
    top = (height - side) // 2
    card[top : top + side, top : top + side] = np.clip(code, 35, 236)
    start = (side + top + top // 2, height // 2)
    cv2.putText(card, initial[:1], start, cv2.FONT_HERSHEY_SIMPLEX, side / 110, 70, 8)
    return np.clip(card * (0.85 * brightness), 0, 255).astype(np.uint8)


def _scene(
    face: Gray, rng: np.random.Generator, tilt_deg: float | None, turn_deg: float | None, blur: float
) -> Gray:
    tilt = float(rng.uniform(0, 15)) if tilt_deg is None else tilt_deg
    turn = float(rng.uniform(-10, 10)) if turn_deg is None else turn_deg
    axis = float(rng.uniform(0, 2 * math.pi))
    centre = (WIDTH / 2 + float(rng.uniform(-120, 120)), HEIGHT / 2 + float(rng.uniform(-25, 25)))
    corners = corners_of((face.shape[0] / _FINE, face.shape[1] / _FINE), tilt, turn, axis, centre)
    high, wide = face.shape
    flat = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    view = cv2.getPerspectiveTransform(flat, corners)
    soft = cv2.GaussianBlur(face, (0, 0), _FINE * 0.4)
    seen = cv2.warpPerspective(soft, view, (WIDTH, HEIGHT))
    mask = cv2.fillConvexPoly(np.zeros((HEIGHT, WIDTH), np.uint8), np.rint(corners).astype(np.int32), 1)
    picture = np.where(mask > 0, seen, door_picture()).astype(np.float32)
    if blur > 0:
        picture = cv2.GaussianBlur(picture, (0, 0), blur).astype(np.float32)
    return _noisy(picture, rng)


def corners_of(
    size: tuple[float, float], tilt_deg: float, turn_deg: float, axis: float, centre: tuple[float, float]
) -> npt.NDArray[np.float32]:
    """Where the corners of a face of (height, width) pixels fall, seen by a pinhole camera, its middle at `centre`.

    (4, 2) pixels, from the top left clockwise. `axis` in radians is the way in which it leans by `tilt_deg`.
    """
    half_high, half_wide = size[0] / 2, size[1] / 2
    turn, tilt = math.radians(turn_deg), math.radians(tilt_deg)
    lean = (math.cos(axis), math.sin(axis))
    corners = []
    for right, down in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x, y = right * half_wide, down * half_high
        turned = (x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn))
        along = turned[0] * lean[0] + turned[1] * lean[1]
        # The part along the lean shortens and moves away; what is across it stays.
        short = along * (math.cos(tilt) - 1.0)
        away = _FOCAL / (_FOCAL + along * math.sin(tilt))
        corners.append([centre[i] + (turned[i] + short * lean[i]) * away for i in (0, 1)])
    return np.array(corners, np.float32)


@functools.lru_cache(maxsize=1)
def door_picture() -> Gray:
    """A bus door from inside (do not write to it): a bright opening, its frame, a rail and the step."""
    picture = np.tile(np.linspace(70, 110, WIDTH), (HEIGHT, 1)).astype(np.uint8)
    cv2.rectangle(picture, (330, 0), (950, 600), 45, -1)
    cv2.rectangle(picture, (350, 0), (930, 590), 175, -1)
    cv2.rectangle(picture, (350, 380), (930, 590), 130, -1)
    cv2.line(picture, (640, 0), (640, 590), 60, 10)
    cv2.line(picture, (210, 0), (250, 719), 215, 22)
    cv2.rectangle(picture, (280, 600), (1000, 640), 35, -1)
    cv2.rectangle(picture, (1020, 180), (1180, 330), 25, -1)
    cv2.putText(picture, "STOP", (1040, 270), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 190, 3)
    return cv2.GaussianBlur(picture, (0, 0), 1.5).astype(np.uint8)


def _noisy(picture: npt.NDArray[np.float32], rng: np.random.Generator) -> Gray:
    noise = rng.standard_normal(picture.shape, dtype=np.float32)
    return np.clip(picture + noise * NOISE, 0, 255).astype(np.uint8)
