"""No wait that only exists to spare a modem, as in the tests of faults."""

from tests.faults.conftest import impatient

__all__ = ["impatient"]
