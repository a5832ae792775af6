"""Settings files of field machines: TOML, all errors told at once."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from pathlib import Path

WORDS = {
    "missing": "必要な項目がありません / is missing",
    "extra_forbidden": "知らない項目です / is not a setting",
}


class SettingsWrong(Exception):
    """A settings file that cannot be used. `errors` are sentences, one a fault."""

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
        return kind.model_validate(tomllib.loads(path.read_text(encoding="utf-8")), strict=False)
    except OSError as error:
        raise SettingsWrong(
            [
                f"設定ファイル {path} を読めません（{error.strerror}）。場所と権限を確認してください。 / "
                f"Cannot read the settings file {path} ({error.strerror}); check the path and its permissions."
            ]
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsWrong(
            [
                f"設定ファイル {path} はTOMLとして読めません: {error}。その行を直してください。 / "
                f"The settings file {path} is not TOML: {error}; mend that line."
            ]
        ) from error
    except ValidationError as error:
        raise SettingsWrong([_sentence(path, fault["loc"], fault["type"], fault["msg"]) for fault in error.errors()]) from error


def _sentence(path: Path, place: tuple[int | str, ...], kind: str, message: str) -> str:
    name = ".".join(str(part) for part in place)
    return f"{path}: {name} — {WORDS.get(kind, message)}"
