"""Settings files of field machines: TOML, and all their faults told at once."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, TypeVar

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
    try:
        return kind.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        sentence = (
            f"設定ファイル {path} を読めません。場所と権限を確認してください / "
            f"The settings file {path} cannot be read: check where it is and its permissions ({error.strerror})"
        )
        raise SettingsWrong([sentence]) from error
    except ValidationError as error:
        raise SettingsWrong([_sentence(path, fault) for fault in error.errors()]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        sentence = (
            f"設定ファイル {path} の書き方が違います。示された行を直してください / "
            f"The settings file {path} is not TOML: mend the line it names ({error})"
        )
        raise SettingsWrong([sentence]) from error


def _sentence(path: Path, fault: ErrorDetails) -> str:
    context = fault.get("ctx", {})
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "value_error":
        return f"{path}: {name}: {context['error']}" if name else f"{path}: {context['error']}"
    if fault["type"] not in WORDS:
        return f"{path}: {name}: {fault['msg']}"
    japanese, english = (words.format_map(context) for words in WORDS[fault["type"]])
    return f"{path}: {name}: {japanese} / {name} {english}"
