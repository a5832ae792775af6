"""`scan`: how well and how fast the door's reader reads, beside other readers on the same pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import zxingcpp

from device.reader.decode import Gray, look, read_texts
from hil.virtual.door_scenes import FRAMES_A_SECOND, HARD, SCENES, TYPICAL, present
from hil.virtual.scenes import empty_frame, phone_frame
from rules.passes.rider_pass import to_text
from tests.bench.locate import interval
from tests.bench.machine import NotMeasured, make_on_disk, this_machine
from tests.bench.result import Bound, Check, Result, percentile
from tests.device.hostile_pictures import HOSTILE

RUNS = 12
"""Presentations of each scene and form."""
FIRST_SEED = 50_000
"""No treatment, no threshold and no scene was chosen by these seeds or any after them."""
QR = Path(__file__).parents[3] / "shared" / "data" / "qr"
LONG, SHORT = 195, 85
SIZES = ((640, 480), (1280, 720))
SPEED_RUNS, IMAGE_RUNS = 40, 5
_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)

Texts = Callable[[Gray], set[str]]


@dataclass(slots=True)
class Tally:
    """Presentations of one scene and form, those read, and those that others read as they come; milliseconds."""

    shown: int = 0
    read: int = 0
    others: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OTHERS, 0))
    first_ms: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Images:
    """The collected images: which reader read how many, what ours said that nobody else did, and the times."""

    shown: int = 0
    read: dict[str, int] = field(default_factory=dict)
    alone: int = 0
    lost: int = 0
    ours_ms: list[float] = field(default_factory=list)
    zxing_ms: list[float] = field(default_factory=list)


def by_zxing(gray: Gray) -> set[str]:
    """zxing-cpp as it comes, with the same formats."""
    return {code.text for code in zxingcpp.read_barcodes(gray, formats=_FORMATS)}


def by_opencv(gray: Gray) -> set[str]:
    """OpenCV's QRCodeDetector. What its binding cannot put into a string it has not given."""
    try:
        found, texts, _, _ = cv2.QRCodeDetector().detectAndDecodeMulti(gray)
    except (cv2.error, UnicodeDecodeError):
        return set()
    return {text for text in texts if text} if found else set()


def by_zbar(gray: Gray) -> set[str]:
    """zbar, by pyzbar."""
    from device.reader.zbar import look as zbar_look

    return {found.text for found in zbar_look(gray).found}


OTHERS: dict[str, Texts] = {"zxing": by_zxing, "pyzbar": by_zbar, "opencv": by_opencv}
"""OpenCV's WeChat detector needs models that no package of ours carries, so it is not among them."""


READERS: dict[str, Callable[[Gray], object]] = {"ours": look, **OTHERS}


def measure(data: Path, runs: int, progress: Callable[[int], object]) -> Result:
    """Show `runs` presentations of each scene. Raises NotMeasured without zbar, NoRealDisk as the others do."""
    make_on_disk(data)
    cv2.setNumThreads(1)
    try:
        by_zbar(np.zeros((64, 64), np.uint8))
    except ImportError as missing:
        raise NotMeasured(
            f"pyzbar が使えません。libzbar0 を入れてください / pyzbar is not usable; install libzbar0 ({missing})."
        ) from missing
    speeds = {**dict(_speeds()), "hostile_ms": _hostile()}
    images = _images(QR) if QR.is_dir() else None
    tallies: dict[tuple[str, int], Tally] = {}
    for number in range(runs):
        for name, scene in SCENES.items():
            for form in (LONG, SHORT):
                rng = np.random.default_rng([FIRST_SEED + number, form])
                text = to_text(rng.bytes(form))
                tally = tallies.setdefault((name, form), Tally())
                _show(tally, present(text, rng, scene), text, OTHERS if form == LONG else {"zxing": by_zxing})
        progress(number + 1)
    return result(speeds, images, tallies, runs, data)


