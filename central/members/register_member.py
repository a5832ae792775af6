"""Who a member is, as the office knows them."""

from __future__ import annotations

from dataclasses import dataclass

from central.database.transaction import Connection
from rules.passes.rider_pass import RiderClass


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a member."""

    name: str
    rider_class: RiderClass = RiderClass.ADULT


def profile_of(_connection: Connection, member: str) -> Profile | None:
    """Who the member is; by their id as long as no names are kept."""
    return Profile(member)
