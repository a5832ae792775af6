"""The commands `release`, `release-key` and `update`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from provisioning.update.outcomes import WORDS, Outcome
from provisioning.update.unit import SETTINGS, Kind

if TYPE_CHECKING:
    from provisioning.update.updater import Result, Updater

_place = click.option(
    "--place",
    "folder",
    default="/opt/yukemuri",
    show_default=True,
    type=click.Path(path_type=Path),
    help="版の置き場 / the folder of versions",
)
_kind = click.option(
    "--machine",
    "kind",
    type=click.Choice([each.value for each in Kind]),
    help="どの機械か。なければ設定ファイルを見て決める / which machine this is; told by its settings file without it",
)
_config = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="設定ファイル。なければ /etc/yukemuri の bus.toml か kiosk.toml / the settings file",
)
_json = click.option(
    "--json", "as_json", is_flag=True, help="JSONを1行で出力 / one JSON document on one line"
)


@click.command("release-key")
@click.option(
    "--stick",
    required=True,
    type=click.Path(path_type=Path),
    help="鍵を書くUSBメモリ / the stick that takes the key",
)
def release_key(stick: Path) -> None:
    """リリースに署名する鍵を作る / Makes the key that signs releases, on a stick alone; nothing is overwritten."""
    from provisioning.update.release import PUBLIC_KEY, ReleaseRefused, make_release_key

    try:
        made = make_release_key(stick)
    except ReleaseRefused as refused:
        _fail(refused)
    except OSError as error:
        _fail(_cannot_be_written(error))
    click.echo(
        f"{made} がリリースの鍵です。金庫に入れてください。端末に置くのは {PUBLIC_KEY} だけです。 / "
        f"That file is the release key: put it into the safe. Units are given {PUBLIC_KEY} alone."
    )


@click.command()
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="書くファイル / the file to write"
)
@click.option(
    "--key", required=True, type=click.Path(path_type=Path), help="リリースの鍵 / the release key's file"
)
@click.option(
    "--checkout",
    default=".",
    type=click.Path(path_type=Path),
    help="プロジェクトのチェックアウト。なければ今いるフォルダー / the project's checkout",
)
@click.option(
    "--wheels",
    type=click.Path(path_type=Path),
    help="端末の機種のライブラリーのフォルダー / the lock's wheels for the unit's platform",
)
@click.option("--since", help="この版から上げられる / the oldest version it may follow")
@click.option(
    "--replaces",
    multiple=True,
    help="この新しい版から戻してよい。何度でも / a newer version that it may take the place of; may be repeated",
)
def release(
    out: Path, key: Path, checkout: Path, wheels: Path | None, since: str | None, replaces: tuple[str, ...]
) -> None:
    """端末を更新するファイルを作る / Makes the file by which units are updated, out of what is committed.

    同じコミットからは、いつも同じファイルができる。 / The same commit gives the same bytes.
    """
    from provisioning.update.release import ReleaseRefused, load_release_key, make_release

    try:
        made = make_release(checkout, wheels, out, load_release_key(key), since=since, replaces=replaces)
    except ReleaseRefused as refused:
        _fail(refused)
    except OSError as error:
        _fail(_cannot_be_written(error))
    click.echo(f"{out}: {made.manifest.version}  {made.manifest.commit}  {made.manifest.size / 1e6:.1f} MB")
    if made.absent:
        click.echo(
            "次のライブラリーは入っていません。端末のシステムにあるものだけにしてください / "
            f"Without these libraries, which the unit's system must have: {', '.join(made.absent)}",
            err=True,
        )


@click.group()
def update() -> None:
    """端末のプログラムを更新する / Updates the program of a unit; as root, on the unit."""


@update.command()
@click.argument("source", type=click.Path(path_type=Path))
@_kind
@_config
@_place
@click.option(
    "--wait",
    default=720,
    show_default=True,
    help="運行が終わるまで待つ分 / minutes to wait until the unit is not needed",
)
@_json
def take(
    source: Path, kind: str | None, config: Path | None, folder: Path, wait: int, *, as_json: bool
) -> None:
    """USBメモリのリリースを入れる / Takes in a release from a stick's folder, or a file.

    運行中は待つ。新しい版の調子が悪ければ、ひとりでに前の版に戻る。途中で切れても、もう一度実行すればよい。

    Waits while the unit is in service. A version that is not well gives way to the one before by itself. After a cut
    at any moment, run it again.
    """
    _end(_updater(kind, config, folder, wait * 60.0).take(source), as_json=as_json)


@update.command()
@_kind
@_config
@_place
@_json
def settle(kind: str | None, config: Path | None, folder: Path, *, as_json: bool) -> None:
    """途中で切れた更新を終わらせる / Ends an update that was cut short; for a timer."""
    result = _updater(kind, config, folder, 0.0).settle()
    _tell(result, as_json=as_json)
    # Whoever updates meanwhile ends it.
    sys.exit(0 if result.is_good or result.outcome is Outcome.BUSY else 1)


@update.command()
@_kind
@_config
@_place
@_json
def boot(kind: str | None, config: Path | None, folder: Path, *, as_json: bool) -> None:
    """起動を数え、動かない版をやめる / Counts a start; for the time before the program runs.

    Exits 0 whatever it finds, so that the unit goes on.
    """
    result = _updater(kind, config, folder, 0.0).boot()
    _tell(result, as_json=as_json)


@update.command()
@_place
@_json
def state(folder: Path, *, as_json: bool) -> None:
    """どの版があるか / Which versions there are, and which of them runs."""
    from provisioning.update.place import CURRENT, FORMER, TRUSTED, Place

    place = Place(folder)
    links = {link: place.version_at(link) for link in (CURRENT, TRUSTED, FORMER)}
    whole = [version for version in place.versions() if place.manifest_of(version)]
    if as_json:
        click.echo(json.dumps({**links, "versions": whole, "boots": place.boots()}))
        return
    for link, words in zip(links, ("今の版 / runs", "確かな版 / well", "前の版 / before"), strict=True):
        click.echo(f"{words}: {links[link] or '-'}")
    if links[CURRENT] != links[TRUSTED]:
        click.echo("更新の途中です / an update is under way")


def _updater(kind: str | None, config: Path | None, folder: Path, wait: float) -> Updater:
    from provisioning.update.build import RealBuilder
    from provisioning.update.place import Place
    from provisioning.update.unit import RealUnit
    from provisioning.update.updater import Patience, Updater

    machine = Kind(kind) if kind else _kind_here()
    settings = config or SETTINGS[machine]
    return Updater(
        Place(folder),
        RealUnit(machine, settings),
        RealBuilder(machine, settings, folder),
        Patience(time.monotonic, time.sleep, wait=wait),
        lambda line: click.echo(line, err=True),
    )


def _kind_here() -> Kind:
    found = [kind for kind, settings in SETTINGS.items() if settings.exists()]
    if len(found) != 1:
        _fail("--machine で機械を選んでください / say by --machine which one this is")
    return found[0]


def _tell(result: Result, *, as_json: bool) -> None:
    japanese, english = WORDS[result.outcome]
    if as_json:
        document = {"outcome": result.outcome, "version": result.version, "detail": result.detail}
        click.echo(json.dumps(document, ensure_ascii=False).encode())
    version = f"{result.version}: " if result.version else ""
    detail = f" ({result.detail})" if result.detail else ""
    click.echo(f"{version}{japanese} / {english}{detail}", err=as_json or not result.is_good)


def _end(result: Result, *, as_json: bool) -> NoReturn:
    _tell(result, as_json=as_json)
    sys.exit(0 if result.is_good else 1)


def _cannot_be_written(error: OSError) -> str:
    return (
        f"{error.filename} に書けません。場所、権限、空きを確かめてください / "
        f"{error.filename} cannot be written: check that the place is there, its permissions and its room "
        f"({error.strerror})"
    )


def _fail(reason: object) -> NoReturn:
    click.echo(str(reason), err=True)
    sys.exit(1)
