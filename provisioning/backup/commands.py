"""`yukemuri-provision backup …` and `yukemuri-provision restore`."""

from __future__ import annotations

import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click
import pyrage
from msgspec.structs import replace

from provisioning.backup.log import Torn
from provisioning.backup.parcels import Damaged, list_backups
from provisioning.backup.restore import Restored
from provisioning.backup.restore import restore as bring_back
from provisioning.backup.ship import Shipper
from provisioning.backup.state import read_drill, read_state, write_drill, write_state
from rules.messages.backup import BackupState, Drill

log = logging.getLogger(__name__)

EVERY_S = 5
KEEP_DAYS = 35

_place = click.Path(path_type=Path, file_okay=False, exists=True)
from_option = click.option(
    "--from",
    "place",
    required=True,
    type=_place,
    help="バックアップの場所 / the folder that holds the backups",
)
identity_option = click.option(
    "--identity",
    "identity_file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="金庫の秘密鍵のファイル / the file with the secret key, from the safe",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="JSONを1行で出力 / one JSON document on one line"
)


class Recipient(click.ParamType[pyrage.x25519.Recipient]):
    """`age1…`."""

    name = "age1…"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> pyrage.x25519.Recipient:
        """The key to seal for."""
        try:
            return pyrage.x25519.Recipient.from_str(str(value))
        except pyrage.RecipientError:
            self.fail(
                "age1 で始まる公開鍵を書いてください（backup key が表示します） / "
                "write the public key that begins with age1: `backup key` prints it",
                param,
                ctx,
            )


@click.group()
def backup() -> None:
    """役場のデータのバックアップ / Backups of the office's data.

    変わったところを5秒ごとに、別の場所へ暗号化して送ります。
    Every five seconds whatever has changed goes, sealed, to another place.
    """


@backup.command()
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="秘密鍵を書くファイル / where the secret key goes",
)
def key(out: Path) -> None:
    """鍵を作る / Make the keys.

    秘密鍵は金庫へ、公開鍵はサーバーへ。 / The secret one goes into the safe, the public one to the server.
    """
    identity = pyrage.x25519.Identity.generate()
    public = identity.to_public()
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        _fail(
            f"{out} に書けません（{error.strerror}）。まだないファイルを指定してください",
            f"{out} cannot be written ({error.strerror}): name a file that is not there yet",
        )
    with os.fdopen(descriptor, "w") as file:
        file.write(f"# public key: {public}\n{identity}\n")
        file.flush()
        os.fsync(file.fileno())
    click.echo(
        f"{out} をUSBメモリーに移して金庫に入れてください。これがないと、バックアップは誰にも開けません。 / "
        f"Move {out} to a USB stick and lock it away: without it nobody can open a backup.",
        err=True,
    )
    click.echo(str(public))


