"""What comes before the camera at the door and is no code: faces, signs, timetables, leaves, patterned cloth."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from hil.virtual.scenes import HEIGHT, WIDTH, door_picture

if TYPE_CHECKING:
    from hil.virtual.scenes import Gray

Floats = npt.NDArray[np.float32]
_WORDS = ("TOKYO 08:15", "STOP 120", "BUS 7:30 8:10", "HIJIORI ONSEN", "ROUTE 47 A", "0123 4567 89")


def face(rng: np.random.Generator) -> Gray:
    """A head: an oval with hair, brows, eyes and a mouth."""
    picture = door_picture().copy()
    x, y, size = WIDTH // 2 + int(rng.integers(-150, 150)), HEIGHT // 2, int(rng.integers(110, 200))
    cv2.ellipse(picture, (x, y - size // 3), (round(size * 0.85), size), 0, 0, 360, 40, -1)
    cv2.ellipse(picture, (x, y), (round(size * 0.75), size), 0, 0, 360, int(rng.integers(140, 200)), -1)
    for side in (-1, 1):
        cv2.ellipse(
            picture, (x + side * size // 3, y - size // 5), (size // 7, size // 14), 0, 0, 360, 235, -1
        )
        cv2.circle(picture, (x + side * size // 3, y - size // 5), size // 16, 30, -1)
        cv2.line(
            picture,
            (x + side * size // 6, y - size // 3),
            (x + side * size // 2, y - round(size / 2.8)),
            50,
            6,
        )
    cv2.ellipse(picture, (x, y + size // 2), (size // 4, size // 12), 0, 0, 180, 90, 8)
    return picture


def sign(rng: np.random.Generator) -> Gray:
    """A bus stop's plate: a ring and some words."""
    picture = door_picture().copy()
    x, y = int(rng.integers(350, 900)), int(rng.integers(150, 350))
    cv2.circle(picture, (x, y), 120, 240, -1)
    cv2.circle(picture, (x, y), 105, 60, 14)
    cv2.circle(picture, (x, y), 40, 60, 12)
    cv2.rectangle(picture, (x - 120, y + 130), (x + 120, y + 220), 240, -1)
    cv2.putText(picture, str(rng.choice(_WORDS)), (x - 105, y + 190), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 20, 3)
    return picture


def timetable(rng: np.random.Generator) -> Gray:
    """A sheet of close-set figures between lines, about square."""
    picture = door_picture().copy()
    x, y, side = int(rng.integers(250, 700)), int(rng.integers(60, 250)), int(rng.integers(200, 400))
    picture[y : y + side, x : x + side] = 245
    pitch = int(rng.integers(14, 30))
    for line in range(pitch, side, pitch):
        text = " ".join(f"{number:02d}" for number in rng.integers(0, 60, 30))
        row = np.full((pitch, side), 245, np.uint8)
        cv2.putText(row, text, (3, pitch - 4), cv2.FONT_HERSHEY_SIMPLEX, pitch / 32, 15, 1, cv2.LINE_AA)
        high = min(pitch, side - line)
        picture[y + line : y + line + high, x : x + side] = row[:high]
        cv2.line(picture, (x, y + line), (x + side, y + line), 90, 1)
    return picture


def leaves(rng: np.random.Generator) -> Gray:
    """Trees behind the open door: noise with as much at every scale."""
    y, x = np.mgrid[0:256, 0:256].astype(np.float32)
    spectrum = np.hypot(np.minimum(y, 256 - y), np.minimum(x, 256 - x)) + 1.0
    waves = np.fft.fft2(rng.standard_normal((256, 256))) / spectrum
    noise = np.real(np.fft.ifft2(waves))
    grown = cv2.resize(np.clip(100 + noise / noise.std() * 45, 0, 255).astype(np.uint8), (580, 590))
    picture = door_picture().copy()
    picture[0:590, 350:930] = grown
    return picture


def cloth(rng: np.random.Generator) -> Gray:
    """A checked shirt."""
    y, x = np.mgrid[0:420, 0:360].astype(np.float32)
    width, way = float(rng.uniform(14, 40)), float(rng.uniform(0, math.pi / 4))
    across = np.sin((x * math.cos(way) + y * math.sin(way)) * 2 * math.pi / width) > 0.3
    down = np.sin((y * math.cos(way) - x * math.sin(way)) * 2 * math.pi / width) > 0.3
    shirt = 190 - 60 * across.astype(np.float32) - 60 * down.astype(np.float32)
    picture = door_picture().copy()
    picture[260:680, 460:820] = shirt.astype(np.uint8)
    return picture


STRANGERS: dict[str, Callable[[np.random.Generator], Gray]] = {
    "face": face,
    "sign": sign,
    "timetable": timetable,
    "leaves": leaves,
    "cloth": cloth,
}


def stand(picture: Gray, rng: np.random.Generator, frames: int, sway: float = 3.0) -> list[Gray]:
    """So many pictures of it that a camera takes: a little soft, noisy, and never quite still."""
    taken = []
    for _ in range(frames):
        move = np.array([[1, 0, rng.normal(0, sway)], [0, 1, rng.normal(0, sway)]], np.float32)
        moved = cv2.warpAffine(picture, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        soft = cv2.GaussianBlur(moved, (0, 0), 0.7).astype(np.float32)
        soft += rng.standard_normal(soft.shape, dtype=np.float32) * 4.0
        taken.append(np.clip(soft, 0, 255).astype(np.uint8))
    return taken
