"""The sections that the settings files of all field machines have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from device.reader.readers import Reader
from device.reader.source import parse_source
from device.settings import Section


def web_address(setting: str) -> str:
    """The office's address, as it stands before a code's path. Raises ValueError."""
    if not re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]{1,5})?", setting):
        raise ValueError(
            "https:// と役場のサーバー名だけを書いてください（例 https://village.example） / "
            "write https:// and the office's host, nothing behind it (as https://village.example)"
        )
    return setting


Text = Annotated[str, Field(min_length=1)]
PortNumber = Annotated[int, Field(ge=1, le=65_535)]
Pin = Annotated[int, Field(ge=0, le=27)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


def _device_node(path: str) -> str:
    if not path.startswith("/dev/"):
        raise ValueError(
            "/dev/ で始まる場所を書いてください（/dev/serial/by-id/… など） / "
            "write a place under /dev/, such as /dev/serial/by-id/…"
        )
    return path


class Unit(Section):
    """`id` is the machine's own name, `village` the first level of its topics, `issuer` the village's number on passes.

    `data` is the folder of its journal and its keys.
    """

    id: Name
    village: Name
    issuer: Annotated[int, Field(ge=1, le=65_535)]
    data: Annotated[Path, Field(strict=False)]
    demo: bool = False


class Camera(Section):
    """`source`: `camera:0`, `csi:0`, `file:PATH`, `socket:/path` or `http://…`; the others as in `Optics`.

    `reader` is the library that reads the codes: zxing, or zbar by `pyzbar`.
    `distance_cm` and `exposure_bias` are for CSI cameras, `focus` for USB cameras, `exposure_ms` for both.
    """

    source: Text
    reader: Annotated[Reader, Field(strict=False)] = Reader.ZXING
    distance_cm: int | None = None
    focus: int | None = None
    exposure_ms: Annotated[float, Field(strict=False)] | None = None
    exposure_bias: Annotated[float, Field(strict=False)] | None = None

    @property
    def setting(self) -> str:
        """All of it in one, as `device.reader.source.parse_source` takes it apart."""
        optics = self.model_dump(exclude={"source", "reader"}, exclude_none=True)
        return ",".join([self.source, *(f"{name}={value}" for name, value in optics.items())])

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.setting != self.source and not self.source.startswith(("camera:", "csi:")):
            raise ValueError(
                "distance_cm、focus、exposure_ms、exposure_bias は camera: と csi: だけの設定です。消してください / "
                "distance_cm, focus, exposure_ms and exposure_bias are for camera: and csi: only: remove them"
            )
        parse_source(self.setting)
        return self


class Scanner(Section):
    """A scanner module's `device`: `/dev/input/…` if it is a keyboard, else a serial line of `baud` bits a second."""

    device: Annotated[str, AfterValidator(_device_node)]
    baud: Annotated[int, Field(ge=1)] = 9600


PemFile = Annotated[Path, Field(strict=False)]


class Link(Section):
    """The broker, and as whom to connect: by a password, or by a certificate.

    `ca`, `certificate` and `key` are PEM files, all or none. With them the certificate's name is the user's.
    """

    host: Text
    port: PortNumber
    username: Text = ""
    password: Text = ""
    ca: PemFile | None = None
    certificate: PemFile | None = None
    key: PemFile | None = None

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        files = (self.ca, self.certificate, self.key)
        if any(files) and not all(files):
            raise ValueError(
                "ca、certificate、key は三つとも書くか、三つとも消してください / "
                "write all three of ca, certificate and key, or none of them"
            )
        if not any(files) and not (self.username and self.password):
            raise ValueError(
                "username と password を書いてください。証明書を使うときは ca、certificate、key を書いてください / "
                "write username and password, or ca, certificate and key where the unit has a certificate"
            )
        return self
