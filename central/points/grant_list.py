"""A list of participants (参加者名簿, sankasha meibo) granted points at once, where codes on the spot will not do."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from central.audit.write_down import write_down
from central.database.transaction import Connection
from central.points.grant_points import NotGiven, grant_points
from central.points.store import Grant, find_grant
from rules.ledger.order import MAX_AMOUNT

MAX_LINES = 10_000
_EVENT = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MEMBER, _AMOUNT = "member", "amount"
_JAPANESE = {"会員番号": _MEMBER, "ポイント": _AMOUNT}


NOT_GIVEN = {
    NotGiven.UNKNOWN_PROGRAMME: (
        "その制度はありません。points programme list で確かめてください / no such programme: see points programme list"
    ),
    NotGiven.NOT_OPEN: (
        "制度の期間外か、終了しています。points programme show で期間を確かめてください / "
        "the programme is not open: see its days by points programme show"
    ),
    NotGiven.UNKNOWN_MEMBER: (
        "その会員はいません。番号を窓口で確かめ、直した名簿をもう一度 / "
        "no such member: look the number up at the counter, mend the list and give it again"
    ),
    NotGiven.USED: (
        "この行事で前に別の内容で付与しました。追加なら別の --event で / "
        "given before at this event, otherwise: to give more, use another --event"
    ),
    NotGiven.CAP_PER_PERSON: (
        "一人の上限を超えます。減らすか、points programme change で上限を上げてください / "
        "more than one person may get: give less, or raise the cap by points programme change"
    ),
    NotGiven.CAP_PER_DAY: (
        "一人一日の上限を超えます。同じ名簿を明日もう一度 / "
        "more than one person may get in a day: give the same list again tomorrow"
    ),
    NotGiven.OVER_BUDGET: (
        "承認した予算が足りません。points budget で承認し、同じ名簿をもう一度 / "
        "over what was approved: approve more by points budget, and give the same list again"
    ),
}
"""Why a line got nothing, and what to do about it."""


class ListWrong(Exception):
    """The list cannot be used; `problems` has a sentence for staff about every line that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Line:
    """One participant. `number` counts the file's lines from 1, its heading included."""

    number: int
    member: str
    amount: int


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a line: given now, given before, or why not."""

    line: Line
    answer: Grant | NotGiven
    before: bool


@dataclass(frozen=True, slots=True)
class Sums:
    """How many lines there are, how many got their points now, before, or not; and the points given now."""

    lines: int
    given: int
    before: int
    refused: int
    points: int


def read_list(text: str, amount: int | None) -> list[Line]:
    """The lines of a CSV with the columns `member` and, unless all get `amount`, `amount`; others are not looked at.

    In Japanese they are 会員番号 and ポイント; what is copied out of a spreadsheet has tabs for commas. Raises
    ListWrong.
    """
    lines = text.lstrip("\ufeff").splitlines()
    rows = csv.DictReader(lines, delimiter="\t" if lines and "\t" in lines[0] else ",")
    columns = [_JAPANESE.get(name.strip(), name.strip().lower()) for name in rows.fieldnames or []]
    rows.fieldnames = columns
    missing = [name for name in (_MEMBER, _AMOUNT) if name not in columns and (name == _MEMBER or not amount)]
    if missing:
        raise ListWrong(
            [f"1行目に列 {'・'.join(missing)} がありません / the first line names no such column"]
        )
    problems: list[str] = []
    found = list(_lines(rows, amount, problems))
    if len(found) > MAX_LINES:
        problems.append(f"一度に{MAX_LINES:,}行までです / at most {MAX_LINES:,} lines at once")
    if not found and not problems:
        problems.append("参加者がいません / there is nobody on the list")
    if problems:
        raise ListWrong(problems)
    return found


def _lines(rows: csv.DictReader[str], amount: int | None, problems: list[str]) -> Iterator[Line]:
    seen: dict[str, int] = {}
    for row in rows:
        number, member = rows.line_num, (row[_MEMBER] or "").strip().replace("-", "")
        said = (row.get(_AMOUNT) or "").strip() if amount is None else str(amount)
        if not member:
            problems.append(f"{number}行目: 会員番号がありません / line {number}: no member")
        elif member in seen:
            problems.append(
                f"{number}行目: {seen[member]}行目と同じ会員です / line {number}: that member again"
            )
        elif not (points := _whole(said)):
            problems.append(f"{number}行目: ポイントが読めません / line {number}: no amount above zero")
        else:
            seen[member] = number
            yield Line(number, member, points)


def _whole(text: str) -> int:
    """So many points as written in ASCII digits; 0 for what is no amount that can be given."""
    is_whole = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_AMOUNT))
    return int(text) if is_whole and int(text) <= MAX_AMOUNT else 0


def grant_list(
    connection: Connection, programme: str, event: str, lines: list[Line], said_by: str, now: int
) -> list[Done]:
    """Give each line its points, once for each member of `event`: the same list again gives nothing twice.

    Nor does one with further lines or in another order. A line that is refused stops no other. The audit log has each
    grant and every list, by the staff member `said_by`. Raises ValueError for an event's id of other signs than a-z,
    0-9 and hyphens.
    """
    if not _EVENT.fullmatch(event):
        raise ValueError("an event's id has small letters, digits and hyphens, at most 40")
    done: list[Done] = []
    for line in lines:
        source = f"event-{event}"
        before = find_grant(connection, source, line.member) is not None
        granted = grant_points(connection, programme, line.member, line.amount, source, line.member, now)
        if isinstance(granted, Grant) and not before:
            detail: dict[str, str | int] = {"programme": programme, "event": event, "points": line.amount}
            write_down(connection, f"staff:{said_by}", "points-granted", f"member:{line.member}", detail, now)
        done.append(Done(line, granted, before and isinstance(granted, Grant)))
    facts: dict[str, str | int] = {"programme": programme, **asdict(sums_of(done))}
    write_down(connection, f"staff:{said_by}", "points-list", f"event:{event}", facts, now)
    return done


def sums_of(done: list[Done]) -> Sums:
    """What became of a list as a whole."""
    refused = sum(isinstance(each.answer, NotGiven) for each in done)
    new = [each.line.amount for each in done if isinstance(each.answer, Grant) and not each.before]
    return Sums(len(done), len(new), sum(each.before for each in done), refused, sum(new))
