"""Central's settings file: TOML, and all its faults told at once."""

from __future__ import annotations

import re
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

_U16 = Annotated[int, Field(ge=1, le=65_535)]
PortNumber = _U16
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
    "greater_than_equal": ("{ge} 以上の数にしてください", "must be {ge} or more"),
    "less_than_equal": ("{le} 以下の数にしてください", "must be {le} or less"),
    "string_pattern_mismatch": (
        "半角の小文字、数字、ハイフンで 32 文字までにしてください",
        "must have small letters, digits and hyphens, at most 32",
    ),
    "tiles": (
        "https:// から始まり {z} {x} {y} を含むアドレスにしてください",
        "must be an address that begins with https:// and holds {z}, {x} and {y}",
    ),
    "literal_error": (
        '"practice"（練習用）か "stripe" にしてください',
        'must be "practice" or "stripe"',
    ),
    "address": (
        "https:// と名前だけのアドレスにしてください（例 https://bus.example.jp）",
        "must be https:// and a name alone, such as https://bus.example.jp",
    ),
    "secret_key": (
        "Stripeの秘密鍵（sk_ か rk_ で始まる）を書いてください",
        "must be Stripe's secret key, which begins with sk_ or rk_",
    ),
    "webhook_secret": (
        "Stripeの署名の鍵（whsec_ で始まる）を書いてください",
        "must be Stripe's signing secret, which begins with whsec_",
    ),
    "mail_address": (
        "メールのアドレスを一つずつ書いてください（例 office@example.jp）",
        "must be addresses of mail, one each, such as office@example.jp",
    ),
    "too_short": ("一つ以上書いてください", "must hold at least one"),
    "too_long": ("10までにしてください", "must hold no more than 10"),
    "list_type": ("[ ] の中に並べてください", "must be a list, in [ ]"),
    "return_address": (
        "支払いのあとに戻る https:// のアドレスを書いてください",
        "must be the https:// address to which members come back after paying",
    ),
    "stripe": (
        "stripe には secret_key、webhook_secret、return_address が要ります",
        "needs secret_key, webhook_secret and return_address for stripe",
    ),
    "value_error": (
        "127.0.0.1 か ::1 にしてください。ほかの機械からは、HTTPSのサーバーを通して開きます",
        "must be 127.0.0.1 or ::1: other machines come through a server with HTTPS in front of it",
    ),
}


class SettingsWrong(Exception):
    """A settings file that cannot be used. `problems` are sentences with their remedy, one a fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _looks_like(
    pattern: str, kind: Literal["address", "secret_key", "webhook_secret", "return_address", "mail_address"]
) -> AfterValidator:
    def look(text: str) -> str:
        if text and not re.fullmatch(pattern, text):
            raise PydanticCustomError(kind, kind)
        return text

    return AfterValidator(look)


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


_Mail = Annotated[str, _looks_like(r"[^\s@,;<>]+@[^\s@,;<>]+", "mail_address")]


class WebSettings(_Section):
    """Where the pages are: on the loopback, and by `address` for everybody else.

    `address` is the https address of the server that stands in front; passkeys hold to its name. Without it the pages
    are for this machine alone.
    """

    host: Annotated[str, AfterValidator(_loopback)] = "127.0.0.1"
    port: PortNumber = 8470
    address: Annotated[str, _looks_like(r"https://[a-z0-9.-]+(:\d+)?", "address")] = ""

    @property
    def name(self) -> str:
        """The host's name in the address, "" without one."""
        return urlsplit(self.address).hostname or ""

    @property
    def public(self) -> str:
        """By which address somebody opens the pages, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.address or f"http://{host}:{self.port}"


class MailSettings(_Section):
    """A mail server. Without this section mail goes into the folder `mail` of the data folder, and nowhere else.

    Spoken to over TLS: from the beginning on port 465, else by STARTTLS. `username` may be empty.
    """

    host: str
    port: PortNumber = 587
    sender: str
    username: str = ""
    password: Annotated[str, Field(repr=False)] = ""


class AlarmSettings(_Section):
    """Who is told by mail what is wrong with machines and server. Without this section nobody is.

    What differs for `quiet_minutes` is told once, and once more when it is well again; never more than `per_hour`
    mails in an hour.
    """

    to: Annotated[list[_Mail], Field(min_length=1, max_length=10)]
    quiet_minutes: Annotated[int, Field(ge=1, le=1_440)] = 15
    per_hour: Annotated[int, Field(ge=1, le=60)] = 6


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


class ChargingSettings(_Section):
    """Charging by card. Without this section the practice gateway stands in, and no money moves.

    `gateway` is "practice" or "stripe"; then `secret_key` and `webhook_secret` are Stripe's, and members come back to
    `return_address`. How much may be charged is set on the office's page (central/office_rules).
    """

    gateway: Literal["practice", "stripe"] = "practice"
    secret_key: Annotated[str, _looks_like(r"(sk|rk)_(test|live)_\w+", "secret_key"), Field(repr=False)] = ""
    webhook_secret: Annotated[str, _looks_like(r"whsec_\S+", "webhook_secret"), Field(repr=False)] = ""
    return_address: Annotated[str, _looks_like(r"https://[!-~]+", "return_address")] = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.gateway == "stripe" and not (self.secret_key and self.webhook_secret and self.return_address):
            raise PydanticCustomError("stripe", "stripe")
        return self


class BrokerSettings(_Section):
    """Where and as whom to connect to the broker."""

    host: str = "127.0.0.1"
    port: PortNumber = 1883
    username: str = "central"
    password: str


class MachinesSettings(_Section):
    """Where machines come in to be enrolled (HTTPS, by their own authority's certificate), and what they are told.

    `broker_host` and `broker_port` are where they find the broker afterwards; `broker_pid` is the file in which it says
    which process it is, beside the settings file if it is not absolute. Made by `yukemuri-provision init`.
    """

    host: str = "127.0.0.1"
    port: PortNumber = 8471
    broker_host: str
    broker_port: PortNumber = 8883
    broker_pid: Annotated[Path, Field(strict=False)]


class Settings(_Section):
    """`data` is the data folder, beside the settings file if it is not absolute; `village` begins every topic.

    `issuer` is the village's number on passes, the same that its buses have; without it no phone gets a pass. `demo`
    says that nothing here is real, and the pages say so too.
    """

    data: Annotated[Path, Field(strict=False)]
    village: Name
    issuer: _U16 | None = None
    demo: bool = False
    web: WebSettings = WebSettings()
    map: MapSettings | None = None
    mail: MailSettings | None = None
    alarms: AlarmSettings | None = None
    charging: ChargingSettings = ChargingSettings()
    broker: BrokerSettings
    machines: MachinesSettings | None = None


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
        problems = [_sentence(path, fault) for fault in error.errors()]
        raise SettingsWrong(problems) from error
    beside = path.absolute().parent
    machines = settings.machines
    if machines is not None:
        machines = machines.model_copy(update={"broker_pid": beside / machines.broker_pid})
    return settings.model_copy(update={"data": beside / settings.data, "machines": machines})


def _sentence(path: Path, fault: ErrorDetails) -> str:
    words = _WORDS.get(fault["type"], (fault["msg"], fault["msg"]))
    # Where the sentence has braces of its own, it has no bound to name.
    context = fault.get("ctx", {})
    bounds = {"ge", "le"} & set(context)
    japanese, english = (each.format_map(context) for each in words) if bounds else words
    name = ".".join(str(part) for part in fault["loc"])
    return f"{path}: {name}: {japanese} / {name} {english}"
