"""`journal-copy` of a field machine: whether this version opens a copy of the journal that another version wrote.

For the updater, which has it asked of the new version before that runs (`provisioning/update/`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from device.identity import IdentityMissing, load_identity
from device.journal import Journal, JournalBroken, JournalUnusable
from device.office_lists import OfficeLists

if TYPE_CHECKING:
    from device.sections import Unit

AT_ONCE = 500


def read_copy(unit: Unit, folder: Path) -> int:
    """Open the copy as at a start and read what waits; the exit code. On stdout whose it is and how far it goes.

    In a copy that this version finds damaged a new epoch begins, which the asker sees. The journal is not touched.
    """
    try:
        identity = load_identity(unit.data, unit.id)
        with Journal(folder, unit.id, any_disk=True).open() as journal:
            OfficeLists(unit.id, identity.root_public).load(journal)
            number = journal.acknowledged
            while records := journal.records_after(number, AT_ONCE):
                number = records[-1].number
            found = {"epoch": journal.epoch, "last": journal.last.number, "waiting": journal.waiting}
    except (IdentityMissing, JournalUnusable, JournalBroken) as error:
        click.echo(str(error), err=True)
        return 1
    click.echo(json.dumps(found))
    return 0
