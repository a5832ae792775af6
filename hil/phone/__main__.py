"""`python -m hil.phone`: the rider's page to hold before a camera, and, with a camera, what a bus answers to it."""

from __future__ import annotations

import signal
import tempfile
import time
from pathlib import Path

import click

from device.clock import SystemTime, boot_id
from device.reader.process import ReaderProcess
from device.reader.source import parse_source
from device.screen.server import ScreenServer
from hil.phone.app import create_app
from hil.phone.door import BenchDoor
from hil.phone.office import PhoneOffice
from hil.virtual.ports import PortTaken, claim_port
from rules.instant import ClockQuality, Instant
from terminal.screen.words import HINTS, WORDS


@click.command()
@click.option(
    "--port", default=8802, show_default=True, type=click.IntRange(1024, 65_535), help="ポート / port"
)
@click.option("--camera", help="カメラ、設定と同じ書き方 / a camera, as in a unit's settings: camera:0")
def main(port: int, camera: str | None) -> None:
    """乗客のページを出す / Serve the rider's page; with a camera, say what a bus answers."""
    # All that follows stops in order on either signal.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        claim_port(port)
        if camera is not None:
            parse_source(camera)
    except (PortTaken, ValueError) as error:
        raise click.ClickException(str(error)) from error
    with tempfile.TemporaryDirectory(prefix="yukemuri-") as folder:
        office = PhoneOffice(Path(folder), time.time)
        server = ScreenServer(create_app(office, time.time), port=port)
        try:
            server.start()
            click.echo(f"{server.url}m/")
            _watch(camera, BenchDoor(office.door(), office.word(), _now))
        except KeyboardInterrupt:
            pass
        finally:
            server.stop()
            office.close()


def _watch(camera: str | None, door: BenchDoor) -> None:
    """Until a signal comes."""
    if camera is None:
        signal.pause()
        return

    last = b""

    def answer(codes: list[bytes], _mono: float) -> None:
        nonlocal last
        if codes[0] == last:
            return
        last = codes[0]
        outcome = door.answer(last)
        if outcome is not None:
            words = WORDS[outcome]
            click.echo(f"{words.key} / {words.key_en}  {words.say} / {words.say_en}")

    reader = ReaderProcess(
        camera,
        answer,
        lambda problem, note: click.echo(problem or note or "カメラ / camera: OK"),
        lambda hint: click.echo(" / ".join(HINTS[hint])),
    )
    reader.start()
    try:
        signal.pause()
    finally:
        reader.stop()


def _now() -> Instant:
    return Instant(boot_id(), int(SystemTime().monotonic() * 1000), int(time.time()), ClockQuality.NETWORK)


if __name__ == "__main__":
    main()
