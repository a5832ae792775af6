"""The page 掲示物: what can be printed and put up, and the PDFs."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from central.counter.notices.print_notices import Office, Size, notice, stickers
from central.counter.notices.words import NO_ADDRESS, NO_BUS, PAPERS, WRONG_PAPER, Paper
from central.counter.store import find_settings
from central.database.transaction import Connection, Database
from central.devices.register_device import DeviceKind
from central.devices.store import machines_of_kind


def notice_pages(database: Database, now: Callable[[], int], address: str) -> Blueprint:
    """The blueprint. `now` gives Unix seconds; codes lead to `address`, and where that is "" none is printed."""
    pages = Blueprint("notices", __name__, url_prefix="/notices", template_folder="templates")

    @pages.get("")
    def notices() -> str:
        with database.read() as connection:
            buses, contact = _buses(connection), _contact(connection)
        return render_template(
            "notices/notices.html",
            papers=PAPERS,
            sizes=Size,
            sticker=Paper.STICKER,
            buses=buses,
            contact=contact,
            address=address,
            no_address=NO_ADDRESS,
        )

    @pages.get("/print", endpoint="print")
    def printed() -> ResponseReturnValue:
        paper, size = request.args.get("paper", ""), request.args.get("size", Size.A4)
        if paper not in set(Paper) or size not in set(Size):
            abort(HTTPStatus.UNPROCESSABLE_ENTITY, " / ".join(WRONG_PAPER))
        if not address:
            abort(HTTPStatus.UNPROCESSABLE_ENTITY, " / ".join(NO_ADDRESS))
        with database.read() as connection:
            office, buses = Office(address, _contact(connection)), _buses(connection)
        if paper != Paper.STICKER:
            return _pdf(notice(Paper(paper), Size(size), office, now()), paper)
        bus = request.args.get("bus", "")
        chosen = [each for each in buses if bus in ("", each)]
        if not chosen:
            abort(HTTPStatus.UNPROCESSABLE_ENTITY, " / ".join(NO_BUS))
        return _pdf(stickers(chosen, office, now()), paper)

    return pages


def _buses(connection: Connection) -> list[str]:
    return machines_of_kind(connection, DeviceKind.BUS)


def _contact(connection: Connection) -> str:
    settings = find_settings(connection)
    return f"{settings.issuer} {settings.contact}" if settings else ""


def _pdf(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=headers)
