"""Central's settings file: TOML, and all its faults told at once."""

from __future__ import annotations

import re
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

PortNumber = Annotated[int, Field(ge=1, le=65_535)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]

_WORDS = {
    "missing": ("項目がありません。書き足してください", "is missing: add it"),
    "extra_forbidden": (
        "知らない項目です。つづりを確かめるか、消してください",
        "is not a setting: check its spelling or remove it",
    ),
    "bool_type": ("true か false を書いてください", "must be true or false"),
    "int_type": ("整数を書いてください", "must be a whole number"),
    "string_type": ("引用符の中に文字を書いてください", "must be text in quotes"),
    "path_type": ("引用符の中に場所を書いてください", "must be a path in quotes"),
    "model_type": ("[項目] の形の節にしてください", "must be a section, written as [name]"),
    "greater_than_equal": ("1 から 65535 の数にしてください", "must be from 1 to 65535"),
    "less_than_equal": ("1 から 65535 の数にしてください", "must be from 1 to 65535"),
    "string_pattern_mismatch": (
        "半角の小文字、数字、ハイフンで 32 文字までにしてください",
        "must have small letters, digits and hyphens, at most 32",
    ),
    "tiles": (
        "https:// から始まり {z} {x} {y} を含むアドレスにしてください",
        "must be an address that begins with https:// and holds {z}, {x} and {y}",
    ),
    "value_error": (
        "127.0.0.1 か ::1 にしてください。ログインがまだないので、ほかの機械には見せられません",
        "must be 127.0.0.1 or ::1: there is no sign-in yet, so no other machine may see the pages",
    ),
}


class SettingsWrong(Exception):
    """A settings file that cannot be used. `problems` are sentences with their remedy, one a fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _loopback(host: str) -> str:
    if not ip_address(host).is_loopback:
        raise ValueError(host)
    return host


def _tiles(address: str) -> str:
    # Of a host's name, for it stands in the header that says whom the browser may ask.
    if not re.fullmatch(r"https://[a-z0-9.-]+(:\d+)?/[!-~]*", address) or not all(
        part in address for part in ("{z}", "{x}", "{y}")
    ):
        raise PydanticCustomError("tiles", "tiles")
    return address


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class WebSettings(_Section):
    """Where the office's pages are: on the loopback only."""

    host: Annotated[str, AfterValidator(_loopback)] = "127.0.0.1"
    port: PortNumber = 8470


class MapSettings(_Section):
    """Tiles behind the map of stops, from a server that the office may use. Without them the map is drawn alone.

    `tiles` is an https address with {z}, {x} and {y} in it; `attribution` is what its owner wants to be shown.
    """

    tiles: Annotated[str, AfterValidator(_tiles)]
    attribution: str

    @property
    def origin(self) -> str:
        """The server that the browser must be allowed to ask."""
        return f"https://{urlsplit(self.tiles).netloc}"


class BrokerSettings(_Section):
    """Where and as whom to connect to the broker."""

    host: str = "127.0.0.1"
    port: PortNumber = 1883
    username: str = "central"
    password: str


class Settings(_Section):
    """`data` is the data folder, beside the settings file if it is not absolute; `village` begins every topic.

    `demo` says that nothing here is real, and the pages say so too.
    """

    data: Annotated[Path, Field(strict=False)]
    village: Name
    demo: bool = False
    web: WebSettings = WebSettings()
    map: MapSettings | None = None
    broker: BrokerSettings


def load(path: Path) -> Settings:
    """The settings in `path`. Raises SettingsWrong."""
    try:
        settings = Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        problem = (
            f"設定ファイル {path} を読めません。場所と権限を確認してください / "
            f"The settings file {path} cannot be read: check where it is and its permissions ({error.strerror})"
        )
        raise SettingsWrong([problem]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = (
            f"設定ファイル {path} の書き方が違います。示された行を直してください / "
            f"The settings file {path} is not TOML: mend the line it names ({error})"
        )
        raise SettingsWrong([problem]) from error
    except ValidationError as error:
        problems = [_sentence(path, fault["loc"], fault["type"], fault["msg"]) for fault in error.errors()]
        raise SettingsWrong(problems) from error
    return settings.model_copy(update={"data": path.absolute().parent / settings.data})


def _sentence(path: Path, place: tuple[int | str, ...], kind: str, message: str) -> str:
    japanese, english = _WORDS.get(kind, (message, message))
    name = ".".join(str(part) for part in place)
    return f"{path}: {name}: {japanese} / {name} {english}"
