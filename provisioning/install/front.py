"""nginx in front of the server: HTTPS for people, and the machines' door, by names on one port."""

from __future__ import annotations

from dataclasses import dataclass

from provisioning.install.release import template
from provisioning.install.steps import File

SITE = "/etc/nginx/sites-enabled/yukemuri"
STREAM = "/etc/nginx/modules-enabled/90-yukemuri.conf"
"""Debian includes this folder at the top of nginx.conf, where alone a `stream` may stand."""


@dataclass(frozen=True, slots=True)
class Front:
    """`web` is the name people use, `door` the one of machines; `certificate` and `key` are PEM files for `web`.

    The others are ports: `http` and `https` outside, `pages` between nginx and itself, `central` and
    `machines` those of central's settings.
    """

    web: str
    door: str
    certificate: str
    key: str
    http: str = "80"
    https: str = "443"
    pages: str = "8472"
    central: str = "8470"
    machines: str = "8471"


def front_files(front: Front) -> list[File]:
    """What nginx is to be told."""
    site = template(
        "nginx-site.conf",
        web=front.web,
        http=front.http,
        pages=front.pages,
        central=front.central,
        certificate=front.certificate,
        key=front.key,
    )
    stream = template(
        "nginx-stream.conf",
        door=front.door,
        https=front.https,
        pages=front.pages,
        machines=front.machines,
    )
    return [File(SITE, site), File(STREAM, stream)]
