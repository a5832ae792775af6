"""Whoever gives value back into lots remembers that a lot may be a disputed card charge's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.tree import ROOT


def parsed(folder: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def imported(module: ast.Module, package: str) -> set[str]:
    return {
        alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package)
        for alias in node.names
    }


def builds_restore(node: ast.AST) -> bool:
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "Restore"
        for each in ast.walk(node)
    )


def giving_back() -> set[str]:
    """What an order that gives back is built by: the target itself, and the rules' functions that use it."""
    return {"Restore"} | {
        node.name
        for _, module in parsed("rules/ledger")
        for node in module.body
        if isinstance(node, ast.FunctionDef) and builds_restore(node)
    }


def test_who_gives_value_back_settles_disputed_card_charges_in_the_same_transaction() -> None:
    names = giving_back()
    assert {"taken_back", "correction_order"} <= names
    forgetful = [
        str(path)
        for path, module in parsed("central")
        if path.parts[1] != "ledger"
        and imported(module, "rules.ledger") & names
        and "settle_member" not in imported(module, "central.charging")
    ]
    assert forgetful == [], "call central.charging.settle_charge.settle_member after posting what gives back"
