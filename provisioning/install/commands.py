"""`yukemuri-provision central` and `yukemuri-provision bundle`."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path
from typing import NoReturn, TextIO

import click

from provisioning.install.bundle import (
    BUS,
    KIOSK,
    BundleRefused,
    Order,
    Program,
    add_version,
    check_system,
    fetch_libraries,
    write_bundle,
)
from provisioning.install.card import PYTHONS, TRIXIE
from provisioning.install.central import BACKUPS, SETTINGS, Server, central_steps
from provisioning.install.front import Front
from provisioning.install.release import NoRelease, find_release
from provisioning.install.steps import StepFailed, carry_out
from rules.messages.enrolment import read_code

_NAME = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+"
)
_LIVE = "/etc/letsencrypt/live"


class HostName(click.ParamType[str]):
    """A server's name in small letters."""

    name = "NAME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The same."""
        if not _NAME.fullmatch(str(value)):
            self.fail(
                "bus.example.jp のように書いてください / write it like bus.example.jp, in small letters",
                param,
                ctx,
            )
        return str(value)


@click.command()
@click.option(
    "--web", required=True, type=HostName(), help="職員と会員が開く名前 / the name that people open"
)
@click.option("--door", required=True, type=HostName(), help="端末から見た名前 / the name that machines call")
@click.option("--certificate", help=f"--web の証明書 / its certificate  [{_LIVE}/NAME/fullchain.pem]")
@click.option("--key", help=f"その鍵 / its key  [{_LIVE}/NAME/privkey.pem]")
@click.option("--recipient", default="", help="バックアップの公開鍵 age1… / the backups' public key")
@click.option("--dry-run", is_flag=True, help="行うことを示すだけ / only say what would be done")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("/"),
    help="このファイルシステムの中に入れる / install into this root file system",
)
def central(
    *,
    web: str,
    door: str,
    certificate: str | None,
    key: str | None,
    recipient: str,
    dry_run: bool,
    root: Path,
) -> None:
    """このサーバーに役場を入れる / Makes the office's server of this machine: programs, user, folders, units, HTTPS.

    何度実行してもよい。同じものはそのまま。 / It may be run again: what is there already stays as it is.
    """
    if web == door:
        _fail("--web と --door は別の名前にしてください / --web and --door must be two names")
    if not dry_run and os.geteuid() != 0:
        _fail("sudo で実行してください。--dry-run なら要りません / run it with sudo; --dry-run needs none")
    root = root.resolve()
    certificate, key = certificate or f"{_LIVE}/{web}/fullchain.pem", key or f"{_LIVE}/{web}/privkey.pem"
    has_disk = os.path.ismount(_below(root, BACKUPS))
    try:
        has_pair = all(_is_there(_below(root, pem)) for pem in (certificate, key))
        left = [
            *_settings_left(_below(root, SETTINGS), web, door),
            *_others_left(web, certificate, has_pair=has_pair, recipient=recipient, has_disk=has_disk),
        ]
        if left:
            left.append("残りが済んだら、もう一度実行してください / then run this again")
    except PermissionError as error:
        # Only a dry run comes here without being root.
        has_pair = False
        words = "残っていることは、sudo を付けると言います / with sudo it says what is left to do"
        left = [f"{error.filename} を見られません。{words}"]
    front = Front(web, door, certificate, key) if has_pair else None
    try:
        steps = central_steps(find_release(), Server(front, recipient, has_disk), root)
        carry_out(steps, root, click.echo, dry=dry_run)
    except (NoRelease, StepFailed) as failed:
        _fail(failed)
    for line in left:
        click.echo(line)


