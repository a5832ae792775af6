"""Each protection of the ledger is one that counts: without it a history breaks the property it is for, by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from central.database.transaction import Database
from central.ledger.post_orders import post_all
from central.ledger.verify_ledger import verify_ledger
from tests.central.office import NOW
from tests.ledger.mutants import MUTANTS, Mutant
from tests.ledger.referee import Broken, template
from tests.ledger.scenes import SCENES, Scene, play


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_in_every_scene_the_ledger_keeps_all_its_properties(tmp_path: Path, scene: Scene) -> None:
    play(scene, template(tmp_path))


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_ledger_without_one_of_its_protections_is_noticed(tmp_path: Path, mutant: Mutant) -> None:
    said = []
    with mutant.plant():
        empty = template(tmp_path)
        for scene in SCENES.values():
            try:
                play(scene, empty)
            except Broken as broken:
                said.append(str(broken))
    assert mutant.breaks <= {each.split(":")[0] for each in said}, said


@pytest.mark.parametrize(
    ("mutant", "words"),
    [
        ("restore-without-limit", "gives more back than d took"),
        ("restore-into-another-lot", "gives more back than d took"),
        ("expired-is-spent", "that had expired"),
        ("expired-a-second-late", "that had expired"),
    ],
)
def test_verify_sees_what_was_given_back_or_spent_against_the_rules(
    tmp_path: Path, mutant: str, words: str
) -> None:
    problems: list[str] = []
    empty = template(tmp_path)
    for number, scene in enumerate(SCENES.values()):
        path = tmp_path / f"{number}.db"
        shutil.copy(empty, path)
        database = Database(path)
        with MUTANTS[mutant].plant():
            for seconds, batch in scene:
                with database.write() as connection:
                    post_all(connection, batch, NOW + seconds)
        with database.read() as connection:
            problems += verify_ledger(connection).problems
        database.close()
    assert problems
    assert all(words in each for each in problems), problems
