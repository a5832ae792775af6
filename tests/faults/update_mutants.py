"""Updaters with one protection missing, by name. The faults must find each of them."""

from __future__ import annotations

import os
from collections.abc import Callable

from provisioning.update import place
from provisioning.update.place import CURRENT, TRUSTED, Place


def none() -> None:
    """The real one."""


def seals_unsynced() -> None:
    """A version is said to be whole while its bytes are still in memory."""
    os.sync = lambda: None


def links_unsynced() -> None:
    """Links are changed, and nobody sees to it that this reaches the disk."""
    place._sync_folder = lambda folder: None


def links_in_two_steps() -> None:
    """The old link goes before the new one is there."""

    def _link(self: Place, link: str, target: str) -> None:
        (self.folder / link).unlink(missing_ok=True)
        (self.folder / link).symlink_to(target)

    Place._link = _link  # type: ignore[method-assign]


def trusts_at_once() -> None:
    """The new version counts as well before anybody has looked at it."""
    real = Place.point

    def point(self: Place, link: str, version: str) -> None:
        if link == CURRENT and self.version_at(CURRENT):
            real(self, TRUSTED, version)
        real(self, link, version)

    Place.point = point  # type: ignore[method-assign]


MUTANTS: dict[str, Callable[[], None]] = {
    "none": none,
    "seals-unsynced": seals_unsynced,
    "links-unsynced": links_unsynced,
    "links-in-two-steps": links_in_two_steps,
    "trusts-at-once": trusts_at_once,
}
