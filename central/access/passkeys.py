"""Passkeys: a key that stays in the phone or computer, and opens with its owner's finger, face or PIN."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from central.access import store
from central.access.store import Passkey
from central.database.transaction import Connection

CHALLENGE_BYTES = 32
CHALLENGE_S = 5 * 60
MOST_CHALLENGES = 2_000
"""Open at once; the oldest is forgotten, and whoever had it presses again."""
_VERIFIED = UserVerificationRequirement.REQUIRED
_NAME = "ゆけむり / Yukemuri"


class NoKey(StrEnum):
    """Why a passkey is not taken."""

    UNREADABLE = "unreadable"
    """Not what a browser sends."""
    OLD = "old"
    """Its question is not open any more."""
    UNKNOWN = "unknown"
    """Nobody has registered it here."""
    WRONG = "wrong"
    """It does not answer the question, or answers for another place."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the pages are, as the browser names it: keys hold to the host's name and to nothing else."""

    host: str
    origin: str


class Challenges:
    """Questions that were put to browsers and are not answered yet; each is answered once.

    In this process only: after a restart, or in another process, one presses once more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[bytes, int] = {}

    def put(self, challenge: bytes, now: int) -> None:
        """It is open from now on."""
        with self._lock:
            self._open[challenge] = now
            while len(self._open) > MOST_CHALLENGES:
                del self._open[next(iter(self._open))]

    def take(self, challenge: bytes, now: int) -> bool:
        """Whether it was open; it is not afterwards."""
        with self._lock:
            put_at = self._open.pop(challenge, None)
        return put_at is not None and now - put_at <= CHALLENGE_S


def ask_for_new(connection: Connection, who: str, shown: str, place: Place, challenge: bytes) -> str:
    """What the browser needs to make a passkey of "staff:<name>" or "member:<id>", as JSON."""
    options = generate_registration_options(
        rp_id=place.host,
        rp_name=_NAME,
        user_name=shown,
        # The handle shows who it is to whoever has the device; it is the same for all keys of somebody.
        user_id=hashlib.sha256(who.encode()).digest(),
        challenge=challenge,
        exclude_credentials=[
            PublicKeyCredentialDescriptor(each) for each in store.passkeys_of(connection, who)
        ],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
    )
    return options_to_json(options)


def take_new(
    connection: Connection, who: str, answer: str, place: Place, challenges: Challenges, now: int
) -> NoKey | None:
    """Keep the passkey that a browser has made; None if it is kept. Whoever calls it writes it down."""
    challenge = _challenge_of(answer)
    if challenge is None:
        return NoKey.UNREADABLE
    if not challenges.take(challenge, now):
        return NoKey.OLD
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return NoKey.WRONG
    if store.find_passkey(connection, made.credential_id) is not None:
        return NoKey.WRONG
    store.add_passkey(
        connection, Passkey(made.credential_id, who, made.credential_public_key, made.sign_count), now
    )
    return None


def ask_who(place: Place, challenge: bytes) -> str:
    """What the browser needs to let somebody choose among their passkeys for here, as JSON."""
    return options_to_json(
        generate_authentication_options(rp_id=place.host, challenge=challenge, user_verification=_VERIFIED)
    )


def who_answers(
    connection: Connection, answer: str, place: Place, challenges: Challenges, now: int
) -> str | NoKey:
    """Whose passkey has answered: "staff:<name>" or "member:<id>"."""
    challenge, credential = _challenge_of(answer), _credential_of(answer)
    if challenge is None or credential is None:
        return NoKey.UNREADABLE
    if not challenges.take(challenge, now):
        return NoKey.OLD
    key = store.find_passkey(connection, credential)
    if key is None:
        return NoKey.UNKNOWN
    try:
        used = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.uses,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return NoKey.WRONG
    store.put_passkey_use(connection, credential, used.new_sign_count, now)
    return key.who


def new_challenge(challenges: Challenges, draw: Callable[[int], bytes], now: int) -> bytes:
    """A question for a browser; `draw` gives that many random bytes."""
    challenge = draw(CHALLENGE_BYTES)
    challenges.put(challenge, now)
    return challenge


def _challenge_of(answer: str) -> bytes | None:
    """The question that the answer says it is for. Whether it is true is seen when its signature is checked."""
    try:
        told = json.loads(base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
        return base64url_to_bytes(told["challenge"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _credential_of(answer: str) -> bytes | None:
    try:
        return base64url_to_bytes(json.loads(answer)["rawId"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
