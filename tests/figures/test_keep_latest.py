"""The timer makes the table of a month once it is over, and anew after a correction, so that nobody waits for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update

from central.database.figure_tables import kept_figures
from central.database.tables import rides
from central.figures import publish
from central.figures.keep_latest import keep_latest
from central.japan import seconds_of
from central.words.names import EditionShelf
from tests.figures.figures_village import FIRST, Months, months

OVER = seconds_of(date(2026, 6, 1))[0] + publish.LATEST_BUS_S


def kept(village: Months, now: int) -> dict[str, str]:
    """After the timer's work at that second: of each month what its table was made from."""
    keep_latest(village.village.database, EditionShelf(), lambda: now)
    with village.village.database.read() as connection:
        rows = connection.execute(select(kept_figures.c.month, kept_figures.c.made_from))
        return {str(month): str(made_from) for month, made_from in rows}


def test_a_table_is_there_before_anybody_asks_and_no_page_makes_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with months(tmp_path) as village:
        village.put([village.rode(f"p{each}", FIRST, 0, 7) for each in range(60)], [])
        assert "2026-05" not in kept(village, OVER - 1)
        assert {"2026-04", "2026-05"} == kept(village, OVER).keys()
        village.village.now = OVER
        monkeypatch.setattr(publish, "publish", None)
        assert village.table("2026-05")[-1]["people"] == "60"


def test_a_correction_makes_it_anew(tmp_path: Path) -> None:
    with months(tmp_path) as village:
        village.put([village.rode(f"p{each}", FIRST, 0, 7) for each in range(60)], [])
        before = kept(village, OVER)
        assert kept(village, OVER + 900) == before
        with village.village.database.write() as connection:
            wrong = rides.c.pass_id == "p1"
            connection.execute(update(rides).where(wrong).values(alight_stop_id="s6", corrected=1))
        after = kept(village, OVER + 1_800)
        assert {month for month, made_from in after.items() if made_from != before[month]} == {"2026-05"}
