"""`yukemuri-terminal scan`: the door's reader on picture files."""

from __future__ import annotations

import click

from device.reader.scan_images import scan


@click.command("scan")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option(
    "--json", "as_json", is_flag=True, help="One line of JSON per image, and nothing else, on stdout."
)
def scan_command(images: tuple[str, ...], as_json: bool) -> None:
    """画像の QR コードを読む / Read the QR codes in picture files, as the reader at the door would.

    Every image gets one line, readable or not; why one could not be opened is said on stderr. The exit code is 1
    only if a named file is not there or may not be read.
    """
    missing = False
    for line in scan(images):
        name = click.format_filename(line.image)
        if line.problem:
            click.echo(f"{name}: {line.problem}", err=True)
        missing = missing or line.is_missing
        plain = f"{name}: {', '.join(line.texts) or '-'} ({line.ms} ms)"
        click.echo(line.to_json() if as_json else plain)
    if missing:
        raise SystemExit(1)
