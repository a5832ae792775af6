"""What is installed: the folder of a release, as it was unpacked, with the units and the locked libraries in it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from provisioning.install.steps import File

HERE = Path(__file__).resolve().parents[2]
"""Where this very program was unpacked, if it runs from there."""
SYSTEM = "/etc/systemd/system"


class NoRelease(Exception):
    """The folder is no release. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Release:
    """`folder` has `pyproject.toml`, `requirements.lock` and `systemd/`."""

    folder: Path

    @property
    def version(self) -> str:
        """Its number."""
        project = tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return str(project["version"])

    @property
    def lock(self) -> Path:
        """All libraries, each with its hashes."""
        return self.folder / "requirements.lock"

    def units(self, kind: str) -> list[File]:
        """The units of systemd/`kind`, drop-ins with their folders, at their places on the machine."""
        folder = self.folder / "systemd" / kind
        return [
            File(f"{SYSTEM}/{path.relative_to(folder)}", path.read_text(encoding="utf-8"))
            for path in sorted(
                [*folder.glob("*.service"), *folder.glob("*.timer"), *folder.glob("*.d/*.conf")]
            )
        ]

    def watchdog(self) -> File:
        """The machine's own watchdog."""
        text = (self.folder / "systemd/field/watchdog.conf").read_text(encoding="utf-8")
        return File("/etc/systemd/system.conf.d/yukemuri.conf", text)


def find_release(folder: Path = HERE) -> Release:
    """The release that this program belongs to. Raises NoRelease."""
    if all((folder / name).exists() for name in ("pyproject.toml", "requirements.lock", "systemd")):
        return Release(folder)
    raise NoRelease(
        "配布物のフォルダーの中から、./dev run yukemuri-provision … として実行してください / "
        f"run it inside the release's folder, as ./dev run yukemuri-provision …: no systemd/ in {folder}"
    )


def template(name: str, **words: str) -> str:
    """A file of `templates/`, with its @WORDS@ filled in. Raises KeyError for a word that nobody gave."""
    text = (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")
    return re.sub(r"@([A-Z_]+)@", lambda found: words[found[1].lower()], text)
