"""The repository as its own tests see it: its files, its packages, what they import."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

OURS = frozenset({"central", "device", "hil", "kiosk", "provisioning", "rules", "terminal", "tests"})
"""Every folder that holds Python of ours, or will."""

NOT_OURS = frozenset({"__pycache__", "demo-data", "node_modules"})
"""Folders that tools and demos make. So is every one with a leading dot, but for .ci."""


def folders() -> list[Path]:
    """The folders at the top of the repository."""
    return sorted(
        path
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name not in NOT_OURS
    )


def packages() -> list[str]:
    """The folders at the top that are Python packages and ship."""
    return [path.name for path in folders() if (path / "__init__.py").exists() and path.name != "tests"]


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and path.name != ".ci"
        if path.is_dir() and not path.is_symlink():
            if not hidden and path.name not in NOT_OURS and not path.name.endswith(".egg-info"):
                yield from _walk(path)
        elif path.is_file():
            yield path


def files() -> list[Path]:
    """Every file we wrote."""
    return list(_walk(ROOT))


def texts() -> Iterator[tuple[str, str]]:
    """Every text file we wrote: its path from the root, and what it says."""
    for path in files():
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def modules(*names: str) -> Iterator[tuple[str, ast.Module]]:
    """Every Python file under these top folders: its path from the root, and its tree."""
    for name in names:
        if (ROOT / name).is_dir():
            for path in _walk(ROOT / name):
                if path.suffix == ".py":
                    yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.AST) -> Iterator[str]:
    """The full names a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def libraries(*names: str) -> set[str]:
    """The top names of others' libraries that the Python under these folders imports."""
    tops = {name.partition(".")[0] for _, tree in modules(*names) for name in imports(tree)}
    return tops - OURS - sys.stdlib_module_names