def _speeds() -> Iterator[tuple[str, float]]:
    rng = np.random.default_rng(5)
    text = to_text(rng.bytes(LONG))
    for wide, high in SIZES:
        for what, full in (("empty", empty_frame(rng)), ("code", phone_frame(text, rng))):
            picture = np.asarray(cv2.resize(full, (wide, high), interpolation=cv2.INTER_AREA), dtype=np.uint8)
            for name, read in READERS.items():
                took = [_timed(lambda read=read, gray=picture: read(gray)) for _ in range(SPEED_RUNS)]  # type: ignore[misc]
                yield f"{what}_{wide}x{high}_{name}_ms", percentile(took, 0.5)


def _hostile() -> float:
    """The dearest of the pictures made to hold a reader up, in milliseconds."""
    return max(_timed(lambda gray=gray: look(gray)) for gray in HOSTILE.values() for _ in range(IMAGE_RUNS))  # type: ignore[misc]


def _images(folder: Path) -> Images:
    images = Images(read=dict.fromkeys(("ours", *OTHERS, "union"), 0))
    for path in sorted(folder.rglob("*")):
        gray = (
            cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.suffix in {".png", ".jpg", ".webp"} else None
        )
        if gray is None:
            continue
        picture = np.asarray(gray, dtype=np.uint8)
        ours = set(read_texts(picture))
        others = {name: texts(picture) for name, texts in OTHERS.items()}
        union = set().union(*others.values())
        images.shown += 1
        for name, texts in (("ours", ours), *others.items(), ("union", union)):
            images.read[name] += bool(texts)
        images.alone += len(ours - union)
        images.lost += bool(others["zxing"]) and not ours
        if others["zxing"] and ours:
            # Both in turns, the fastest of each.
            turns = [
                (_timed(lambda gray=picture: by_zxing(gray)), _timed(lambda gray=picture: look(gray)))  # type: ignore[misc]
                for _ in range(IMAGE_RUNS)
            ]
            images.zxing_ms.append(min(turn[0] for turn in turns))
            images.ours_ms.append(min(turn[1] for turn in turns))
    return images


