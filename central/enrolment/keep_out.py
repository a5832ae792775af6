"""Keeping withdrawn machines out: the list that the broker reads, and the sessions that they still have.

A broker that reads a new list ends no session that is there already (seen with Mosquitto 2.0.11 and SIGHUP), so whoever
stands on the list is called off by their client's id as well, again and again.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

from central.database.transaction import Database
from central.devices.store import Device, find_device
from central.enrolment import store
from central.enrolment.authority import DAY_S, LIST_ALARM_DAYS, LIST_EVERY_S, Authority

log = logging.getLogger(__name__)

EVERY_S = 10.0
"""How often `look` is to be called: a machine is out after this and the time that one call takes."""
_BROKER = "mosquitto"


class Doorkeeper:
    """Keeps list and sessions as the database says.

    `reload` has the broker read its list anew, `end_session` ends the session of one client's id; both raise OSError.
    """

    def __init__(
        self,
        database: Database,
        authority: Authority,
        now: Callable[[], int],
        reload: Callable[[], None],
        end_session: Callable[[str], None],
    ) -> None:
        self._database = database
        self._authority = authority
        self._now = now
        self._reload = reload
        self._end_session = end_session
        # What a process before this one had still to do, nobody knows: once more, then.
        self._unread = True
        self._known: frozenset[str] = frozenset()
        self._owed: set[str] = set()

    def look(self) -> None:
        """Bring list and sessions up to what the database says. Raises OSError; what is still to do then is kept."""
        now = self._now()
        with self._database.read() as connection:
            revoked = store.revoked_after(connection, now)
            out = {each.unit for each in revoked if _is_out(find_device(connection, each.unit))}
        wanted = frozenset(each.serial for each in revoked)
        listed = self._authority.read_list()
        if listed is None or listed.serials != wanted or not 0 <= now - listed.made_at < LIST_EVERY_S:
            if listed is not None and listed.ends - now <= LIST_ALARM_DAYS * DAY_S:
                log.error(
                    "the list of withdrawn certificates had %s s left; a new one follows", listed.ends - now
                )
            self._authority.write_list(revoked, now)
            self._unread = True
        # Also where another machine has the name by now: that one connects anew, the former cannot.
        self._owed |= {each.unit for each in revoked if each.serial not in self._known}
        self._known = wanted
        if self._unread:
            self._reload()
            self._unread = False
        for unit in sorted(out | self._owed):
            self._end_session(unit)
            self._owed.discard(unit)


def reload_broker(pid_file: Path) -> None:
    """Have the broker that wrote `pid_file` read its files anew. Raises OSError where it does not run."""
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
    except ValueError as error:
        raise ProcessLookupError(f"{pid_file} holds no number") from error
    # The number may be another program's by now.
    if Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() != _BROKER:
        raise ProcessLookupError(f"{pid} is not the broker")
    os.kill(pid, signal.SIGHUP)


def _is_out(device: Device | None) -> bool:
    """Not so for a name that another machine has by now: that one's session is its own."""
    return device is not None and device.revoked
