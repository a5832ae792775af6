"""Rows about field machines: who they are, how they are, what they did wrong, how far they have read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, exists, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from central.database.many_rows import Lookup, ManyRows
from central.database.tables import devices, down_log, health, incidents, noticed, seen, settings
from central.database.transaction import Connection
from rules.messages.events import RecordRef
from rules.messages.link import Seen

LOG_EPOCH = "down-log-epoch"
LOG_BEGUN_AT = "down-log-begun-at"
VILLAGE = "village"

_DEVICE = Lookup(select(devices).where(devices.c.device == bindparam("name")), "name")
_SETTING = Lookup(select(settings.c.value).where(settings.c.name == bindparam("name")), "name")
_DIGEST = Lookup(select(down_log.c.digest).where(down_log.c.number == bindparam("number")), "number")
# Entries are numbered without gaps, so this is as good as a LIMIT, whose number would come with another for OFFSET.
_ENTRIES_AFTER = Lookup(
    select(down_log.c.body)
    .where(down_log.c.number > bindparam("known"), down_log.c.number <= bindparam("last"))
    .order_by(down_log.c.number),
    "known",
    "last",
)
_health, _seen = upsert(health), upsert(seen)
_PUT_HEALTH = ManyRows(
    _health.on_conflict_do_update(
        index_elements=["device"],
        set_={name: _health.excluded[name] for name in ("heard_at", "body")},
    ),
    "device",
    "heard_at",
    "body",
)
_PUT_SEEN = ManyRows(
    _seen.on_conflict_do_update(
        index_elements=["device"], set_={name: _seen.excluded[name] for name in ("log", "number")}
    ),
    "device",
    "log",
    "number",
)
_NOTICE = ManyRows(
    upsert(noticed).on_conflict_do_nothing(), "device", "epoch", "number", "what", "noticed_at"
)
_ADD_ENTRIES = ManyRows(insert(down_log), "number", "body", "digest")
_FIGURE = b'{"entry":"hold",'
# Not by LIMIT: its number would be a parameter.
_END_OF_LOG = Lookup(
    select(down_log.c.number, down_log.c.digest).where(
        down_log.c.number == select(func.max(down_log.c.number)).scalar_subquery()
    )
)


@dataclass(frozen=True, slots=True)
class Device:
    """A registered machine. `signing_key` is its Ed25519 public key, 32 bytes."""

    device: str
    kind: str
    signing_key: bytes
    revoked: bool


def find_device(connection: Connection, device: str) -> Device | None:
    """The machine of that name, revoked or not."""
    found = _DEVICE.all(connection, device)
    if not found:
        return None
    name, kind, signing_key, revoked = found[0]
    return Device(name, kind, signing_key, bool(revoked))


def machines_of_kind(connection: Connection, kind: str) -> list[str]:
    """The names of those that have not been revoked."""
    wanted = select(devices.c.device).where(devices.c.kind == kind, ~devices.c.revoked)
    return list(connection.execute(wanted.order_by(devices.c.device)).scalars())


def add_device(connection: Connection, device: Device) -> None:
    """A new machine's row."""
    connection.execute(
        insert(devices).values(
            device=device.device, kind=device.kind, signing_key=device.signing_key, revoked=device.revoked
        )
    )


def put_signing_key(connection: Connection, device: str, signing_key: bytes) -> None:
    """Another machine goes by this name now, or the same one with a new key; it is not revoked."""
    connection.execute(
        update(devices).where(devices.c.device == device).values(signing_key=signing_key, revoked=False)
    )


def device_by_key(connection: Connection, signing_key: bytes) -> str | None:
    """Whose key it is."""
    query = select(devices.c.device).where(devices.c.signing_key == signing_key)
    return connection.execute(query.limit(1)).scalar()


def all_devices(connection: Connection) -> list[Device]:
    """Every machine, by name."""
    rows = connection.execute(select(devices).order_by(devices.c.device))
    return [Device(row.device, row.kind, bytes(row.signing_key), bool(row.revoked)) for row in rows]


def set_revoked(connection: Connection, device: str) -> bool:
    """Whether there was such a machine to revoke."""
    return (
        connection.execute(update(devices).where(devices.c.device == device).values(revoked=True)).rowcount
        == 1
    )


def heard_at(connection: Connection, device: str) -> int | None:
    """When the machine's last `state` came, Unix seconds; None before the first."""
    return connection.execute(select(health.c.heard_at).where(health.c.device == device)).scalar()


def put_health(connection: Connection, device: str, at: int, body: bytes) -> None:
    """The machine's last `state`."""
    _PUT_HEALTH.execute(connection, [(device, at, body)])


