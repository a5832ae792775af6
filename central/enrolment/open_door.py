"""What the server runs for machines that enrol: their HTTPS, and what keeps out those that were revoked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from central.database.transaction import DataUnusable
from central.devices.data_folder import Office
from central.devices.register_device import DeviceKind
from central.enrolment.authority import open_authority
from central.enrolment.door.listener import DoorListener
from central.enrolment.door.pages import door
from central.enrolment.keep_out import EVERY_S, Doorkeeper, reload_broker
from central.enrolment.store import Certificate
from central.timer import Timer
from rules.messages.enrolment import Enrolled


class Machines(Protocol):
    """Central's settings about machines: where the door is, and where they find the broker."""

    @property
    def host(self) -> str:
        """The door's address."""

    @property
    def port(self) -> int:
        """The door's port."""

    @property
    def broker_host(self) -> str:
        """By which name machines find the broker."""

    @property
    def broker_port(self) -> int:
        """Its port for them."""

    @property
    def broker_pid(self) -> Path:
        """The file with its process's number."""


class DoorSettings(Protocol):
    """What is needed of central's settings."""

    @property
    def data(self) -> Path:
        """The data folder."""

    @property
    def village(self) -> str:
        """Whose machines these are."""

    @property
    def machines(self) -> Machines | None:
        """None where no machine can be enrolled."""


def open_door(
    settings: DoorSettings, office: Office, now: Callable[[], int], end_session: Callable[[str], None]
) -> list[Timer | DoorListener]:
    """What is to be started and stopped with the server; nothing without settings for it.

    `end_session` ends one machine's session at the broker. Raises DataUnusable where there is no authority.
    """
    machines = settings.machines
    if machines is None:
        return []
    authority = open_authority(settings.data)
    if authority is None:
        raise DataUnusable(
            "端末の認証局がありません。yukemuri-provision init を実行するか、設定から [machines] を消してください",
            "There is no authority for machines: run yukemuri-provision init, or remove [machines] from the settings",
            settings.data,
        )

    def answer(certificate: Certificate, kind: DeviceKind, at: int) -> Enrolled:
        return Enrolled(
            unit=certificate.unit,
            kind=kind,
            village=settings.village,
            certificate=certificate.pem,
            authority=authority.root_pem,
            office_key=office.keys.root_public.hex(),
            broker_host=machines.broker_host,
            broker_port=machines.broker_port,
            at=at,
        )

    keeper = Doorkeeper(
        office.database, authority, now, partial(reload_broker, machines.broker_pid), end_session
    )
    app = door(office.database, authority, answer, now)
    return [
        DoorListener(app, machines.host, machines.port, authority.server),
        Timer("doorkeeper", EVERY_S, keeper.look),
    ]
