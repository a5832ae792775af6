"""`yukemuri-provision central` and `yukemuri-provision bundle`."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import NoReturn

import click

from provisioning.install.central import SETTINGS, Server, central_steps
from provisioning.install.front import Front
from provisioning.install.release import NoRelease, find_release
from provisioning.install.steps import StepFailed, carry_out

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
    has_pair = all((root / pem.removeprefix("/")).exists() for pem in (certificate, key))
    front = Front(web, door, certificate, key) if has_pair else None
    try:
        steps = central_steps(find_release(), Server(front, recipient), root)
        carry_out(steps, root, click.echo, dry=dry_run)
    except (NoRelease, StepFailed) as failed:
        _fail(failed)
    for line in _what_is_left(root, web, door, certificate, has_pair=has_pair, recipient=recipient):
        click.echo(line)


def _what_is_left(
    root: Path, web: str, door: str, certificate: str, *, has_pair: bool, recipient: str
) -> list[str]:
    left = []
    settings = root / SETTINGS.removeprefix("/")
    if not settings.exists():
        left.append(
            f"鍵と設定がまだありません / no keys and settings yet: yukemuri-provision init --data {settings.parent} "
            f"--name {door} …"
        )
    elif f"https://{web}" not in settings.read_text(encoding="utf-8"):
        left.append(f'{settings} に書くこと / write there: [web] address = "https://{web}"')
    if not has_pair:
        left.append(
            f"{certificate} がまだないので、HTTPSはまだです / no certificate yet, so no HTTPS: "
            f"certbot certonly --webroot -w /var/www/html -d {web} --deploy-hook 'systemctl reload nginx'"
        )
    if not recipient:
        left.append("バックアップの公開鍵がありません / no backups without: --recipient age1…")
    return [*left, "済んだら、もう一度実行してください / then run this again"] if left else []


def _fail(reason: object) -> NoReturn:
    click.echo(str(reason), err=True)
    sys.exit(1)
