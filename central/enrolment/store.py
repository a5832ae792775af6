"""SQL of machines' codes and certificates."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select, update

from central.database.transaction import Connection
from central.database.unit_tables import unit_certificates, unit_codes


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code. `digest` stands for its secret; `request` and `serial` say what used it, None before."""

    digest: str
    unit: str
    kind: str
    made_at: int
    made_by: str
    used_at: int | None = None
    request: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A machine's: hex serial, good from `begins` until `ends` (Unix seconds), `how` is "enrolled" or "renewed"."""

    serial: str
    unit: str
    begins: int
    ends: int
    how: str
    issued_at: int
    pem: str
    revoked_at: int | None = None
    revoked_by: str | None = None
    why: str | None = None


def add_code(connection: Connection, code: Code) -> None:
    """A code that nobody has used."""
    connection.execute(
        insert(unit_codes).values(
            digest=code.digest, unit=code.unit, kind=code.kind, made_at=code.made_at, made_by=code.made_by
        )
    )


def find_code(connection: Connection, digest: str) -> Code | None:
    """The code, used or not."""
    row = connection.execute(select(unit_codes).where(unit_codes.c.digest == digest)).one_or_none()
    return None if row is None else Code(*row)


def codes_since(connection: Connection, since: int) -> list[Code]:
    """Codes that were made after Unix second `since`, the newest first."""
    rows = connection.execute(
        select(unit_codes).where(unit_codes.c.made_at > since).order_by(unit_codes.c.made_at.desc())
    )
    return [Code(*row) for row in rows]


def use_code(connection: Connection, digest: str, request: str, serial: str, now: int) -> None:
    """It is spent."""
    connection.execute(
        update(unit_codes)
        .where(unit_codes.c.digest == digest)
        .values(used_at=now, request=request, serial=serial)
    )


def add_certificate(connection: Connection, certificate: Certificate) -> None:
    """One that was just signed."""
    connection.execute(
        insert(unit_certificates).values(
            serial=certificate.serial,
            unit=certificate.unit,
            begins=certificate.begins,
            ends=certificate.ends,
            how=certificate.how,
            issued_at=certificate.issued_at,
            pem=certificate.pem,
        )
    )


def find_certificate(connection: Connection, serial: str) -> Certificate | None:
    """By its hex serial."""
    query = select(unit_certificates).where(unit_certificates.c.serial == serial)
    row = connection.execute(query).one_or_none()
    return None if row is None else Certificate(*row)


def certificates_of(connection: Connection, unit: str) -> list[Certificate]:
    """All of a machine's, the newest first."""
    rows = connection.execute(
        select(unit_certificates)
        .where(unit_certificates.c.unit == unit)
        .order_by(unit_certificates.c.issued_at.desc(), unit_certificates.c.serial)
    )
    return [Certificate(*row) for row in rows]


def revoke_certificates(connection: Connection, unit: str, by: str, why: str, now: int) -> int:
    """Withdraw all of a machine's that are not; how many."""
    table = unit_certificates
    return connection.execute(
        update(table)
        .where(table.c.unit == unit, table.c.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=by, why=why)
    ).rowcount


def revoked_after(connection: Connection, now: int) -> list[Certificate]:
    """Those withdrawn that would still be good at `now`, by serial."""
    table = unit_certificates
    rows = connection.execute(
        select(table).where(table.c.revoked_at.is_not(None), table.c.ends > now).order_by(table.c.serial)
    )
    return [Certificate(*row) for row in rows]
