"""This very tree as a checkout of its own, in which versions are made, and its libraries without the tree itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

from click.testing import CliRunner

from provisioning.main import cli
from tests.tidy.tree import ROOT

WHEN = "2026-11-28T09:00:00+09:00"
AS_NOBODY = {
    "GIT_AUTHOR_NAME": "test",
    "GIT_AUTHOR_EMAIL": "test@example.invalid",
    "GIT_COMMITTER_NAME": "test",
    "GIT_COMMITTER_EMAIL": "test@example.invalid",
    "GIT_AUTHOR_DATE": WHEN,
    "GIT_COMMITTER_DATE": WHEN,
    "GIT_CONFIG_GLOBAL": os.devnull,
}
NOT_OURS = re.compile(r"_?(editable_impl_)?yukemuri.*|pip(-.*)?|setuptools(-.*)?|.*\.pth|__pycache__")


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, env=os.environ | AS_NOBODY)


class Checkout:
    """A repository with one commit, to which versions are added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
        for name in filter(None, listed.decode().split("\0")):
            source, target = ROOT / name, folder / name
            # Tests are in no wheel.
            if not name.startswith(("tests/", ".ci/")) and source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        git(folder, "init", "-q")
        self.commit()

    def change(self, name: str, before: str, after: str) -> None:
        file = self.folder / name
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, (name, before)
        file.write_text(text.replace(before, after), encoding="utf-8")

    def set_version(self, version: str) -> None:
        file = self.folder / "pyproject.toml"
        text = file.read_text(encoding="utf-8")
        changed = re.sub(r'^version = ".*"$', f'version = "{version}"', text, flags=re.MULTILINE)
        file.write_text(changed, encoding="utf-8")
        self.commit()

    def commit(self) -> None:
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", "a version")

    def take_back(self) -> None:
        """To the first commit."""
        git(self.folder, "checkout", "-q", "-f", "--detach")
        first = subprocess.run(
            ["git", "-C", self.folder, "rev-list", "--max-parents=0", "HEAD"], check=True, capture_output=True
        )
        git(self.folder, "reset", "-q", "--hard", first.stdout.decode().strip())

    def release(self, out: Path, key: Path, *more: str) -> None:
        """By the command."""
        words = ["release", "--out", str(out), "--key", str(key), "--checkout", str(self.folder), *more]
        made = CliRunner().invoke(cli, words)
        assert made.exit_code == 0, made.output


def libraries(folder: Path) -> Path:
    """What a unit's system would have: links to every library here but the project and what installs it."""
    folder.mkdir()
    for kind in ("purelib", "platlib"):
        for path in Path(sysconfig.get_path(kind)).iterdir():
            if not NOT_OURS.fullmatch(path.name) and not (folder / path.name).exists():
                (folder / path.name).symlink_to(path)
    return folder