def put_incident(connection: Connection, device: str, what: str, detail: str, now: int, most: int) -> None:
    """One more of the same, or a new row while there are fewer than `most` of this machine, or of all strangers."""
    again = connection.execute(
        update(incidents)
        .where(incidents.c.device == device, incidents.c.what == what, incidents.c.detail == detail)
        .values(last_at=now, times=incidents.c.times + 1)
    )
    if again.rowcount or _incidents_beside(connection, device) >= most:
        return
    connection.execute(
        insert(incidents).values(device=device, what=what, detail=detail, first_at=now, last_at=now, times=1)
    )


def _incidents_beside(connection: Connection, device: str) -> int:
    """How many rows this machine has; for a name that is no machine's, how many all such names have."""
    its_own = incidents.c.device == device
    strangers = incidents.c.device.not_in(select(devices.c.device))
    where = strangers if find_device(connection, device) is None else its_own
    return connection.execute(select(func.count()).where(where)).scalar_one()


def put_noticed(connection: Connection, device: str, rows: Iterable[tuple[RecordRef, str]], now: int) -> None:
    """What records of that machine say that somebody should look at; each once, whenever it comes again."""
    _NOTICE.execute(connection, [(device, here.epoch, here.number, what, now) for here, what in rows])


def put_seen(connection: Connection, device: str, message: Seen) -> None:
    """How far the machine has read."""
    _PUT_SEEN.execute(connection, [(device, message.log, message.number)])


def all_seen(connection: Connection) -> list[tuple[str, Seen]]:
    """How far each machine that is not revoked has read, by name."""
    rows = connection.execute(
        select(seen)
        .join(devices, devices.c.device == seen.c.device)
        .where(~devices.c.revoked)
        .order_by(seen.c.device)
    )
    return [(row.device, Seen(row.log, row.number)) for row in rows]


def log_epoch(connection: Connection) -> str | None:
    """The name of the down log; None before it is opened."""
    return _setting(connection, LOG_EPOCH)


def put_log_epoch(connection: Connection, epoch: str) -> None:
    """Name the down log, or name it anew."""
    _put_setting(connection, LOG_EPOCH, epoch)


def log_begun_at(connection: Connection) -> int | None:
    """The Unix second at which the down log was last named anew; None if it never was."""
    value = _setting(connection, LOG_BEGUN_AT)
    return None if value is None else int(value)


def put_log_begun_at(connection: Connection, now: int) -> None:
    """Remember it."""
    _put_setting(connection, LOG_BEGUN_AT, str(now))


def village_served(connection: Connection) -> str | None:
    """Whose machines this office answers; None before its server ran for the first time."""
    return _setting(connection, VILLAGE)


def put_village(connection: Connection, village: str) -> None:
    """Remember it for commands, which have no settings file."""
    _put_setting(connection, VILLAGE, village)


def _setting(connection: Connection, name: str) -> str | None:
    found = _SETTING.all(connection, name)
    return found[0][0] if found else None


def _put_setting(connection: Connection, name: str, value: str) -> None:
    statement = upsert(settings).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def add_entries(connection: Connection, entries: Sequence[tuple[int, bytes, str]]) -> None:
    """Entries of the down log: number, body, digest."""
    _ADD_ENTRIES.execute(connection, entries)


def end_of_log(connection: Connection) -> tuple[int, str]:
    """Number and digest of the down log's last entry, 0 and "" for none."""
    rows = _END_OF_LOG.all(connection)
    return (rows[0][0], rows[0][1]) if rows else (0, "")


def digest_at(connection: Connection, number: int) -> str | None:
    """What stands for the down log up to an entry; "" for 0, None for one that is not there."""
    if number == 0:
        return ""
    found = _DIGEST.all(connection, number)
    return found[0][0] if found else None


def last_entry(connection: Connection) -> int:
    """The number of the down log's last entry, 0 for none."""
    return end_of_log(connection)[0]


def has_news_after(connection: Connection, number: int) -> bool:
    """Whether an entry of the down log after `number` is anything but a figure of a hold."""
    begins = func.substr(down_log.c.body, 1, len(_FIGURE)) != _FIGURE
    return bool(connection.execute(select(exists().where(down_log.c.number > number, begins))).scalar())


def entries_after(connection: Connection, number: int, most: int) -> list[bytes]:
    """At most `most` entries that follow on `number`, in order."""
    return [bytes(body) for (body,) in _ENTRIES_AFTER.all(connection, number, number + most)]
