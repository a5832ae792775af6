"""A release in one file: who signed it, what is in it, and the wheels one after the other.

| part | content |
|---|---|
| first line | `Head`: Ed25519, use "release", over the second line's bytes |
| second line | `Manifest`: version, what it may replace, every wheel with its size and SHA-256 |
| the rest | the wheels' bytes in the manifest's order, with nothing between or behind them |

Nothing but two short lines is taken apart before the signature is checked, and no archive before its hash is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec
from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from provisioning.update.outcomes import Outcome, Refused
from rules.messages.bounds import MAX_WHOLE
from rules.messages.codec import Malformed, decode, encode
from rules.passes.seal import PUBLIC_KEY_BYTES, SigningKey, Use, check, sign

FORMAT = "release/1"
SUFFIX = ".release"
MAX_LINE_BYTES = 256 * 1024
MAX_BYTES = 2 * 1024**3
PIECE_BYTES = 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9][\w.+!-]{0,198}\.whl", re.ASCII)
_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")


class Source(Protocol):
    """What a release is read from. Whatever its disk says no to is a Refused."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""

    def readline(self, size: int, /) -> bytes:
        """A line, at most so many bytes of it."""


class Wheel(msgspec.Struct, frozen=True):
    """One file: its name, how many bytes, their SHA-256 in hex."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is signed. `made_at` is the commit's Unix second, `commit` its name.

    It takes the place of versions from `since` up to its own, and of each newer one that `replaces` names: the
    only way back to an older program, and not to one that nobody has signed for it.
    """

    yukemuri: str = FORMAT
    version: str
    commit: str
    made_at: int
    since: str
    replaces: tuple[str, ...] = ()
    wheels: tuple[Wheel, ...]

    @property
    def size(self) -> int:
        """Bytes of all wheels."""
        return sum(wheel.size for wheel in self.wheels)

    def why_not_after(self, running: str) -> Outcome | None:
        """Why it may not take the place of the version that runs; None if it may."""
        if self.version == running:
            return Outcome.ALREADY
        if running in self.replaces:
            return None
        if Version(running) > Version(self.version):
            return Outcome.OLDER
        return Outcome.TOO_OLD_HERE if Version(running) < Version(self.since) else None

    def requirements(self) -> str:
        """For pip, in the folder of the wheels: these very files and no others."""
        return "".join(f"./{wheel.name} --hash=sha256:{wheel.sha256}\n" for wheel in self.wheels)

    @property
    def fits_here(self) -> bool:
        """Whether every wheel is for this processor, system and Python."""
        here = set(sys_tags())
        return all(parse_wheel_filename(wheel.name)[3] & here for wheel in self.wheels)


class Head(msgspec.Struct, frozen=True):
    """The signature in hex."""

    signature: str


def write_bundle(target: BinaryIO, manifest: Manifest, wheels: Iterable[Path], key: SigningKey) -> None:
    """Write one; `wheels` are the manifest's, in its order. The same in, the same bytes out."""
    signed = encode(manifest)
    target.write(encode(Head(sign(Use.RELEASE, signed, key).hex())) + b"\n" + signed + b"\n")
    target.writelines(path.read_bytes() for path in wheels)


def read_manifest(source: Source, public: bytes) -> Manifest:
    """Who signed it is who should have, and that is what it says. Raises Refused and OSError."""
    first, signed = source.readline(MAX_LINE_BYTES), source.readline(MAX_LINE_BYTES)
    if not signed.endswith(b"\n"):
        raise Refused(Outcome.DAMAGED, "the first two lines")
    signed = signed[:-1]
    try:
        signature = decode(first, Head).signature
        # One signature, one text: nothing can be changed in a file that stays good.
        if encode(Head(bytes.fromhex(signature).hex())) + b"\n" != first:
            raise Malformed("signature")
    except ValueError as error:
        raise Refused(Outcome.DAMAGED, str(error)) from error
    if not check(Use.RELEASE, signed, bytes.fromhex(signature), public):
        raise Refused(Outcome.FORGED)
    try:
        manifest = decode(signed, Manifest)
        _expect_sound(manifest)
    except ValueError as error:
        # Signed, and not understood: its maker is newer than this.
        raise Refused(Outcome.TOO_OLD_HERE, str(error)) from error
    return manifest


def read_public(path: Path) -> bytes:
    """The key whose releases are taken, 32 bytes in hex in a file. Raises Refused."""
    try:
        public = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise Refused(Outcome.NO_KEY, str(error)) from error
    if len(public) != PUBLIC_KEY_BYTES:
        raise Refused(Outcome.NO_KEY, f"{len(public)} bytes")
    return public


def copy_wheels(source: Source, manifest: Manifest, folder: Path) -> None:
    """The wheels behind the manifest, each exactly what was signed, into `folder`. Raises Refused and OSError."""
    for wheel in manifest.wheels:
        digest, left = hashlib.sha256(), wheel.size
        with (folder / wheel.name).open("xb") as target:
            while left:
                piece = source.read(min(left, PIECE_BYTES))
                if not piece:
                    raise Refused(Outcome.DAMAGED, f"{wheel.name}: {left} bytes are missing")
                digest.update(piece)
                target.write(piece)
                left -= len(piece)
        if digest.hexdigest() != wheel.sha256:
            raise Refused(Outcome.DAMAGED, wheel.name)
    if source.read(1):
        raise Refused(Outcome.DAMAGED, "more bytes than were signed")


def _expect_sound(manifest: Manifest) -> None:
    """Raises ValueError for a manifest that no `release` would write: names become paths, versions folders."""
    if manifest.yukemuri != FORMAT or not manifest.wheels:
        raise ValueError(manifest.yukemuri)
    try:
        for text in (manifest.version, manifest.since, *manifest.replaces):
            # As it writes itself, so that equal versions are equal texts.
            if str(Version(text)) != text:
                raise ValueError(text)
        for wheel in manifest.wheels:
            parse_wheel_filename(wheel.name)
    except (InvalidVersion, InvalidWheelFilename) as error:
        raise ValueError(str(error)) from error
    if len({wheel.name for wheel in manifest.wheels}) != len(manifest.wheels):
        raise ValueError("a wheel twice")
    for wheel in manifest.wheels:
        if not _NAME.fullmatch(wheel.name) or not _HEX_SHA256.fullmatch(wheel.sha256):
            raise ValueError(wheel.name)
        if not 0 <= wheel.size <= MAX_WHOLE:
            raise ValueError(wheel.name)
    if manifest.size > MAX_BYTES:
        raise ValueError(f"{manifest.size} bytes")
