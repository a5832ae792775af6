"""`yukemuri-central`: wires the server together. Nothing is decided here."""

from __future__ import annotations

import gc
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn, Protocol

import click
from flask import Flask
from waitress.server import create_server

from central.access.members.mailbox import FileMailbox, Mailbox, SmtpMailbox
from central.access.staff.commands import staff
from central.alarms.watch import To, Watch
from central.alarms.weigh import Limits
from central.alive import watched
from central.app import MAILS, CardCharging, SigningIn, create_app
from central.audit.commands import audit
from central.charging.commands import charging
from central.charging.open_gateway import open_gateway
from central.command_line import config_option, fail, now, settings_or_exit
from central.counter.commands import counter
from central.database.commands import database
from central.database.transaction import Connection, DataUnusable
from central.devices.data_folder import Office, open_office
from central.devices.store import put_village
from central.doctor.commands import doctor_command
from central.enrolment.commands import units
from central.enrolment.open_door import open_door
from central.figures import keep_latest
from central.inbox.answer import Desk
from central.inbox.commands import import_command
from central.inbox.end_session import end_session
from central.inbox.listener import Broker, Listener
from central.inquiries.commands import inquiries_commands
from central.kiosks.commands import kiosks
from central.ledger.commands import ledger
from central.my_page.pages import Issuing
from central.network.commands import network
from central.passes.commands import passes
from central.passes.release_holds import release_ended
from central.points.commands import points
from central.points.expiry_timer import ExpiryTimer
from central.practice.commands import practice
from central.reports.commands import report_commands
from central.rides.by_phone.commands import alighted_command
from central.rides.by_phone.settle import settle_waiting
from central.rides.corrections.commands import rides
from central.rides.forgotten.infer_alightings import infer_alightings
from central.rides.receipts.commands import receipt_command
from central.settings import Settings
from central.shops.commands import shops
from central.timer import Timer
from central.words.names import EditionShelf
from rules.messages.edition_file import seal_edition

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Far above what any page takes, which says so in words; beyond it waitress hangs up."""
WEB_THREADS = 16
"""A live page holds one as long as it is open."""
PROXY_SAYS = {"x-forwarded-for", "x-forwarded-proto"}
RECKON_S = 600.0
"""How often the server looks for what waits until every bus has reported."""
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


class Worker(Protocol):
    """What is at work beside the pages, in threads of its own."""

    def start(self) -> object:
        """Begin."""

    def stop(self) -> object:
        """End, and wait for it."""


class _Group(click.Group):
    """A data folder that cannot be used ends any command with its sentence, not with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DataUnusable as error:
            fail(str(error))


@click.group(cls=_Group)
@click.version_option(version("yukemuri"))
def cli() -> None:
    """役場のサーバー / The office's server."""


@cli.command()
@config_option
def run(config_file: Path) -> None:
    """サーバーを動かす / Run the server: pages, and the inbox for machines."""
    settings = settings_or_exit(config_file)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=LOG_FORMAT)
    office = open_office(settings.data, now())
    try:
        serve(settings, office, now, now)
    finally:
        office.database.close()


@cli.group()
def config() -> None:
    """設定 / The settings file."""


@config.command("check")
@click.argument("config_file", metavar="FILE", type=click.Path(path_type=Path))
def check_config(config_file: Path) -> None:
    """設定ファイルの誤りをすべて示す / All faults of the settings file at once; exit 1 if there is one."""
    settings_or_exit(config_file)
    click.echo(f"{config_file}: 誤りはありません。 / No faults.")


cli.add_command(staff)
cli.add_command(audit)
cli.add_command(network)
for report_command in report_commands():
    ledger.add_command(report_command)
cli.add_command(ledger)
cli.add_command(passes)
rides.add_command(receipt_command)
rides.add_command(alighted_command)
cli.add_command(points)
cli.add_command(rides)
cli.add_command(counter)
cli.add_command(shops)
cli.add_command(kiosks)
cli.add_command(inquiries_commands)
cli.add_command(units)
cli.add_command(charging)
cli.add_command(import_command)
cli.add_command(database)
cli.add_command(practice)
cli.add_command(doctor_command)


