"""The audit log: nobody changes it, and whoever does is found."""

from __future__ import annotations

import ast
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.audit.write_down import write_down
from central.main import cli
from central.words.acts import ACTS
from tests.access.desk import Desk
from tests.central.office_pages import says
from tests.central.signed_in import as_staff
from tests.tidy.tree import ROOT


def filled(desk: Desk) -> Path:
    with desk.database.write() as connection:
        for number in range(5):
            write_down(
                connection,
                "staff:sato",
                "card-blocked",
                f"member:{number}",
                {"why": "lost", "n": number},
                number,
            )
    desk.database.close()
    return desk.database.path.parent


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["audit", *arguments])
    return result.exit_code, result.stdout


def test_a_log_that_nobody_touched_holds(desk: Desk) -> None:
    data = filled(desk)
    code, said = run("verify", "--data", str(data), "--json")
    found = json.loads(said)
    assert (code, found["entries"], found["problems"]) == (0, 5, [])


def test_the_database_itself_refuses_a_change(desk: Desk) -> None:
    filled(desk)
    with closing(sqlite3.connect(desk.database.path)) as other:
        for statement in ("UPDATE audit_entries SET who = 'x'", "DELETE FROM audit_entries"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(statement)


@pytest.mark.parametrize("column", ["at", "who", "what", "about", "detail", "chain"])
def test_one_flipped_byte_is_found(desk: Desk, column: str) -> None:
    data = filled(desk)
    with closing(sqlite3.connect(desk.database.path)) as other:
        other.execute("DROP TRIGGER audit_entries_no_update")
        flipped = "9" if column == "at" else f"substr({column}, 1, 2) || 'z' || substr({column}, 4)"
        other.execute(f"UPDATE audit_entries SET {column} = {flipped} WHERE id = 3")  # noqa: S608
        other.commit()
    code, said = run("verify", "--data", str(data))
    assert code == 1
    assert said.startswith(("3:", "4:"))


def test_an_entry_that_is_missing_is_found(desk: Desk) -> None:
    data = filled(desk)
    with closing(sqlite3.connect(desk.database.path)) as other:
        other.execute("DROP TRIGGER audit_entries_no_delete")
        other.execute("DELETE FROM audit_entries WHERE id = 2")
        other.commit()
    code, said = run("verify", "--data", str(data))
    assert code == 1
    assert "番号が飛んでいます" in said


def test_show_gives_the_newest_first_and_only_what_was_asked_for(desk: Desk) -> None:
    data = filled(desk)
    code, said = run("show", "--data", str(data), "--about", "member:3", "--json")
    assert code == 0
    (line,) = map(json.loads, said.splitlines())
    assert (line["id"], line["who"], line["detail"]) == (4, "staff:sato", {"n": 3, "why": "lost"})
    numbers = [
        int(line.split()[0]) for line in run("show", "--data", str(data), "--last", "2")[1].splitlines()
    ]
    assert numbers == [5, 4]


def test_an_act_that_fails_leaves_no_entry(desk: Desk) -> None:
    def act() -> None:
        with desk.database.write() as connection:
            write_down(connection, "staff:sato", "x", "y", {}, 0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert desk.audited() == []


def test_every_act_that_is_named_where_it_is_written_down_has_words() -> None:
    place = {"write_down": 2, "staff_did": 1}
    calls = (
        node
        for path in (ROOT / "central").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in place
    )
    said = (call.args[place[call.func.id]] for call in calls if isinstance(call.func, ast.Name))
    acts = {each.value for each in said if isinstance(each, ast.Constant)}
    assert len(acts) > 30
    assert acts - ACTS.keys() == set()


def test_staff_find_it_on_its_page(desk: Desk) -> None:
    filled(desk)
    client = as_staff(desk.app()).test_client()
    assert "カードを止めた card blocked card-blocked member:3" in says(client, "/audit?about=member:3")
    assert "member:4" not in says(client, "/audit?about=member:3")
    assert "あてはまる記録はありません" in says(client, "/audit?who=nobody")
    says(client, "/audit?before=99999999999999999999999")
