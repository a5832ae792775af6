"""`yukemuri-central import`: a machine's records from a memory stick, and the answer to carry back."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from central.command_line import data_option, fail, json_option, now, print_document
from central.database.transaction import database_file
from rules.messages.link import Ack
from rules.messages.stick import MAX_STICK_BYTES, StickRefused

if TYPE_CHECKING:
    from central.inbox.import_stick import TakenIn

NO_OFFICE = "{data} に役場のデータがありません。--data を確かめてください / There is no office in {data}: check --data"
UNREADABLE = (
    "{file} を読めません。ファイルの名前とメモリの差し込みを確かめてください / "
    "{file} cannot be read: check its name and that the stick is in ({why})"
)
NO_ROOM = (
    "{file} に空きがなく、返事を書けません。記録は取り込みました。空きを作り、もう一度実行してください / "
    "There is no room for the answer at {file}; the records are taken in. Make room and run it again"
)
UNWRITABLE = (
    "{file} に返事を書けません。記録は取り込みました。書ける場所で、もう一度実行してください / "
    "The answer cannot be written to {file}; the records are taken in. Run it again with another place ({why})"
)
SHORT = (
    "取り込めない記録があり、{number}番までで止まりました。返事を端末で import し、もう一度書き出してください / "
    "Not all of it could be taken; the office stands at number {number}. Import the answer on the machine, "
    "and export again"
)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@data_option
@click.option(
    "--answer",
    type=click.Path(path_type=Path),
    help="返事を書くファイルかフォルダ / the file, or folder, for the answer to carry back",
)
@json_option
def import_command(file: Path, data: Path, answer: Path | None, *, as_json: bool) -> None:
    """端末がメモリに書き出した記録を取り込む / Take in what a machine exported to a stick.

    モデムが壊れたバスのために。サーバーは動いていてもよい。同じファイルを何度取り込んでも、記帳は一度だけ。
    --answerのファイルを端末で import すると、端末は届いたことを知り、役場からの知らせも受け取る。

    For a bus whose modem is dead. The server may be running. The same file again posts nothing twice. Import the
    --answer on the machine: it learns what has arrived, and the office's news. Exit 1 if not all of it could be taken.
    """
    from central.devices.data_folder import open_office
    from central.inbox.import_stick import answer_lines, bring, take_in

    if not database_file(data).exists():
        fail(NO_OFFICE.format(data=data))
    at = now()
    office = open_office(data, at)
    try:
        brought = bring(office, _content(file), at)
        taken = take_in(office, brought, at)
        written = None
        if answer is not None:
            name = f"yukemuri-{taken.device}-{taken.word.epoch[:8]}-{taken.word.number:06}.answer"
            written = _write(answer, name, answer_lines(office, brought, taken.word, at))
    except StickRefused as refusal:
        fail(str(refusal))
    finally:
        office.database.close()
    _print(taken, written, as_json=as_json)


def _content(file: Path) -> bytes:
    try:
        if not file.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        with file.open("rb") as source:
            return source.read(MAX_STICK_BYTES + 1)
    except OSError as error:
        fail(UNREADABLE.format(file=file, why=error.strerror))


def _write(target: Path, name: str, lines: Iterable[bytes]) -> Path:
    """The whole answer or none, at `target`, or under `name` in it where it is a folder."""
    path = target / name if target.is_dir() else target
    try:
        descriptor, making = tempfile.mkstemp(prefix=".yukemuri-", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.writelines(lines)
                out.flush()
                os.fsync(descriptor)
            Path(making).replace(path)
        except BaseException:
            Path(making).unlink(missing_ok=True)
            raise
        _sync(path.parent)
    except OSError as error:
        fail((NO_ROOM if error.errno == errno.ENOSPC else UNWRITABLE).format(file=path, why=error.strerror))
    return path


def _sync(folder: Path) -> None:
    """Have the name on the disk too, so that the stick can be pulled out."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _print(taken: TakenIn, answer: Path | None, *, as_json: bool) -> None:
    is_short = not isinstance(taken.word, Ack)
    if as_json:
        document = {
            "device": taken.device,
            "epoch": taken.word.epoch,
            "records": taken.records,
            "known": taken.known,
            "refused": taken.refused,
            "rides": taken.rides,
            "acknowledged": taken.word.number,
            "complete": not is_short,
            "answer": None if answer is None else str(answer),
        }
        print_document(document)
    else:
        click.echo(f"{taken.device}")
        click.echo(f"{taken.records:>9,}  新しい記録 / new records")
        click.echo(f"{taken.known:>9,}  すでにある記録 / records that were here")
        click.echo(f"{taken.rides:>9,}  乗車 / rides begun")
        click.echo(f"{taken.refused:>9,}  記帳できない記録 / records that could not be applied")
        click.echo(
            f"{taken.word.number:>9,}  ここまで受け取り済み / the office holds records up to this number"
        )
        if answer is not None:
            click.echo(f"返事 / answer: {answer}")
    if answer is None:
        click.echo(
            "--answer で返事を書くと、端末の記録が送信済みになります。 / "
            "With --answer, the machine learns what has arrived.",
            err=True,
        )
    if is_short:
        fail(SHORT.format(number=taken.word.number))
