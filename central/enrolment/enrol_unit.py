"""Letting a machine in: a code for it, its first certificate, the next ones, and the end of all of them.

Each is one act within the caller's transaction, with its line in the audit log.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

from central.audit.write_down import SYSTEM, write_down
from central.database.transaction import Connection
from central.devices.register_device import DeviceKind, is_unit_name, replace_device, revoke_device
from central.devices.store import find_device
from central.enrolment import store
from central.enrolment.authority import DAY_S, LIFE_DAYS, RENEWED_AFTER_DAYS, Authority, AuthorityExpired
from central.enrolment.read_request import read_enrolment, read_renewal
from central.enrolment.store import Certificate, Code
from rules.messages.enrolment import CODE_LIFE_S, SECRET_BYTES, NotEnrolled, UnitCode

REPLACED, REVOKED = "replaced", "revoked"
ENROLLED, RENEWED = "enrolled", "renewed"
LOST_ANSWER_S = 14 * DAY_S
"""So long a certificate that was renewed can be renewed again: a machine whose answer was lost asks each day."""
NOT_DUE_S = (LIFE_DAYS - RENEWED_AFTER_DAYS + 1) * DAY_S
"""With more time left than this a certificate is not renewed; a day more than the machine's own rule, for its clock."""


class NoCode(StrEnum):
    """Why there is no code, in the office's words."""

    BAD_NAME = (
        "端末の名前は、半角の小文字、数字、ハイフンで32文字まで。central は使えません。 / "
        "A machine's name has small letters, digits and hyphens, at most 32, and is not central."
    )
    OTHER_KIND = (
        "その名前は別の種類の端末です。ほかの名前にしてください。 / "
        "That name belongs to a machine of another kind: choose another."
    )


class NotRevoked(StrEnum):
    """Why nothing was revoked."""

    UNKNOWN = "その端末はありません。名前を確かめてください。 / There is no such machine: check its name."
    ALREADY = "その端末は、もう失効しています。 / That machine was revoked before."


def make_code(
    connection: Connection,
    authority: Authority,
    secret: bytes,
    wanted: tuple[str, DeviceKind],
    by: str,
    now: int,
) -> UnitCode | NoCode:
    """A code for a machine, by name and kind, good once and for 15 minutes. `secret` is 8 fresh bytes, `by` as audited.

    For a name that there is already, it replaces that machine once it is used.
    """
    unit, kind = wanted
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"{len(secret)} bytes of a code's secret")
    if not is_unit_name(unit):
        return NoCode.BAD_NAME
    known = find_device(connection, unit)
    if known is not None and known.kind != kind:
        return NoCode.OTHER_KIND
    code = UnitCode(secret, authority.mark)
    store.add_code(connection, Code(code.digest, unit, kind, now, by))
    write_down(connection, by, "unit-code-made", f"unit:{unit}", {"kind": kind}, now)
    return code


def enrol_unit(
    connection: Connection, authority: Authority, body: bytes, now: int
) -> tuple[Certificate, DeviceKind] | NotEnrolled:
    """A machine's first certificate, for the code in its request; the same request again gets the same answer.

    What the name had before is withdrawn.
    """
    wanted = read_enrolment(body)
    if isinstance(wanted, NotEnrolled):
        return wanted
    code = store.find_code(connection, wanted.code)
    if code is None:
        return NotEnrolled.CODE_UNKNOWN
    if now >= code.made_at + CODE_LIFE_S:
        return NotEnrolled.CODE_LATE
    kind, request = DeviceKind(code.kind), hashlib.sha256(body).hexdigest()
    if code.serial is not None:
        had = store.find_certificate(connection, code.serial)
        if code.request != request or had is None or had.revoked_at is not None:
            return NotEnrolled.CODE_USED
        return had, kind
    if code.unit != wanted.unit:
        return NotEnrolled.OTHER_UNIT
    try:
        certificate = authority.sign_unit(wanted.unit, wanted.tls_key, ENROLLED, now)
    except AuthorityExpired:
        return NotEnrolled.AUTHORITY_EXPIRED
    if not replace_device(connection, wanted.unit, kind, wanted.signing_key):
        return NotEnrolled.KEY_REFUSED
    replaced = store.revoke_certificates(connection, wanted.unit, code.made_by, REPLACED, now)
    store.add_certificate(connection, certificate)
    store.use_code(connection, code.digest, request, certificate.serial, now)
    facts: dict[str, str | int] = {
        "serial": certificate.serial,
        "code_by": code.made_by,
        "replaced": replaced,
    }
    write_down(connection, SYSTEM, "unit-enrolled", f"unit:{wanted.unit}", facts, now)
    return certificate, kind


def renew_unit(
    connection: Connection, authority: Authority, body: bytes, now: int
) -> tuple[Certificate, DeviceKind] | NotEnrolled:
    """A machine's next certificate, for the one it has. That may have ended, if the machine is not revoked."""
    asked = read_renewal(body)
    if isinstance(asked, NotEnrolled):
        return asked
    had = store.find_certificate(connection, asked.serial)
    if had is None or had.unit != asked.unit or not authority.issued(asked.certificate):
        return NotEnrolled.CERTIFICATE_UNKNOWN
    device = find_device(connection, had.unit)
    if device is None or device.revoked or had.revoked_at is not None:
        return NotEnrolled.REVOKED
    if had.ends - now > NOT_DUE_S:
        return NotEnrolled.NOT_DUE
    all_of_it = store.certificates_of(connection, had.unit)
    later = (each.issued_at for each in all_of_it if each.issued_at > had.issued_at)
    if any(now - issued_at > LOST_ANSWER_S for issued_at in later):
        return NotEnrolled.FORMER
    try:
        certificate = authority.sign_unit(had.unit, asked.tls_key, RENEWED, now)
    except AuthorityExpired:
        return NotEnrolled.AUTHORITY_EXPIRED
    store.add_certificate(connection, certificate)
    facts = {"serial": certificate.serial, "former": had.serial}
    write_down(connection, SYSTEM, "unit-renewed", f"unit:{had.unit}", facts, now)
    return certificate, DeviceKind(device.kind)


def revoke_unit(connection: Connection, unit: str, by: str, why: str, now: int) -> NotRevoked | None:
    """From now on nothing of the machine is taken in, and its certificates are withdrawn. `by` is as audited."""
    device = find_device(connection, unit)
    if device is None:
        return NotRevoked.UNKNOWN
    if device.revoked:
        return NotRevoked.ALREADY
    revoke_device(connection, unit)
    count = store.revoke_certificates(connection, unit, by, REVOKED, now)
    write_down(connection, by, "unit-revoked", f"unit:{unit}", {"certificates": count, "note": why}, now)
    return None
