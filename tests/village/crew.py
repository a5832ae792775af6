"""Many seeds in several processes, and what has been proven of this very code before."""

from __future__ import annotations

import gc
import hashlib
import json
import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from functools import partial
from pathlib import Path

from tests.village.mutants import MUTANTS, STORM
from tests.village.verdict import Verdict
from tests.village.village import Size, run

ROOT = Path(__file__).parent.parent.parent
PROVEN = ROOT / ".sim" / "passed.json"
COUNTED = (
    "central",
    "device",
    "kiosk",
    "rules",
    "terminal",
    "tests/village",
    "tests/ride/builders.py",
    "requirements.lock",
)
"""What a seed's run depends on."""


def run_seed(seed: int, size: Size, mutant: str = "") -> Verdict:
    """One seed, with a bug planted or none."""
    with MUTANTS[mutant]():
        return run(seed, size, STORM if mutant else None)


def run_seeds(seeds: Iterable[int], size: Size, mutant: str = "") -> Iterator[Verdict]:
    """Each seed's verdict as it comes."""
    # Sets of texts are in another order in every process unless this is said before it starts.
    os.environ["PYTHONHASHSEED"] = "0"
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=_tune) as pool:
        futures = [pool.submit(partial(run_seed, seed, size, mutant)) for seed in seeds]
        for future in as_completed(futures):
            yield future.result()


def _tune() -> None:
    # Thousands of short-lived values a second, and few cycles worth looking for.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


class Proven:
    """The seeds that have passed with this very code. Another code begins anew."""

    def __init__(self, path: Path, size: Size) -> None:
        self._path = path
        self._code = _fingerprint(size)
        self.passed: dict[int, Verdict] = {}
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if kept.get("code") == self._code:
            self.passed = {one["seed"]: Verdict(**one) for one in kept["passed"]}

    def add(self, verdict: Verdict) -> None:
        """Keep it, so that an interrupted run goes on from here."""
        if verdict.violation is None:
            self.passed[verdict.seed] = verdict
            self._path.parent.mkdir(exist_ok=True)
            kept = {"code": self._code, "passed": [asdict(one) for one in self.passed.values()]}
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(kept), encoding="utf-8")
            fresh.replace(self._path)


def _fingerprint(size: Size) -> str:
    digest = hashlib.sha256(f"{sys.version} {size}".encode())
    for place in COUNTED:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()
