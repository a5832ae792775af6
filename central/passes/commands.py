"""`yukemuri-central passes …`: until when all buses have reported, and the holds that wait for it."""

from __future__ import annotations

from pathlib import Path

import click

from central.command_line import data_option, fail, json_option, now, print_document, reading, writing
from central.devices.watermark.reach import Watermark, say_service, watermark
from central.japan import stamp_text
from central.passes.offline_risk import OfflineRisk, offline_risk
from central.passes.release_holds import release_ended


@click.group()
def passes() -> None:
    """パスの取り置きとバスの報告 / Holds of passes, and how far buses have reported."""


@passes.command()
@data_option
@json_option
def status(data: Path, as_json: bool) -> None:
    """どのバスの記録がいつまで届いたか / Until when each bus's records are here, and what that holds back."""
    at = now()
    with reading(data) as connection:
        mark, risk = watermark(connection, at), offline_risk(connection, at)
    if as_json:
        print_document(_document(mark, risk, at))
    else:
        _print(mark, risk, at)


@passes.command()
@data_option
def release(data: Path) -> None:
    """終わったパスの取り置きを戻す / Give back what is set aside for ended passes; the server does it by itself."""
    with writing(data) as connection:
        done = release_ended(connection, now())
    click.echo(f"{done.released} 件を戻しました / released; {done.still_open} 件 / open")


@passes.command("out-of-service")
@data_option
@click.argument("bus")
def take_out(data: Path, bus: str) -> None:
    """このバスを待たない（修理中など） / Do not wait for this bus: it is away, for repair for example."""
    _say(data, bus, in_service=False)


@passes.command("in-service")
@data_option
@click.argument("bus")
def take_back(data: Path, bus: str) -> None:
    """このバスをまた待つ / Wait for this bus again."""
    _say(data, bus, in_service=True)


def _say(data: Path, bus: str, *, in_service: bool) -> None:
    with writing(data) as connection:
        known = say_service(connection, bus, now(), in_service=in_service)
    if not known:
        fail(f"{bus} という機械は登録されていません。 / No machine {bus} is registered.")
    word = "運行中 / in service" if in_service else "運行外 / out of service"
    click.echo(f"{bus}: {word}")


def _document(mark: Watermark, risk: OfflineRisk, at: int) -> dict[str, object]:
    buses = [
        {
            "device": bus.device,
            "until": bus.until,
            "in_service": bus.in_service,
            "holds_back": bus.holds_back(at),
        }
        for bus in mark.buses
    ]
    offline = {"buses": risk.buses, "hold": risk.hold, "at_most": risk.at_most}
    return {"until": mark.until, "buses": buses, "offline_risk": offline}


def _print(mark: Watermark, risk: OfflineRisk, at: int) -> None:
    never = "まだなし / never"
    for bus in mark.buses:
        word = "" if bus.in_service else "  運行外 / out of service"
        if bus.holds_back(at):
            word = (
                "  待っています。電源を入れて電波の届く所へ。動かせないときは passes out-of-service / "
                "holds the others back: switch it on where there is a signal, or take it out of service"
            )
        click.echo(f"{bus.device}: {stamp_text(bus.until) or never}{word}")
    click.echo(f"すべてのバス / all buses: {stamp_text(mark.until) or never}")
    click.echo(
        f"通信のないバスが知らないことで失う額は、悪用されたパス1枚につき最大 {risk.at_most:,} 円 / "
        f"What buses without a link cannot know costs at most {risk.at_most:,} yen for each hostile pass "
        f"(({risk.buses} − 1) × {risk.hold:,})"
    )
