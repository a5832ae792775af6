"""The command `doctor` of a field machine: what it prints, how it ends, and the support bundle."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, TypeVar

import click

from device.doctor.body import asked, units, update, versions
from device.doctor.running import State, ask_state
from device.settings import Section, SettingsWrong, load_settings
from device.vitals import system_name
from rules.checkup.bundle import packed
from rules.checkup.check import Check, Checkup, fail, warn, well
from rules.checkup.withhold import settings_text, struck_out
from rules.messages.stick import StickRefused

S = TypeVar("S", bound=Section)

LOG_LINES = 2_000
bundle_option = click.option(
    "--bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    help="保守用の束をこのファイルに書く（秘密と氏名は入らない） / write a support bundle, without secrets or names",
)


def config_option(default: Path) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Where the settings are; `default` on a machine that was installed."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        default=default,
        show_default=True,
        help="設定ファイル / the settings file",
    )


def settings_or_checks(config: Path, kind: type[S]) -> tuple[S | None, list[Check]]:
    """The settings, and what there is to say of them: every fault, as a check of its own."""
    try:
        settings = load_settings(config, kind)
    except SettingsWrong as wrong:
        remedy = (
            "設定ファイルを直すか、--config で場所を示してください / "
            "mend the settings file, or say by --config where it is"
        )
        return None, [fail("settings", error, remedy) for error in wrong.errors]
    return settings, [well("settings", f"{config} に誤りはありません / no faults in {config}")]


def state_or_check(data: Path, service: Sequence[str]) -> tuple[State | None, list[Check]]:
    """What the running machine says; where it runs and does not answer, that; where it does not run, that too."""
    try:
        state = ask_state(data)
    except StickRefused as refused:
        remedy = "サービスを再起動してください / restart the service"
        return None, [fail("running", str(refused), remedy)]
    if state is not None:
        return state, [well("running", "端末は動いています / it is running")]
    detail = "端末は動いていません / it is not running"
    # Whoever stopped it to look at its sensors has nothing to mend.
    remedy = f"sudo systemctl start {' '.join(service)} で動かしてください / start it by that command"
    return None, [warn("running", detail, remedy)]


def of_program(version: str, state: State | None, service: Sequence[str]) -> list[Check]:
    """What can be said without settings."""
    return [versions(version, state), update(), units(service)]


def withheld(checks: Sequence[Check], secrets: Sequence[str] = ()) -> Checkup:
    """The checks as they may be shown: whatever a sentence quoted, no secret stands in it."""
    return Checkup(
        tuple(
            Check(each.name, each.result, struck_out(each.detail, secrets), struck_out(each.remedy, secrets))
            for each in checks
        )
    )


def tell(
    checkup: Checkup,
    *,
    as_json: bool,
    bundle: Path | None,
    settings: Mapping[str, Any] | None,
    service: Sequence[str],
    secrets: Sequence[str] = (),
) -> int:
    """Print it, write the bundle if one is wanted; the exit code. `secrets` are struck out of the log too."""
    if as_json:
        click.echo(checkup.json().encode())
    else:
        for line in checkup.lines():
            click.echo(line)
    if bundle is not None:
        try:
            bundle.write_bytes(_bundle(checkup, settings, service, secrets))
        except OSError as error:
            click.echo(
                f"{bundle} に書けません（{error.strerror}）。場所と空きを確かめてください / "
                f"{bundle} cannot be written ({error.strerror}): check where it is and the room there",
                err=True,
            )
            return 1
        click.echo(f"束を書きました / bundle written: {bundle}", err=True)
    return checkup.exit_code


def examined(
    config: Path,
    kind: type[S],
    service: Sequence[str],
    *,
    data_of: Callable[[S], Path],
    secrets_of: Callable[[S], list[str]],
    look: Callable[[S, State | None], list[Check]],
    as_json: bool,
    bundle: Path | None,
) -> int:
    """Examine the machine of that settings file and tell; the exit code. `look` is what this kind of machine has."""
    settings, checks = settings_or_checks(config, kind)
    state = None
    if settings is not None:
        state, running = state_or_check(data_of(settings), service)
        checks += running
    checks += of_program(installed("yukemuri"), state, service)
    secrets: list[str] = []
    if settings is not None:
        secrets = secrets_of(settings)
        checks += look(settings, state)
    shown = settings.model_dump(mode="json") if settings else None
    checkup = withheld(checks, secrets)
    return tell(checkup, as_json=as_json, bundle=bundle, settings=shown, service=service, secrets=secrets)


def _bundle(
    checkup: Checkup, settings: Mapping[str, Any] | None, service: Sequence[str], secrets: Sequence[str]
) -> bytes:
    units = [f"--unit={name}" for name in service]
    told = asked("journalctl", "--no-pager", "-n", str(LOG_LINES), *units)
    return packed(
        {
            "doctor.json": checkup.json() + "\n",
            "settings.json": settings_text(settings) if settings is not None else "{}\n",
            "versions.txt": f"{system_name()}\n{_programs()}\n",
            "log.txt": struck_out(told or "この機械にはありません / not on this machine", secrets) + "\n",
        }
    )


def _programs() -> str:
    """The tools beside the program, each by its own word."""
    words: dict[str, Callable[[], str | None]] = {
        "python": lambda: sys.version.partition(" ")[0],
        "aplay": lambda: asked("aplay", "--version"),
        "systemd": lambda: (asked("systemctl", "--version") or "").partition("\n")[0],
    }
    return "\n".join(f"{name}: {tell() or '-'}" for name, tell in words.items())
