"""What the riders of a class pay, from a day on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rules.passes.rider_pass import RiderClass
from rules.tariff.share import Share


@dataclass(frozen=True, slots=True)
class ClassRule:
    """One rider of a class pays `share`, from service day `first_day` until a later rule of the class takes over.

    `attendant` is what the one attendant (介護者, kaigosha) pays with whom HANDBOOK_ATTENDED rides; None for all
    other classes. Raises ValueError where it is missing or too much.
    """

    rider_class: RiderClass
    first_day: date
    share: Share
    attendant: Share | None = None

    def __post_init__(self) -> None:
        if (self.attendant is not None) is not (self.rider_class is RiderClass.HANDBOOK_ATTENDED):
            raise ValueError(
                "介護者の割合は、介護者つきの区分にだけ、必ず決めてください。 / "
                "Set an attendant's share for the class with an attendant, and for no other."
            )
