"""Why a ride has no receipt."""

from __future__ import annotations

from enum import StrEnum


class NoReceipt(StrEnum):
    """Why there is none, in the office's words."""

    NO_RIDE = "その乗車はありません / there is no such ride"
    OPEN = "この乗車はまだ終わっていません / that ride has not ended yet"
    DOUBLE = "パスでの乗車として精算ずみです / it is charged as the ride by the member's pass"
    NO_FARE = "この区間の運賃が運賃表にありません / the fare table has no fare for it"
