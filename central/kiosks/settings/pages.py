"""The page of one kiosk's settings: what holds, what comes, what was; a change is tried before it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from central.access.staff_did import staff_did
from central.access.staff_may import staff_may
from central.access.who import staff
from central.database.transaction import Connection, Database
from central.japan import FIRST_DAY, day_of, day_title, parse_day, stamp_text
from central.kiosks import store
from central.kiosks.keep_kiosks import (
    FURTHEST,
    MAX_WHY,
    KioskWanted,
    change_kiosk,
    look_at_change,
    withdraw_change,
)
from central.kiosks.kiosk import Kiosk
from central.kiosks.settings.differences import Changed, differences
from central.kiosks.settings.read_form import MOST_VISITS, FormWrong, form_of, read_kiosk_form
from central.kiosks.store import KioskChange
from central.programmes.keep_programmes import programmes

NO_DAY = "日を選んでください。 / Choose a day."
CHANGED = (
    "ほかの画面で設定が変わりました。今の内容を確かめて、もう一度どうぞ。 / "
    "The settings were changed in another window: look at them as they are now, and try again."
)
CONFIRM = (
    "ポイントが2倍以上になるか、上限が上がります。下の違いを確かめて、印をつけてください。 / "
    "Points double or the cap is raised: look at the difference below and tick the box."
)


def add_settings_pages(pages: Blueprint, database: Database, now: Callable[[], int]) -> None:
    """Add them to the blueprint of キオスク. `now` gives Unix seconds."""
    desk = _Desk(database, now)
    at = "/<device>/settings"
    pages.add_url_rule(at, "kiosk_settings", desk.page)
    pages.add_url_rule(f"{at}/look", "look_at_settings", desk.look, methods=["POST"])
    pages.add_url_rule(at, "save_settings", desk.save, methods=["POST"])
    pages.add_url_rule(f"{at}/<int:change_id>/withdraw", "withdraw_settings", desk.withdraw, methods=["POST"])


@dataclass(frozen=True, slots=True)
class _Desk:
    database: Database
    now: Callable[[], int]

    def page(self, device: str) -> str:
        return self._show(device)

    def look(self, device: str) -> ResponseReturnValue:
        """Show what a change would do."""
        with self.database.read() as connection:
            wanted = self._wanted(connection, device)
            refused = wanted if isinstance(wanted, str) else look_at_change(connection, wanted, self.now())
        if refused is not None or isinstance(wanted, str):
            return self._show(device, str(refused)), HTTPStatus.UNPROCESSABLE_ENTITY
        return self._show(device, wanted=wanted)

    def save(self, device: str) -> ResponseReturnValue:
        """Make the change that was shown."""
        at, shown = self.now(), None
        with self.database.write() as connection:
            wanted = self._wanted(connection, device)
            if isinstance(wanted, str):
                refusal = wanted
            else:
                refusal = _saved(connection, wanted, at)
                shown = wanted if refusal == CONFIRM else None
        if refusal:
            return self._show(device, refusal, shown), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("kiosks.kiosk_settings", device=device, saved=1), HTTPStatus.SEE_OTHER)

    def withdraw(self, device: str, change_id: int) -> ResponseReturnValue:
        """Take back what has not begun."""
        at, why = self.now(), request.form.get("why", "").strip()
        with self.database.write() as connection:
            refused = withdraw_change(connection, device, change_id, why, staff().name, at)
            if refused is None:
                detail: dict[str, str | int] = {"change": change_id, "why": why}
                staff_did(connection, "kiosk-change-withdrawn", f"kiosk:{device}", detail, at)
        if refused is not None:
            return self._show(device, str(refused)), HTTPStatus.UNPROCESSABLE_ENTITY
        return redirect(url_for("kiosks.kiosk_settings", device=device, withdrawn=1), HTTPStatus.SEE_OTHER)

    def _wanted(self, connection: Connection, device: str) -> KioskWanted | str:
        """What the form wants; why it cannot be read."""
        day = parse_day(request.form.get("from_day", ""))
        if day is None:
            return NO_DAY
        before = store.kiosk_of(connection, device, day)
        if before is None:
            abort(HTTPStatus.NOT_FOUND)
        try:
            kiosk = read_kiosk_form(request.form, before)
        except FormWrong as wrong:
            return str(wrong)
        return KioskWanted(kiosk, day, request.form.get("why", ""), staff().name)

    def _show(self, device: str, refusal: str = "", wanted: KioskWanted | None = None) -> str:
        today = day_of(self.now())
        with self.database.read() as connection:
            kiosk = store.kiosk_of(connection, device, today)
            if kiosk is None:
                abort(HTTPStatus.NOT_FOUND)
            changes = store.kiosk_changes_of(connection, device)
            known = [each.programme for each in programmes(connection, today).values() if not each.closed]
            found = [] if wanted is None else _differences(connection, wanted)
        newest = max(
            (each for each in changes if not each.withdrawn), key=lambda each: (each.from_day, each.id)
        )
        return render_template(
            "kiosks/settings.html",
            kiosk=kiosk,
            typed=request.form if request.form.get("place_ja") is not None else form_of(newest.kiosk),
            from_day=request.form.get("from_day", ""),
            why=request.form.get("why", ""),
            version=_version(changes),
            lines=_lines(changes, today),
            programmes=known,
            rows=range(MOST_VISITS),
            tomorrow=max(today, newest.from_day) + timedelta(days=1),
            least_day=today + timedelta(days=1),
            furthest=today + FURTHEST,
            most_why=MAX_WHY,
            refusal=refusal,
            found=found,
            wanted_day="" if wanted is None else day_title(wanted.from_day),
            is_bold=any(each.is_bold for each in found),
            may_change=staff_may("kiosks.save_settings"),
            done=next((each for each in ("saved", "withdrawn") if each in request.args), ""),
        )


def _saved(connection: Connection, wanted: KioskWanted, now: int) -> str:
    """Why it was not done, "" when it was."""
    device = wanted.kiosk.device
    if request.form.get("version") != _version(store.kiosk_changes_of(connection, device)):
        return CHANGED
    refused = look_at_change(connection, wanted, now)
    if refused is not None:
        return str(refused)
    found = _differences(connection, wanted)
    if any(each.is_bold for each in found) and not request.form.get("seen"):
        return CONFIRM
    assert change_kiosk(connection, wanted, now) is None, "it was looked at in this transaction"
    detail: dict[str, str | int] = {
        "from": wanted.from_day.isoformat(),
        "why": wanted.why.strip(),
        "changes": "; ".join(f"{each.name[1]}: {each.before} > {each.after}" for each in found),
    }
    staff_did(connection, "kiosk-changed", f"kiosk:{device}", detail, now)
    return ""


def _differences(connection: Connection, wanted: KioskWanted) -> list[Changed]:
    before = store.kiosk_of(connection, wanted.kiosk.device, wanted.from_day)
    return [] if before is None else differences(before, wanted.kiosk)


def _version(changes: list[KioskChange]) -> str:
    return f"{len(changes)}-{sum(each.withdrawn is not None for each in changes)}"


def _lines(changes: list[KioskChange], today: date) -> list[dict[str, Any]]:
    """Every change with what it changed, that of the latest day first."""
    counting = sorted(
        (each for each in changes if each.withdrawn is None), key=lambda each: (each.from_day, each.id)
    )
    holding = max(
        (each for each in counting if each.from_day <= today), key=lambda each: (each.from_day, each.id)
    )
    lines = []
    for each in sorted(changes, key=lambda each: (each.from_day, each.id), reverse=True):
        before = _before(counting, each)
        lines.append(
            {
                "change": each,
                "day": "" if each.from_day <= FIRST_DAY else day_title(each.from_day),
                "made": stamp_text(each.at)[:16],
                "is_now": each is holding,
                "is_coming": each.withdrawn is None and each.from_day > today,
                "found": [] if before is None else differences(before, each.kiosk),
                "gone": each.withdrawn and stamp_text(each.withdrawn.at)[:16],
            }
        )
    return lines


def _before(counting: list[KioskChange], change: KioskChange) -> Kiosk | None:
    earlier = [each for each in counting if (each.from_day, each.id) < (change.from_day, change.id)]
    return earlier[-1].kiosk if earlier else None