@backup.command()
@click.option("--data", required=True, type=_place, help="センターのデータの場所 / central's data folder")
@click.option("--to", "place", required=True, type=_place, help="送り先のフォルダー / where the backups go")
@click.option("--recipient", required=True, type=Recipient(), help="公開鍵 / the public key")
@click.option(
    "--every",
    type=click.IntRange(1, 10),
    default=EVERY_S,
    show_default=True,
    help="何秒ごとに / every so many seconds",
)
@click.option(
    "--days", type=click.IntRange(1), default=KEEP_DAYS, show_default=True, help="残す日数 / days to keep"
)
def run(*, data: Path, place: Path, recipient: pyrage.x25519.Recipient, every: int, days: int) -> None:
    """変わったところを送りつづける / Ship what changes, until stopped."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    if place.resolve().is_relative_to(data.resolve()):
        _fail(
            "送り先がデータの場所の中にあります。別のディスクか、別の機械にしてください",
            "the backups would lie in the data folder: name another disk or another machine",
        )
    ending = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda _signal, _frame: ending.set())
    ships = Shipper(data, place, recipient, days)
    state = read_state(data) or BackupState(0, 0, "")
    said: str | None = None
    while not ending.is_set():
        state = _ship(ships, _now(), replace(state, drill=read_drill(place) or state.drill))
        if state.problem != said:
            log.log(
                logging.ERROR if state.problem else logging.INFO,
                state.problem or "送っています / the backup is being shipped",
            )
        said = state.problem
        _tell(data, state)
        ending.wait(every)
    # A whole copy may be under way: it ends with the process, and the former backup has all there is.


def _ship(ships: Shipper, now: int, before: BackupState) -> BackupState:
    """How it stands after one more look."""
    try:
        ships.ship(now)
    except (OSError, Torn, sqlite3.Error) as error:
        problem = (
            f"送れません（{error}）。送り先のディスクと権限を確認してください。続けて試します / "
            f"cannot ship ({error}): check the place's disk and permissions; trying again"
        )
        return replace(before, looked=now, problem=problem)
    return replace(before, looked=now, until=now, problem="", parcel=ships.left_at or before.parcel)


def _tell(data: Path, state: BackupState) -> None:
    try:
        write_state(data, state)
    except OSError as error:
        log.warning("%s: %s", data, error)


@backup.command("list")
@from_option
def list_(place: Path) -> None:
    """どの時点まで戻せるか / What there is to go back to."""
    found = list_backups(place)
    if not found:
        click.echo("バックアップはまだありません / no backup yet")
    for each in found:
        size = sum(file.stat().st_size for file in each.folder.iterdir())
        click.echo(
            f"{each.folder.name}  {_words(each.begun)} – {_words(each.until)}  "
            f"{len(each.parcels):6,}  {size / 1e6:,.1f} MB"
        )


class Moment(click.ParamType[int]):
    """A moment in this machine's time zone."""

    name = "YYYY-MM-DDTHH:MM:SS"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Unix seconds."""
        try:
            return int(datetime.fromisoformat(str(value)).timestamp())
        except ValueError:
            self.fail(
                "2026-11-28T09:30:00 のように書いてください / write it like 2026-11-28T09:30:00", param, ctx
            )


@click.command()
@from_option
@identity_option
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    help="戻す先。まだないフォルダー / where to: a folder that is not there yet",
)
@click.option("--at", type=Moment(), help="この時点に戻す / as it was at this moment")
@json_option
def restore(*, place: Path, identity_file: Path, data: Path, at: int | None, as_json: bool) -> None:
    """バックアップからデータを戻す / Bring the data back from a backup."""
    restored, seconds = _restored(place, identity_file, data, at)
    _report(restored, seconds, {}, as_json=as_json)
    click.echo(
        f"次に、元帳を確かめてください: yukemuri-central ledger verify --data {data} / "
        f"Next, verify the ledger: yukemuri-central ledger verify --data {data}",
        err=True,
    )


@backup.command()
@from_option
@identity_option
@json_option
def drill(*, place: Path, identity_file: Path, as_json: bool) -> None:
    """復元の訓練 / Restore beside, and work out every balance anew.

    別の場所に戻し、すべての残高と記録の鎖を計算しなおします。データは何も変えません。結果はバックアップの場所に書き、役場の「今日」に出ます。

    It changes no data. The result is written beside the backups, and stands on the office's desk.
    差があれば終了コード1 / exit 1 on any difference.
    """
    try:
        restored, seconds, verified = _drilled(place, identity_file)
    except SystemExit:
        _note(place, Drill(_now(), 0, ("restore",)))
        raise
    wrong = tuple(name for name, why in verified.items() if why)
    _note(place, Drill(_now(), restored.until, wrong))
    _report(restored, seconds, verified, as_json=as_json)
    if wrong:
        sys.exit(1)


def _drilled(place: Path, identity_file: Path) -> tuple[Restored, float, dict[str, str]]:
    """What was restored, in how many seconds, and what is wrong with it by what was verified."""
    with tempfile.TemporaryDirectory(prefix="yukemuri-drill-") as folder:
        data = Path(folder) / "data"
        restored, seconds = _restored(place, identity_file, data, None)
        verified = {
            name: _verify(data, command)
            for name, command in (("ledger", ["ledger", "verify"]), ("audit", ["audit", "verify"]))
        }
    return restored, seconds, verified


def _note(place: Path, drill: Drill) -> None:
    """A place that cannot be written to spoils no drill, but the office does not hear of it."""
    try:
        write_drill(place, drill)
    except OSError as error:
        click.echo(
            f"結果を {place} に書けません（{error.strerror}）。役場の画面には出ません / "
            f"the result cannot be written to {place} ({error.strerror}): the office's desk will not show it",
            err=True,
        )


def _verify(data: Path, command: list[str]) -> str:
    """What is wrong in the restored books by the office's own program; "" for nothing."""
    program = Path(sys.executable).with_name("yukemuri-central")
    ran = subprocess.run([program, *command, "--data", data], capture_output=True, text=True, check=False)
    return "" if ran.returncode == 0 else (ran.stdout + ran.stderr).strip()


