"""No form of the office's is taken from another page, and how a passphrase is kept."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from central.access.passphrases import put_secret
from central.app import SIGNED
from central.database.access_tables import passphrases
from tests.access.desk import PASSPHRASE, Desk

FROM_ELSEWHERE = [
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
]


@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
def test_every_form_of_the_office_refuses_what_comes_from_elsewhere(
    desk: Desk, headers: dict[str, str]
) -> None:
    app = desk.app()
    client, tried = app.test_client(), 0
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            if rule.endpoint in SIGNED:
                continue
            path = re.sub(r"<int:\w+>", "1", rule.rule)
            path = re.sub(r"<[^>]+>", "x", path)
            assert client.open(path, method=method, headers=headers).status_code == 403, (rule, method)
            tried += 1
    assert tried > 50


def test_a_passphrase_is_kept_as_argon2id(desk: Desk) -> None:
    with desk.database.write() as connection:
        put_secret(connection, "staff:sato", PASSPHRASE, desk.now)
    with desk.database.read() as connection:
        kept = str(connection.execute(select(passphrases)).all())
    assert "$argon2id$" in kept
    assert PASSPHRASE not in kept
