"""`yukemuri-provision`: wires the tools of the bench. Nothing is decided here."""

from __future__ import annotations

import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import click

from provisioning.backup.commands import backup, restore
from provisioning.install.commands import bundle, central, wheels
from provisioning.update.commands import release, release_key, update
from rules.messages.enrolment import Enrolled, read_code

_data = click.option(
    "--data", required=True, type=click.Path(path_type=Path), help="データの場所 / the data folder"
)
_central = click.option(
    "--central",
    "address",
    required=True,
    help="役場の登録口、https://… / the office's door for machines",
)


@click.group()
@click.version_option(version("yukemuri"))
def cli() -> None:
    """機械を作る、登録する、止める / The bench: where machines are made, enrolled and revoked."""


@cli.command()
@_data
@click.option("--village", required=True, help="村の名前、半角の小文字 / the village, small letters")
@click.option(
    "--name",
    "names",
    required=True,
    multiple=True,
    help="端末から見たこのサーバーの名前かアドレス。何度でも / by which machines call this server; may be repeated",
)
@click.option(
    "--stick",
    required=True,
    type=click.Path(path_type=Path),
    help="ルートの鍵を書くUSBメモリ / the stick that takes the root's key",
)
@click.option(
    "--broker", default=":8883", show_default=True, help="端末のMQTT / MQTT for machines, ADDRESS:PORT"
)
@click.option(
    "--door", default="127.0.0.1:8471", show_default=True, help="登録口 / where machines enrol, ADDRESS:PORT"
)
@click.option(
    "--office-port", default=1883, show_default=True, help="役場だけのMQTT / MQTT for the office alone"
)
def init(
    data: Path, village: str, names: tuple[str, ...], stick: Path, broker: str, door: str, office_port: int
) -> None:
    """新しい役場のサーバーの鍵、証明書、設定を作る / Makes a new server's keys, certificates and settings.

    ルートの鍵は --stick にだけ書く。何も上書きしない。 / The root's key is written to --stick alone; nothing is ever
    overwritten.
    """
    from provisioning.make_central import BROKER, SETTINGS, InitRefused, Ports, make_central

    ports = Ports(office_port, *_place(broker), *_place(door))
    try:
        made = make_central(data, stick, village, names, ports, int(time.time()))
    except InitRefused as refused:
        _fail(refused)
    click.echo(f"設定 / settings: {data / SETTINGS}")
    click.echo(f"ブローカー / broker: mosquitto -c {data / BROKER / 'mosquitto.conf'}")
    click.echo(f"ルートの指紋 / the root's fingerprint: {made.fingerprint}")
    click.echo(
        f"{made.root_key} がルートの鍵です。USBメモリを抜いて、金庫に入れてください。写しをもう一つ、別の金庫に。"
        "サーバーには残っていません。次に要るのは、中間の証明書かサーバーの証明書を作り直すときだけです。 / "
        "That file is the root's key: pull the stick out and put it into a safe, and a copy into another. It is not "
        "on this server, and is needed only to make the intermediate's or the server's certificate anew."
    )


@cli.command()
@_data
@_central
@click.option("--unit", required=True, help="この端末の名前 / this machine's name, as bus-001")
@click.option("--code", help="役場のコード。なければたずねる / the office's code; asked for without it")
def enrol(data: Path, address: str, unit: str, code: str | None) -> None:
    """この端末を登録する / Enrols this machine: makes its keys here and gets its certificate.

    時計が合っていなくてもよい。失敗したら、同じコードでもう一度。 / The clock need not be right. After a failure, run
    it again with the same code.
    """
    from provisioning.enrol import EnrolFailed, parse_door
    from provisioning.enrol import enrol as enrol_machine

    typed = code or click.prompt("コード / code")
    read = read_code(typed)
    if read is None:
        _fail(
            "コードの文字が違います。もう一度、紙を見て入れてください / A letter of the code is wrong: read it again"
        )
    try:
        answer = enrol_machine(data, unit, parse_door(address), read)
    except EnrolFailed as failed:
        _fail(failed)
    click.echo(
        f"{answer.unit}（{answer.village}）を登録しました。設定に書くこと / Enrolled. For its settings:",
        err=True,
    )
    click.echo(_settings(data, answer))


@cli.command()
@_data
@_central
def renew(data: Path, address: str) -> None:
    """60日たった証明書を新しくする / Renews a certificate of 60 days; otherwise does nothing. For a daily timer.

    期限が切れていても、失効していない端末なら新しくなる。 / Also after its end, for a machine that is not revoked.
    """
    from provisioning.enrol import EnrolFailed, parse_door
    from provisioning.enrol import renew as renew_machine

    try:
        answer = renew_machine(data, parse_door(address), int(time.time()))
    except EnrolFailed as failed:
        _fail(failed)
    if answer is None:
        click.echo("まだ新しく、更新は要りません。 / It is young: nothing to renew.")
    else:
        click.echo(f"{answer.unit}: 証明書を新しくしました。 / The certificate was renewed.")


@cli.command()
@click.argument("unit")
@_data
@click.option("--reason", required=True, help="理由。名前は書かない / why, without names")
def revoke(unit: str, data: Path, reason: str) -> NoReturn:
    """なくした端末を失効させる（役場のサーバーで）/ Revokes a machine that was lost; on the office's server.

    yukemuri-central units revoke と同じ。 / The same as yukemuri-central units revoke.
    """
    program = Path(sys.executable).with_name("yukemuri-central")
    if not program.exists():
        _fail(
            f"{program} がありません。役場のサーバーで実行してください / Run it on the office's server: no {program}"
        )
    done = subprocess.run([program, "units", "revoke", unit, "--data", data, "--reason", reason], check=False)
    sys.exit(done.returncode)


@cli.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="役場か端末のデータの場所も見る / look into an office's or a machine's data folder too",
)
@click.option("--json", "as_json", is_flag=True, help="JSONを1行で出力 / one JSON document on one line")
def doctor(data: Path | None, *, as_json: bool) -> NoReturn:
    """作業台を診断する / Examine the bench: PASS, WARN or FAIL with what to do; exit 1 if anything fails."""
    from provisioning.doctor import examine
    from rules.checkup.check import Checkup

    checkup = Checkup(tuple(examine(data, int(time.time()))))
    if as_json:
        click.echo(checkup.json().encode())
    else:
        for line in checkup.lines():
            click.echo(line)
    sys.exit(checkup.exit_code)


cli.add_command(backup)
cli.add_command(restore)
cli.add_command(central)
cli.add_command(bundle)
cli.add_command(wheels)
cli.add_command(release_key)
cli.add_command(release)
cli.add_command(update)


def _place(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    if not port.isdecimal() or not 1 <= int(port) <= 65_535:
        _fail(f"{text}: ADDRESS:PORT の形で書いてください / write it as ADDRESS:PORT")
    return address, int(port)


def _settings(data: Path, answer: Enrolled) -> str:
    from provisioning.enrol import AUTHORITY, PAIR

    return "\n".join(
        (
            "[unit]",
            f'id = "{answer.unit}"',
            f'village = "{answer.village}"',
            f'data = "{data.absolute()}"',
            "# issuer = 役場の設定と同じ番号 / the same number as in central's settings",
            "",
            "[link]",
            f'host = "{answer.broker_host}"',
            f"port = {answer.broker_port}",
            f'ca = "{data.absolute() / AUTHORITY}"',
            f'certificate = "{data.absolute() / PAIR}"',
            f'key = "{data.absolute() / PAIR}"',
        )
    )


def _fail(reason: object) -> NoReturn:
    click.echo(str(reason), err=True)
    sys.exit(1)