def _restored(place: Path, identity_file: Path, data: Path, at: int | None) -> tuple[Restored, float]:
    begun = time.monotonic()
    try:
        restored = bring_back(place, _identity(identity_file), data, at, _progress())
    except FileExistsError:
        _fail(
            f"{data} はもうあります。戻す先には、まだないフォルダーを指定してください",
            f"{data} is there already: name a folder that is not there yet",
        )
    except Damaged as damaged:
        _fail(
            f"使えるバックアップがありません（{damaged}）。鍵と場所を確認してください",
            f"no backup can be used ({damaged}): check the key and the place",
        )
    except OSError as error:
        _fail(f"戻せません（{error}）", f"cannot be restored ({error})")
    return restored, time.monotonic() - begun


def _identity(file: Path) -> pyrage.x25519.Identity:
    lines = [line.strip() for line in file.read_text(errors="replace").splitlines()]
    secret = next((line for line in lines if line and not line.startswith("#")), "")
    try:
        return pyrage.x25519.Identity.from_str(secret)
    except pyrage.IdentityError:
        _fail(
            f"{file} に秘密鍵（AGE-SECRET-KEY-1…）がありません。金庫のファイルを指定してください",
            f"there is no secret key (AGE-SECRET-KEY-1…) in {file}: name the file from the safe",
        )


def _progress() -> Callable[[int, int], object]:
    def tell(done: int, of: int) -> None:
        if done % 500 == 0 or done == of:
            click.echo(f"{done:,} / {of:,}", err=True)

    return tell


def _report(restored: Restored, seconds: float, verified: dict[str, str], *, as_json: bool) -> None:
    document = {
        "backup": restored.backup,
        "until": restored.until,
        "parcels": restored.parcels,
        "left_out": list(restored.left_out),
        "seconds": round(seconds, 1),
        **({"verified": {name: not wrong for name, wrong in verified.items()}} if verified else {}),
    }
    for each in restored.left_out:
        click.echo(f"使えない部分 / left out: {each}", err=True)
    for name, wrong in verified.items():
        if wrong:
            click.echo(f"{name}: {wrong}", err=True)
    if as_json:
        click.echo(json.dumps(document))
        return
    click.echo(
        f"{_words(restored.until)} の状態に戻りました（{seconds:.1f} 秒） / "
        f"as it was at {_words(restored.until)}, in {seconds:.1f} s"
    )
    if verified and not any(verified.values()):
        click.echo("すべての残高と記録の鎖が合いました / every balance and chain agrees")


def _words(moment: int) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _now() -> int:
    return int(time.time())


def _fail(japanese: str, english: str) -> NoReturn:
    click.echo(f"{japanese} / {english}", err=True)
    sys.exit(1)
