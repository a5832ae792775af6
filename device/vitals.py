"""How the machine itself is: warmth, power, room on its disk, what it runs, how long its certificate is good."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509

LOOK_EVERY_S = 10.0
SYS = Path("/sys")
OS_RELEASE = Path("/etc/os-release")


@dataclass(frozen=True, slots=True)
class Vitals:
    """None where the machine has nothing that says it. `certificate_until` are Unix seconds, 0 without one."""

    temperature_c: float | None = None
    undervoltage: bool | None = None
    """Whether the supply is too low at this moment."""
    disk_free_mb: int | None = None
    certificate_until: int = 0
    system: str = ""


def nothing_known(_: float) -> Vitals:
    """Of a machine that nobody looks at."""
    return Vitals()


class VitalsReader:
    """Looks at most every 10 s; in between it says the same again. It reads files only, and never waits."""

    def __init__(self, data: Path, certificate: Path | None, sys: Path = SYS) -> None:
        self._data = data
        self._certificate = certificate
        self._sys = sys
        self._looked_at: float | None = None
        self._last = Vitals()

    def at(self, now: float) -> Vitals:
        """How it is at `now`, real monotonic seconds."""
        if self._looked_at is None or now - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = now
            self._last = read_vitals(self._data, self._certificate, self._sys)
        return self._last


def read_vitals(data: Path, certificate: Path | None, sys: Path = SYS) -> Vitals:
    """How it is now."""
    return Vitals(
        temperature_of(sys),
        undervoltage_of(sys),
        free_mb(data),
        certificate_end(certificate) or 0 if certificate else 0,
        system_name(),
    )


def temperature_of(sys: Path = SYS) -> float | None:
    """The warmest of the kernel's zones, in °C."""
    readings = []
    for file in sorted(sys.glob("class/thermal/thermal_zone*/temp")):
        with suppress(OSError, ValueError):
            readings.append(int(file.read_text(encoding="ascii")) / 1000)
    return round(max(readings), 1) if readings else None


def undervoltage_of(sys: Path = SYS) -> bool | None:
    """Whether the kernel's `rpi_volt` says that the supply is too low now."""
    for name in sorted(sys.glob("class/hwmon/hwmon*/name")):
        with suppress(OSError, ValueError):
            if name.read_text(encoding="ascii").strip() == "rpi_volt":
                return bool(int(name.with_name("in0_lcrit_alarm").read_text(encoding="ascii")))
    return None


def free_mb(data: Path) -> int | None:
    """MB (10⁶ bytes) that may still be written into the folder."""
    try:
        state = os.statvfs(data)
    except OSError:
        return None
    return state.f_bavail * state.f_frsize // 1_000_000


def certificate_end(path: Path) -> int | None:
    """Unix seconds until which the PEM certificate is good; None if it cannot be read."""
    span = certificate_span(path)
    return span[1] if span else None


def certificate_span(path: Path) -> tuple[int, int] | None:
    """Unix seconds from and until which the PEM certificate is good; None if it cannot be read."""
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None
    return int(found.not_valid_before_utc.timestamp()), int(found.not_valid_after_utc.timestamp())


@cache
def system_name() -> str:
    """The system, its kernel and the Python that this is, on one line."""
    named = ""
    with suppress(OSError):
        for line in OS_RELEASE.read_text(encoding="utf-8").splitlines():
            if line.startswith("PRETTY_NAME="):
                named = line.partition("=")[2].strip('"')
    return f"{named or platform.system()}, {platform.release()}, Python {platform.python_version()}"
