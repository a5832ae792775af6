"""Browsers that are signed in already, for tests that are about something else."""

from __future__ import annotations

import hashlib
from typing import TypeVar

from flask import Flask
from flask.testing import FlaskClient

from central.access import store
from central.access.browser import COOKIES
from central.access.sessions import Kind, secret_hash
from central.access.store import Session, SessionPerson
from central.access.who import Role

FOR_EVER = 2**60
"""A session that is seen then never ends, whatever time a test has."""
AppOrClient = TypeVar("AppOrClient", Flask, FlaskClient)


def as_staff(app_or_client: AppOrClient, role: Role = Role.ADMINISTRATOR) -> AppOrClient:
    """Sign in somebody whose name is their role, as "administrator": this client, or every later one of the app."""
    return _signed_in(app_or_client, Kind.STAFF, role.value)


def as_member(app_or_client: AppOrClient, member: str) -> AppOrClient:
    """Sign in a member: this client, or every later one of the app. Nobody looks whether there is such a member."""
    return _signed_in(app_or_client, Kind.OWN, member)


def cookie(kind: Kind, name: str) -> str:
    """What the cookie of somebody signed in so holds; for a real browser's."""
    return hashlib.sha256(f"{kind}/{name}".encode()).hexdigest()


def _signed_in(app_or_client: AppOrClient, kind: Kind, name: str) -> AppOrClient:
    app = app_or_client if isinstance(app_or_client, Flask) else app_or_client.application
    who = f"{'staff' if kind is Kind.STAFF else 'member'}:{name}"
    secret = cookie(kind, name)
    session = Session(secret[:16], kind, FOR_EVER, FOR_EVER, (SessionPerson(who, FOR_EVER),))
    with app.extensions["database"].write() as connection:
        if store.find_session(connection, secret_hash(secret)) is None:
            store.add_session(connection, session, secret_hash(secret))
            if kind is Kind.STAFF:
                store.put_role(connection, name, Role(name), "test", 0)
    if isinstance(app_or_client, FlaskClient):
        app_or_client.set_cookie(COOKIES[kind], secret)
        return app_or_client
    parent = app.test_client_class or FlaskClient

    class Client(parent):  # type: ignore[misc, valid-type]
        """With the cookie from the beginning."""

        def __init__(self, *arguments: object, **more: object) -> None:
            super().__init__(*arguments, **more)
            self.set_cookie(COOKIES[kind], secret)

    app.test_client_class = Client
    return app_or_client
