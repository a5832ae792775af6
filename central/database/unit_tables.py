"""Tables of machines' enrolment: the codes that let one in, and the certificates they were given. As in `tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from central.database.tables import metadata

unit_codes = Table(
    "unit_codes",
    metadata,
    Column("digest", String, primary_key=True),
    Column("unit", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", String, nullable=False),
    Column("used_at", BigInteger),
    Column("request", String),
    Column("serial", String),
)
"""One-time codes by the SHA-256 of their secret. `request` is that of what used it, `serial` what it got."""

unit_certificates = Table(
    "unit_certificates",
    metadata,
    Column("serial", String, primary_key=True),
    Column("unit", String, ForeignKey("devices.device"), nullable=False),
    Column("begins", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("how", String, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("pem", String, nullable=False),
    Column("revoked_at", BigInteger),
    Column("revoked_by", String),
    Column("why", String),
    Index("unit_certificates_of", "unit", "issued_at"),
    Index("unit_certificates_revoked", "revoked_at"),
)
"""Every certificate that a machine was given: hex serial, from and until when it is good; `how` it came, and its end.

`revoked_by` is as in the audit log; `why` is "revoked", or "replaced" by a newly enrolled machine of the same name.
"""

_CODE_MAY_CHANGE = (unit_codes.c.used_at, unit_codes.c.request, unit_codes.c.serial)
_CERTIFICATE_MAY_CHANGE = (
    unit_certificates.c.revoked_at,
    unit_certificates.c.revoked_by,
    unit_certificates.c.why,
)
UNIT_APPEND_ONLY = (unit_codes, unit_certificates)
UNIT_MAY_CHANGE = frozenset({*_CODE_MAY_CHANGE, *_CERTIFICATE_MAY_CHANGE})
"""The columns of those tables that say what became of a row."""
