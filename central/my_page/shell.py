"""The shell of the member's page: what a phone keeps so that it opens without network. Nobody's data is in it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from central.my_page.readings import COUNTERS, PHRASES
from central.my_page.words import WORDS
from rules.passes.door_word import WORDS as DOOR_WORDS

_CENTRAL = Path(__file__).parents[1]
_OWN = Path(__file__).parent / "static"
PAGES = ("/m/", "/m/wallet", "/m/charge", "/m/buy", "/m/scan", "/ride")
PASS_STATIC = _CENTRAL / "passes" / "static"
_QR = "vendor/qr/index.js"
_NOT_KEPT = {"sw.js"}
"""The service worker itself: a browser asks for it anew."""
_VERSION_LENGTH = 16


def shell_files() -> dict[str, Path]:
    """Every file of the shell, by its address."""
    own = {f"/m/static/{_below(_OWN, each)}": each for each in _files(_OWN) if each.name not in _NOT_KEPT}
    passes = {f"/passes/static/{_below(PASS_STATIC, each)}": each for each in _files(PASS_STATIC)}
    return own | passes | {f"/static/{_QR}": _CENTRAL / "static" / _QR}


def service_worker(said: str) -> str:
    """The service worker, with the list of what it keeps and a version that follows from all their bytes.

    `said` is what the office has set that the pages say: they are kept anew whenever that is something else.
    """
    addresses = [*PAGES, "/m/words.js", "/m/manifest.webmanifest", *shell_files()]
    body = (_OWN / "sw.js").read_text(encoding="utf-8")
    return (
        f"const VERSION = {json.dumps(shell_version(said))};\nconst SHELL = {json.dumps(addresses)};\n{body}"
    )


def shell_version(said: str = "") -> str:
    """Another one whenever a byte of the shell is another."""
    digest = sha256(words_module().encode())
    digest.update(said.encode())
    for address, path in sorted((shell_files() | _sources()).items()):
        digest.update(address.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:_VERSION_LENGTH]


def words_module() -> str:
    """The table of words for the page's scripts, readings for what is not in it, the words of bus doors in order."""
    named = {"DOOR_WORDS": DOOR_WORDS, "PHRASES": PHRASES, "COUNTERS": COUNTERS}
    more = [
        f"export const {name} = {json.dumps(each, ensure_ascii=False)};\n" for name, each in named.items()
    ]
    return f"export default {json.dumps(WORDS, ensure_ascii=False)};\n{''.join(more)}"


def _sources() -> dict[str, Path]:
    here = Path(__file__).parent
    made_of = [*_files(here / "templates"), here / "pages.py", here / "by_phone" / "pages.py", _OWN / "sw.js"]
    return {str(each.relative_to(here)): each for each in made_of}


def _files(folder: Path) -> list[Path]:
    return sorted(
        each for each in folder.rglob("*") if each.is_file() and not each.name.startswith("LICENSE")
    )


def _below(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()
