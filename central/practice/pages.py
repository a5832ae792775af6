"""The office's pages to practise on: the same ones, with a band on each that says so."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from flask import Flask, Response, url_for
from waitress import serve

from central.access.members.mailbox import FileMailbox
from central.app import MAILS, CardCharging, SigningIn, create_app
from central.charging.practice_gateway import PracticeGateway
from central.devices.data_folder import Office
from central.my_page.pages import Issuing
from central.practice.village import ISSUER
from rules.messages.edition_file import seal_edition

HOST = "127.0.0.1"
THREADS = 8
BAND = (
    '<p class="practice-band" role="note"><strong>練習 <span lang="en">practice</span></strong> '
    "ここでしたことは本物の役場に届きません。人の名前はすべて架空です。 "
    '<span lang="en">Nothing done here reaches the real office. All people are invented.</span></p>'
)
_HEAD, _BODY = re.compile(rb"</head>"), re.compile(rb"<body[^>]*>")


class _Settings:
    """As in the demonstration: whoever is invited comes in without a passphrase, and every pass is a test's."""

    map = None
    demo = True


def practice_app(office: Office, now: Callable[[], int]) -> Flask:
    """The pages over a practice folder. `now` gives Unix seconds. No money moves, no mail leaves the folder."""
    key = office.keys.down
    app = create_app(
        office.database,
        _Settings(),
        now,
        lambda packed: seal_edition(packed, key.kid, key.sign),
        cards=CardCharging(PracticeGateway(secrets.token_hex())),
        issuing=Issuing(ISSUER, office.keys, secrets.token_bytes),
        signing_in=SigningIn(FileMailbox(office.database.path.parent / MAILS), now),
    )
    # Not in the templates: a page that has its own, also one that is still to be written, must say it too.
    app.after_request(_put_band)
    return app


def _put_band(answer: Response) -> Response:
    if answer.mimetype == "text/html" and not answer.is_streamed:
        style = f'<link rel="stylesheet" href="{url_for("static", filename="practice.css")}">\n</head>'
        page = _HEAD.sub(style.encode(), answer.get_data(), count=1)
        answer.set_data(_BODY.sub(lambda body: body[0] + b"\n" + BAND.encode(), page, count=1))
    return answer


def serve_practice(office: Office, now: Callable[[], int], port: int) -> None:
    """Serve them until a signal ends it. Raises OSError where the port cannot be used."""
    serve(practice_app(office, now), host=HOST, port=port, threads=THREADS, _quiet=True)