@click.command()
@click.argument("boot", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--kind", required=True, type=click.Choice([BUS, KIOSK]), help="バスかキオスクか / a bus or a kiosk"
)
@click.option(
    "--settings",
    required=True,
    type=click.File(encoding="utf-8"),
    help="端末の設定ファイル。[link] は書かない / its settings file, without [link]",
)
@click.option("--central", "door", required=True, help="登録口 https://… / the machines' door")
@click.option(
    "--system",
    type=click.Choice(list(PYTHONS)),
    default=TRIXIE,
    show_default=True,
    help="カードのOS / the image's",
)
@click.option("--code", default="", help="役場のコード（15分）。あとでもよい / the office's code, or later")
@click.option(
    "--ssh-key", type=click.File(encoding="utf-8"), help="整備のときの公開鍵 / a public key for service"
)
@click.option(
    "--release",
    required=True,
    nargs=2,
    metavar="FILE KEY",
    type=click.Path(path_type=Path, dir_okay=False),
    help="署名のあるリリースと release.pub。端末はその鍵のリリースだけを入れる / "
    "a signed release and release.pub, whose releases alone the unit takes",
)
def bundle(
    *,
    boot: Path,
    kind: str,
    settings: TextIO,
    door: str,
    system: str,
    code: str,
    ssh_key: TextIO | None,
    release: tuple[Path, Path],
) -> None:
    """Raspberry Piのカードに、端末になるためのすべてを書く / Writes all that makes a bus or a kiosk of a fresh card.

    BOOTは、パソコンに差したカードの最初の区画（bootfs）。 / BOOT is the card's first partition, where it is mounted.
    """
    keys = ssh_key.read() if ssh_key else ""
    if not re.fullmatch(r"https://[a-z0-9.-]+(:\d{1,5})?", door):
        _fail("--central は https:// と名前だけで / write --central as https:// and a name alone")
    if code and read_code(code) is None:
        _fail(
            "コードの文字が違います。もう一度、紙を見て入れてください / A letter of the code is wrong: read it again"
        )
    try:
        program = Program(*release)
        manifest = program.manifest()
        check_system(manifest, system)
        folder = write_bundle(boot, Order(kind, settings.read(), door, system, code, keys), find_release())
        add_version(folder, program)
    except (BundleRefused, NoRelease) as refused:
        _fail(refused)
    except OSError as error:
        _fail(
            f"カードに書けません。空きと書き込み禁止を確かめてください / the card cannot be written ({error.strerror})"
        )
    click.echo(
        f"{folder} に {manifest.version} を書きました。カードを外して端末に差し、LANと電源をつないでください / "
        "Written. Put the card into the machine, connect network and power."
    )


@click.command()
@click.option(
    "--system",
    type=click.Choice(list(PYTHONS)),
    default=TRIXIE,
    show_default=True,
    help="カードのOS / the image's",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="置くフォルダー / the folder that takes them",
)
def wheels(*, system: str, out: Path) -> None:
    """64ビットのRaspberry Piのためのライブラリーを集める / Fetches the locked libraries for a 64-bit Raspberry Pi.

    リリースを作る release --wheels のため。 / For `release --wheels`, which makes a release of them.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        fetch_libraries(out, system, find_release())
    except (BundleRefused, NoRelease) as refused:
        _fail(refused)
    except OSError as error:
        _fail(f"{out} に書けません / {out} cannot be written ({error.strerror})")
    click.echo(f"{out}: {len([*out.glob('*.whl')])}")


def _settings_left(settings: Path, web: str, door: str) -> list[str]:
    """What central's settings still lack. Raises PermissionError."""
    if not _is_there(settings):
        init = f"yukemuri-provision init --data {settings.parent} --name {door} …"
        return [f"鍵と設定がまだありません / no keys and settings yet: {init}"]
    try:
        tables = tomllib.loads(settings.read_text(encoding="utf-8"))
    except ValueError as error:
        return [f"{settings} を直してください / mend it: {error}"]
    left = []
    if "issuer" not in tables:
        left.append(
            f"{settings} の最初の [ より上に書くこと / write there, above the first [: issuer = … "
            "村の番号 / the village's number (README)"
        )
    address = f"https://{web}"
    if tables.get("web", {}).get("address") != address:
        left.append(f'{settings} に書くこと / write there: [web] address = "{address}"')
    return left


def _others_left(web: str, certificate: str, *, has_pair: bool, recipient: str, has_disk: bool) -> list[str]:
    left = []
    if not has_pair:
        left.append(
            f"{certificate} がまだないので、HTTPSはまだです / no certificate yet, so no HTTPS: "
            "apt-get install certbot, certbot certonly --webroot -w /var/www/html "
            f"-d {web} --deploy-hook 'systemctl reload nginx'"
        )
    if not recipient:
        left.append("バックアップの公開鍵がありません / no backups without: --recipient age1…")
    elif not has_disk:
        left.append(
            f"{BACKUPS} に別のディスクをつなぐと、バックアップが始まります / "
            "no backups until another disk is mounted there"
        )
    return left


def _is_there(path: Path) -> bool:
    """Raises PermissionError, where nobody can know."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _below(root: Path, place: str) -> Path:
    return root / place.removeprefix("/")


def _fail(reason: object) -> NoReturn:
    click.echo(str(reason), err=True)
    sys.exit(1)