def _show(tally: Tally, pictures: Iterator[Gray], text: str, others: dict[str, Texts]) -> None:
    tally.shown += 1
    is_read, left = False, dict(others)
    for number, picture in enumerate(pictures):
        if not is_read and text.encode() in look(picture).codes:
            is_read = True
            tally.read += 1
            tally.first_ms.append(number * 1000.0 / FRAMES_A_SECOND)
        for name in [name for name, texts in left.items() if text in texts(picture)]:
            del left[name]
            tally.others[name] += 1
        if is_read and not left:
            break


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds that this thread computes: the reader has one, and what else the machine does is not its cost."""
    begun = time.thread_time()
    work()
    return (time.thread_time() - begun) * 1000.0


def pooled(tallies: dict[tuple[str, int], Tally], names: tuple[str, ...], form: int) -> Tally:
    """Several scenes together."""
    whole = Tally()
    for name in names:
        one = tallies[name, form]
        whole.shown += one.shown
        whole.read += one.read
        for other, count in one.others.items():
            whole.others[other] += count
        whole.first_ms += one.first_ms
    return whole


def result(
    speeds: dict[str, float],
    images: Images | None,
    tallies: dict[tuple[str, int], Tally],
    runs: int,
    data: Path,
) -> Result:
    """The figures against the targets. Without the collected images theirs are left out."""
    metrics = {name.replace("_ours", ""): value for name, value in speeds.items() if "_ours" in name}
    metrics["hostile_worst_ms"] = speeds["hostile_ms"]
    limits = {name: value for name, value in speeds.items() if "_ours" not in name and name != "hostile_ms"}
    for (name, form), tally in tallies.items():
        kind = "long" if form == LONG else "short"
        metrics[f"{name}_{kind}_read_percent"] = 100.0 * tally.read / tally.shown
        for other in OTHERS if form == LONG else ("zxing",):
            limits[f"{name}_{kind}_{other}_percent"] = 100.0 * tally.others[other] / tally.shown
    for wide, high in SIZES:
        for what in ("empty", "code"):
            metrics[f"{what}_{wide}x{high}_fps"] = 1000.0 / metrics[f"{what}_{wide}x{high}_ms"]
    typical, hard = pooled(tallies, TYPICAL, LONG), pooled(tallies, HARD, LONG)
    at_once = tallies["all_at_once", LONG]
    metrics["first_read_p50_ms"] = percentile(typical.first_ms, 0.5)
    metrics["first_read_p99_ms"] = percentile(typical.first_ms, 0.99)
    more = 100.0 * (at_once.read - at_once.others["zxing"]) / at_once.shown
    metrics["hard_more_points"] = 100.0 * (hard.read - hard.others["zxing"]) / hard.shown
    checks = {
        "empty_1280x720_ms": Check(metrics["empty_1280x720_ms"], 2.0, Bound.AT_MOST),
        "typical_read_percent": Check(100.0 * typical.read / typical.shown, 99.0, Bound.AT_LEAST),
        "all_at_once_more_points": Check(more, 10.0, Bound.AT_LEAST),
    }
    rows = list(_speed_rows(speeds))
    if images is None:
        rows.append(
            ("写真は測らず / photographs not measured: ../shared/data/qr がない / is missing", *[""] * 6)
        )
    else:
        limits |= {f"images_{name}": float(count) for name, count in images.read.items() if name != "ours"}
        metrics |= {"images": images.shown, "images_read": images.read["ours"], "images_alone": images.alone}
        slower = percentile(images.ours_ms, 0.5) / percentile(images.zxing_ms, 0.5)
        checks |= {
            "images_of_union": Check(images.read["ours"] / images.read["union"], 0.98, Bound.AT_LEAST),
            "images_lost_to_zxing": Check(images.lost, 0.0, Bound.AT_MOST),
            "images_nobody_else_reads_so": Check(images.alone, 0.0, Bound.AT_MOST),
            "readable_times_zxing": Check(slower, 1.5, Bound.AT_MOST),
        }
        counts = [str(images.read[name]) for name in READERS]
        said = f"写真 / photographs: {images.shown}, 合わせて / together {images.read['union']}"
        rows += [
            (said, *counts, "", ""),
            ("読める写真の時間 / time of a readable one", f"× {slower:.2f}", *[""] * 5),
        ]
    return Result(
        name="scan",
        metrics=metrics,
        limits=limits,
        checks=checks,
        machine=this_machine(data),
        runs=runs,
        table=(
            ("長い形 / the long form, %", "ours", *OTHERS, "短い形 / short: ours", "zxing"),
            *(_scene_row(name, tallies) for name in SCENES),
            *rows,
        ),
    )


def _scene_row(name: str, tallies: dict[tuple[str, int], Tally]) -> tuple[str, ...]:
    long, short = tallies[name, LONG], tallies[name, SHORT]
    others = (f"{100 * count / long.shown:.0f}" for count in long.others.values())
    return (name, _share(long), *others, _share(short), f"{100 * short.others['zxing'] / short.shown:.0f}")


def _share(tally: Tally) -> str:
    low, high = interval(tally.read / tally.shown, tally.shown)
    return f"{100 * tally.read / tally.shown:.0f} ({100 * low:.0f}–{100 * high:.0f})"


def _speed_rows(speeds: dict[str, float]) -> Iterator[tuple[str, ...]]:
    for wide, high in SIZES:
        for what, words in (
            ("empty", "空の扉、枚毎秒 / empty, a second"),
            ("code", "コード、枚毎秒 / with a code"),
        ):
            each = (f"{1000 / speeds[f'{what}_{wide}x{high}_{name}_ms']:.0f}" for name in READERS)
            yield (f"{words} {wide}×{high}", *each, "", "")
    yield ("悪意の画像の最長 / dearest hostile picture", f"{speeds['hostile_ms']:.0f} ms", *[""] * 5)
