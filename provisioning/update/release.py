"""Making a release out of a checkout, and the key that signs it. On the bench; the key lies on a stick in the safe."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from provisioning.update.bundle import Manifest, Wheel, write_bundle
from rules.passes.seal import SigningKey, private_from_bytes, public_bytes

KEY, PUBLIC_KEY = "release.key", "release.pub"
KEY_BYTES = 32
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class ReleaseRefused(Exception):
    """No release was made. The text is one sentence with the remedy."""

    def __init__(self, japanese: str, english: str, detail: object = "") -> None:
        super().__init__(f"{japanese} / {english}" + (f" ({detail})" if detail else ""))


@dataclass(frozen=True, slots=True)
class Released:
    """What was made; `absent` are libraries of the project without a wheel in it, which the unit must have itself."""

    manifest: Manifest
    absent: tuple[str, ...]


def make_release_key(stick: Path) -> Path:
    """A new key in the folder `stick`, and its public half beside it: where the key is. Raises ReleaseRefused, OSError.

    Nothing is written over: units know the one that there is.
    """
    key = secrets.token_bytes(KEY_BYTES)
    path = stick / KEY
    try:
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise ReleaseRefused(
            "鍵はもうあります。端末が知っているのはその鍵です。ほかの場所を選んでください",
            "There is a key already, and units know that one: choose another place",
            path,
        ) from error
    (stick / PUBLIC_KEY).write_text(public_bytes(private_from_bytes(key)).hex() + "\n", encoding="ascii")
    return path


def load_release_key(path: Path) -> SigningKey:
    """Raises ReleaseRefused."""
    try:
        return private_from_bytes(bytes.fromhex(path.read_text(encoding="ascii")))
    except (OSError, ValueError) as error:
        raise ReleaseRefused(
            "リリースの鍵を読めません。金庫のUSBメモリを挿してください",
            "The release key cannot be read: plug in the stick from the safe",
            error,
        ) from error


def make_release(
    checkout: Path,
    libraries: Path | None,
    target: Path,
    key: SigningKey,
    *,
    since: str | None = None,
    replaces: Iterable[str] = (),
) -> Released:
    """Write the release of what is committed in `checkout` to the file `target`; the same commit, the same bytes.

    `libraries` is a folder of wheels of the lock for the unit's platform. Raises ReleaseRefused and OSError.
    """
    if _git(checkout, "status", "--porcelain", "--untracked-files=no").strip():
        raise ReleaseRefused(
            "コミットしていない変更があります。コミットしてからにしてください",
            "There are changes that are not committed: commit them first",
            checkout,
        )
    commit, made_at = _git(checkout, "log", "-1", "--format=%H %ct").decode("ascii").split()
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        with zipfile.ZipFile(BytesIO(_git(checkout, "archive", "--format=zip", "HEAD"))) as tree:
            tree.extractall(source)
        project = _build(source, Path(scratch) / "wheel", made_at)
        wheels = [project, *_locked(libraries, source / "requirements.lock")]
        version = str(parse_wheel_filename(project.name)[1])
        manifest = Manifest(
            version=version,
            commit=commit,
            made_at=int(made_at),
            since=since or "0",
            replaces=tuple(sorted(replaces)),
            wheels=tuple(_wheel(path) for path in wheels),
        )
        fresh = target.with_name(f"{target.name}.new")
        with fresh.open("wb") as file:
            write_bundle(file, manifest, wheels, key)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        return Released(manifest, _absent(source / "pyproject.toml", wheels))


def _build(source: Path, folder: Path, made_at: str) -> Path:
    """The project's wheel, with the commit's time in place of today's."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=source,
        env={**os.environ, "SOURCE_DATE_EPOCH": made_at, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReleaseRefused(
            "プログラムを組み立てられません", "The project cannot be built", done.stderr[-300:]
        )
    (wheel,) = folder.glob("*.whl")
    return wheel


def _locked(folder: Path | None, lock: Path) -> list[Path]:
    """The folder's wheels by name, all of them of the lock."""
    if folder is None:
        return []
    hashes = set(_HASH.findall(lock.read_text(encoding="utf-8")))
    wheels = sorted(folder.glob("*.whl"))
    strange = [path.name for path in wheels if _wheel(path).sha256 not in hashes]
    if strange or not wheels:
        raise ReleaseRefused(
            "requirements.lock にないファイルがあるか、フォルダーが空です。作り直してください",
            "The folder is empty or holds wheels that are not in requirements.lock: fill it anew",
            ", ".join(strange) or folder,
        )
    return wheels


def _absent(project: Path, wheels: list[Path]) -> tuple[str, ...]:
    declared = tomllib.loads(project.read_text(encoding="utf-8"))["project"].get("dependencies", [])
    there = {parse_wheel_filename(path.name)[0] for path in wheels}
    names = {canonicalize_name(Requirement(line).name) for line in declared}
    return tuple(sorted(names - there))


def _wheel(path: Path) -> Wheel:
    content = path.read_bytes()
    return Wheel(path.name, len(content), hashlib.sha256(content).hexdigest())


def _git(checkout: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", checkout, *words], capture_output=True, check=False)
    except FileNotFoundError as error:
        raise ReleaseRefused(
            "gitがありません: sudo apt-get install git", "There is no git: sudo apt-get install git"
        ) from error
    if done.returncode:
        raise ReleaseRefused(
            "gitのチェックアウトを指定してください",
            "Name a git checkout of the project",
            done.stderr.decode(errors="replace").strip(),
        )
    return done.stdout