def serve(
    settings: Settings,
    office: Office,
    now: Callable[[], int],
    people_now: Callable[[], int],
    beside: Callable[[Flask], Worker] | None = None,
) -> None:
    """Pages and inbox until a signal ends them. `now` gives Unix seconds: the machine's own, or a bench's.

    `people_now` is the clock of those who sign in; on a bench it is not that of its buses. `beside` serves the same
    pages in another way too, as a bench does for phones.
    """
    web = settings.web
    key = office.keys.down
    app = create_app(
        office.database,
        settings,
        now,
        lambda packed: seal_edition(packed, key.kid, key.sign),
        cards=CardCharging(open_gateway(settings.charging)),
        issuing=Issuing(settings.issuer, office.keys, secrets.token_bytes) if settings.issuer else None,
        signing_in=SigningIn(_mailbox(settings), people_now, web.name, web.address),
    )
    # What stands before this server with HTTPS says from where somebody came; without an address, nothing does.
    proxy = {"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": PROXY_SAYS} if web.address else {}
    try:
        server = create_server(
            app,
            host=web.host,
            port=web.port,
            threads=WEB_THREADS,
            max_request_body_size=MAX_BODY_BYTES,
            **proxy,
        )
    except OSError as error:
        fail(
            f"{web.host} のポート {web.port} を使えません。"
            "使っているプログラムを止めるか、設定の web.port を変えてください / "
            f"Port {web.port} on {web.host} cannot be used: stop what uses it, or change web.port in the settings "
            f"({error.strerror})"
        )
    with office.database.write() as connection:
        put_village(connection, settings.village)
    click.echo(f"http://{web.host}:{server.effective_port}/")
    broker = Broker(**settings.broker.model_dump())
    listener = Listener(broker, Desk(settings.village, key), office.database, now)

    def look() -> None:
        with office.database.write() as connection:
            reckon(connection, now())
            app.extensions["seen"].flush(connection)

    def end(_number: int, _frame: object) -> NoReturn:
        # waitress ends its loop on this exception and lets its threads finish; open streams would hold them.
        app.extensions["streams"].close()
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    workers: list[Worker] = [
        listener,
        Timer("reckoning", RECKON_S, look),
        ExpiryTimer(office.database, now),
        Timer(
            "figures",
            keep_latest.EVERY_S,
            partial(keep_latest.keep_latest, office.database, EditionShelf(), now),
        ),
    ]
    if settings.alarms is not None:
        workers.append(_watch(settings, office, now))
    workers += open_door(settings, office, now, lambda device: end_session(broker, device))
    if beside is not None:
        workers.append(beside(app))
    workers += watched(os.environ, (web.host, server.effective_port), office.database, listener)
    pass_by_what_is_there()
    for worker in workers:
        worker.start()
    try:
        server.run()
    finally:
        for worker in reversed(workers):
            worker.stop()
        server.close()


def pass_by_what_is_there() -> None:
    """Spare the collector what is loaded and stays.

    Looking through all of it stops every thread for a tenth of a second, whoever asked for a page meanwhile.
    """
    gc.collect()
    gc.freeze()


def reckon(connection: Connection, now: int) -> None:
    """What comes with time: rides nobody ended, rides by phone whose records came, and holds that are not needed."""
    infer_alightings(connection, now)
    settle_waiting(connection, now)
    release_ended(connection, now)


def _watch(settings: Settings, office: Office, now: Callable[[], int]) -> Timer:
    alarms = settings.alarms
    assert alarms is not None
    to = To(
        tuple(alarms.to),
        Limits(alarms.quiet_minutes * 60, alarms.per_hour),
        f"{settings.web.public}/desk",
    )
    return Watch(office.database, _mailbox(settings), to, now, demo=settings.demo).timer()


def _mailbox(settings: Settings) -> Mailbox:
    if settings.mail is None:
        return FileMailbox(settings.data / MAILS)
    return SmtpMailbox(**settings.mail.model_dump())
