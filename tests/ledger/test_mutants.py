"""Each protection of the ledger is one that counts: without it a history breaks the property it is for, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

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
