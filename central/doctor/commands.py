"""`yukemuri-central doctor`."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from central.access.store import all_roles
from central.command_line import json_option, now
from central.database.backup_state import backup_checks
from central.database.transaction import Database, DataUnusable, database_file
from central.doctor import data, ways
from central.doctor.tools import asked
from central.members.store import all_profiles
from central.settings import SettingsWrong, load
from rules.checkup.bundle import packed
from rules.checkup.check import Check, Checkup, fail, not_here, well
from rules.checkup.withhold import settings_text, struck_out

if TYPE_CHECKING:
    from central.settings import Settings

CONFIG = Path("/var/lib/yukemuri/central.toml")
SERVICE = "yukemuri-central.service"
LOG_LINES = 5_000


@click.command("doctor")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    default=CONFIG,
    show_default=True,
    help="設定ファイル / the settings file",
)
@json_option
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    help="保守用の束をこのファイルに書く（秘密と氏名は入らない） / write a support bundle, without secrets or names",
)
def doctor_command(config_file: Path, bundle: Path | None, as_json: bool) -> None:
    """サーバーを診断する / Examine the server: PASS, WARN or FAIL with what to do; exit 1 if anything fails.

    何も変えず、サーバーは動かしたままでよい。 / It changes nothing, and the server may be running.
    """
    settings, checks = _settings(config_file)
    checks.append(well("versions", f"{version('yukemuri')}（{_system()}）"))
    checks.append(_unit())
    secrets: set[str] = set()
    if settings is not None:
        checks += examine(settings, now())
        secrets = secrets_of(settings)
    # Whoever runs it stands in these books: somebody called as a folder is must not spoil the commands it says.
    checkup = _withheld(checks, secrets)
    if as_json:
        click.echo(checkup.json().encode())
    else:
        for line in checkup.lines():
            click.echo(line)
    if bundle is not None:
        _write_bundle(bundle, checks, settings, secrets)
    sys.exit(checkup.exit_code)


def _withheld(checks: list[Check], words: set[str]) -> Checkup:
    return Checkup(
        tuple(
            Check(each.name, each.result, struck_out(each.detail, words), struck_out(each.remedy, words))
            for each in checks
        )
    )


def examine(settings: Settings, at: int) -> list[Check]:
    """All of the server at Unix second `at`, by its settings."""
    return [
        *data.folder(settings.data, demo=settings.demo),
        *data.database(settings.data),
        data.verified_lately(settings.data, at),
        *backup_checks(settings.data, at),
        ways.broker(settings.broker),
        *ways.certificates(settings.data, settings.machines, at),
        ways.mail(settings.mail),
        *ways.web(settings, at),
        *ways.clock(settings.data, at),
    ]


def names_in(folder: Path) -> set[str] | None:
    """Whoever stands in the books: names, readings, addresses, telephones of members, and the staff's names.

    None where the books cannot be read, so that nobody can say whose names they hold.
    """
    found = Database(database_file(folder))
    names: set[str] = set()
    try:
        with found.read() as connection:
            for member, profile in all_profiles(connection):
                words = (member, profile.name, profile.kana, profile.mail, profile.phone)
                names |= {word for word in words if word}
                # Somebody may be called by half of it.
                names |= {*profile.name.split(), *(profile.kana or "").split()}
            names |= set(all_roles(connection))
    except DataUnusable:
        return None
    finally:
        found.close()
    return names


def secrets_of(settings: Settings) -> set[str]:
    """The words of the settings that prove who we are."""
    card, post = settings.charging, settings.mail
    words = {settings.broker.password, card.secret_key, card.webhook_secret, post.password if post else ""}
    return words - {""}


def _settings(file: Path) -> tuple[Settings | None, list[Check]]:
    try:
        settings = load(file)
    except SettingsWrong as wrong:
        remedy = (
            "設定ファイルを直すか、--config で場所を示してください / "
            "mend the settings file, or say by --config where it is"
        )
        return None, [fail("settings", problem, remedy) for problem in wrong.problems]
    return settings, [well("settings", f"{file} に誤りはありません / no faults in {file}")]


def _unit() -> Check:
    word = asked("systemctl", "is-enabled", SERVICE)
    if not word:
        return not_here("units", "systemdの登録 / systemd knows no such unit")
    if word == "enabled":
        return well("units", SERVICE)
    return fail("units", f"{SERVICE}: {word}", f"sudo systemctl enable --now {SERVICE}")


def _system() -> str:
    return f"{platform.system()} {platform.release()}, Python {platform.python_version()}"


def _write_bundle(bundle: Path, checks: list[Check], settings: Settings | None, secrets: set[str]) -> None:
    names = names_in(settings.data) if settings else None
    if names is None:
        log = (
            "データベースか設定を読めず、消すべき氏名が分からないので入れません / "
            "left out: without the books nobody knows which names to strike out"
        )
    else:
        log = struck_out(
            asked("journalctl", "--no-pager", "-n", str(LOG_LINES), "-u", SERVICE)
            or "この機械にはありません / not on this machine",
            names | secrets,
        )
    files = {
        "doctor.json": _withheld(checks, (names or set()) | secrets).json() + "\n",
        "settings.json": settings_text(settings.model_dump(mode="json")) if settings else "{}\n",
        "versions.txt": f"yukemuri {version('yukemuri')}\n{_system()}\n",
        "log.txt": log + "\n",
    }
    try:
        bundle.write_bytes(packed(files))
    except OSError as error:
        click.echo(
            f"{bundle} に書けません（{error.strerror}）。場所と空きを確かめてください / "
            f"{bundle} cannot be written: check where it is and the room there",
            err=True,
        )
        sys.exit(1)
    click.echo(f"束を書きました / bundle written: {bundle}", err=True)
