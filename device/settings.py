"""Settings files of field machines: TOML, and all their faults told at once."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

WORDS = {
    "missing": ("項目がありません。書き足してください", "is missing: add it"),
    "extra_forbidden": (
        "知らない項目です。つづりを確かめるか、消してください",
        "is not a setting: check its spelling or remove it",
    ),
    "bool_type": ("true か false を書いてください", "must be true or false"),
    "int_type": ("整数を書いてください", "must be a whole number"),
    "string_type": ("引用符の中に文字を書いてください", "must be text in quotes"),
    "string_too_short": ("空にできません。書き入れてください", "must not be empty: fill it in"),
    "path_type": ("引用符の中に場所を書いてください", "must be a path in quotes"),
    "model_type": ("[項目] の形の節にしてください", "must be a section, written as [name]"),
    "greater_than_equal": ("{ge} 以上の数にしてください", "must be {ge} or more"),
    "less_than_equal": ("{le} 以下の数にしてください", "must be {le} or less"),
    "string_pattern_mismatch": (
        "半角の小文字、数字、ハイフンで 32 文字までにしてください",
        "must have small letters, digits and hyphens, at most 32",
    ),
}
_KIND = (
    "種類が違います。README の例と比べてください",
    "has the wrong kind of value: compare the README's example",
)
WORDS |= {
    "float_type": ("数を書いてください", "must be a number"),
    "finite_number": ("数を書いてください", "must be a number"),
    "list_type": ("[ ] の中に並べてください", "must be a list, in [ ]"),
    "tuple_type": ("[ ] の中に並べてください", "must be a list, in [ ]"),
    "too_short": ("一つ以上書いてください", "must hold at least one"),
    "too_long": ("{max_length} までにしてください", "must hold no more than {max_length}"),
    "enum": ("{expected} のどれかにしてください", "must be {expected}"),
}
"""By pydantic's names for what can be wrong. A validator of our own says its sentence itself, in both languages."""


class SettingsWrong(Exception):
    """A settings file that cannot be used. `errors` are sentences with their remedy, one a fault."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class Section(BaseModel):
    """A table of a settings file: unknown names are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


S = TypeVar("S", bound=Section)


def load_settings(path: Path, kind: type[S]) -> S:
    """The settings in `path`. Raises SettingsWrong."""
    table: dict[str, Any] = {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return kind.model_validate(table)
    except OSError as error:
        sentence = (
            f"設定ファイル {path} を読めません。場所と権限を確認してください / "
            f"The settings file {path} cannot be read: check where it is and its permissions ({error.strerror})"
        )
        raise SettingsWrong([sentence]) from error
    except ValidationError as error:
        found = [_sentence(path, fault) for fault in error.errors()]
        places = [fault["loc"] for fault in error.errors()]
        wrong = {place[:depth] for place in places for depth in range(len(place))}
        across = [each for place in sorted(wrong, key=str) for each in _across(kind, table, place)]
        said = "\n".join(found)
        # A rule that looks at one setting has said so already, at that setting.
        news = [f"{path}: {name}{words}" for name, words in across if words not in said]
        raise SettingsWrong([*found, *news]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        sentence = (
            f"設定ファイル {path} の書き方が違います。示された行を直してください / "
            f"The settings file {path} is not TOML: mend the line it names ({error})"
        )
        raise SettingsWrong([sentence]) from error


def _across(kind: type[Section], table: Any, place: tuple[str | int, ...]) -> list[tuple[str, str]]:
    """What a section's settings say of each other, although one of them is wrong: pydantic asks only if none is.

    Each with the place before it, "" for the whole file.
    """
    section: Any = kind
    for name in place:
        field = section.model_fields.get(name) if _is_section(section) else None
        kinds = () if field is None else (field.annotation, *get_args(field.annotation))
        section, table = next(filter(_is_section, kinds), None), table[name] if field else None
    if not _is_section(section) or not isinstance(table, dict):
        return []
    said = []
    for rule in section.__pydantic_decorators__.model_validators.values():
        try:
            rule.func(section.model_construct(**table))
        except ValueError as wrong:
            name = ".".join(str(part) for part in place)
            said.append((f"{name}: " if name else "", str(wrong)))
        except (AttributeError, TypeError):
            # It asks for what is itself missing or of another kind, which was said already.
            continue
    return said


def _is_section(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)


def _sentence(path: Path, fault: ErrorDetails) -> str:
    context = fault.get("ctx", {})
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "value_error":
        return f"{path}: {name}: {context['error']}" if name else f"{path}: {context['error']}"
    japanese, english = (words.format_map(context) for words in WORDS.get(fault["type"], _KIND))
    return f"{path}: {name}: {japanese} / {name} {english}"
