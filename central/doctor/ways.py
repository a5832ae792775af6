"""Checks of the ways in and out: broker, machines' door, mail, web, certificates, clocks."""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import suppress
from statistics import median
from typing import TYPE_CHECKING

from cryptography import x509

from central.access.members.mailbox import NotSent, SmtpMailbox
from central.database.transaction import Database, DataUnusable, database_file
from central.doctor.tools import asked
from central.enrolment.authority import Authority, open_authority
from central.today.device_line import SILENT_AFTER_S, read_health
from central.today.store import machines
from rules.checkup.check import Check, fail, not_here, warn, well
from rules.checkup.days import days_left
from rules.instant import ClockQuality

if TYPE_CHECKING:
    from pathlib import Path

    from central.settings import BrokerSettings, MachinesSettings, MailSettings, Settings

WAIT_S = 5.0
APART_S = 5.0
"""So far the server's clock may be from what machines with GPS or a network say, a message's way included."""


def broker(settings: BrokerSettings) -> Check:
    """Whether the office's own broker answers."""
    place = f"{settings.host}:{settings.port}"
    try:
        socket.create_connection((settings.host, settings.port), WAIT_S).close()
    except OSError as error:
        remedy = "mosquitto のサービスを起動してください / start the service of mosquitto"
        detail = f"{place} に届きません（{error.strerror or error}） / {place} cannot be reached"
        return fail("broker", detail, remedy)
    return well("broker", place)


def machines_broker(settings: MachinesSettings, authority: Authority) -> Check:
    """Whether machines find a broker there that speaks TLS with the village's certificate."""
    place = f"{settings.broker_host}:{settings.broker_port}"
    context = ssl.create_default_context(cadata=authority.root_pem)
    remedy = "mosquitto の設定と server.pem を確かめてください / check mosquitto's settings and server.pem"
    try:
        with (
            socket.create_connection((settings.broker_host, settings.broker_port), WAIT_S) as plain,
            context.wrap_socket(plain, server_hostname=settings.broker_host) as sealed,
        ):
            return well("broker-tls", f"{place} {sealed.version()}")
    except ssl.SSLError as error:
        detail = f"{place} はTLSで話せません / no TLS with {place} ({error.reason})"
        return fail("broker-tls", detail, remedy)
    except OSError as error:
        detail = f"{place} に届きません（{error.strerror or error}） / {place} cannot be reached"
        return fail("broker-tls", detail, remedy)


def mail(settings: MailSettings | None) -> Check:
    """Whether the mail server lets us in. Nothing is sent."""
    remedy = "設定の [mail] を確かめてください / check [mail] in the settings"
    if settings is None:
        detail = "メールはフォルダに書かれ、誰にも届きません / mail goes into a folder and reaches nobody"
        return warn("mail", detail, remedy)
    place = f"{settings.host}:{settings.port}"
    try:
        SmtpMailbox(**settings.model_dump()).greet()
    except NotSent as error:
        detail = f"{place} に送れません（{error}） / {place} does not take mail"
        return fail("mail", detail, remedy)
    return well("mail", place)


def web(settings: Settings, now: int) -> list[Check]:
    """Whether the pages answer here, and how long the certificate in front of them is good."""
    place = f"{settings.web.host}:{settings.web.port}"
    try:
        connection = http.client.HTTPConnection(settings.web.host, settings.web.port, timeout=WAIT_S)
        connection.request("GET", "/", headers={"Host": "localhost"})
        answered = connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
        connection.close()
    except (OSError, http.client.HTTPException):
        answered = False
    if answered:
        checks = [well("web", place)]
    else:
        remedy = "yukemuri-central.service を起動してください / start yukemuri-central.service"
        checks = [fail("web", f"{place} は返事をしません / {place} does not answer", remedy)]
    if settings.web.address:
        checks.append(_public(settings.web.address, settings.web.name, now))
    return checks


def _public(address: str, name: str, now: int) -> Check:
    port = int(address.rpartition(":")[2]) if address.count(":") > 1 else 443
    remedy = (
        "手前のHTTPSサーバーと証明書の更新を確かめてください / "
        "check the HTTPS server in front, and what renews its certificate"
    )
    try:
        with (
            socket.create_connection((name, port), WAIT_S) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=name) as sealed,
        ):
            shown = sealed.getpeercert() or {}
            ends = int(ssl.cert_time_to_seconds(str(shown["notAfter"])))
    except (OSError, KeyError, ValueError) as error:
        return fail("web-address", f"{address} を開けません（{error}） / {address} cannot be opened", remedy)
    return days_left("web-address", ends, now, remedy)


def certificates(data: Path, settings: MachinesSettings | None, now: int) -> list[Check]:
    """The authority, the server's certificate for machines, and the list of withdrawn ones."""
    try:
        authority = open_authority(data)
    except DataUnusable as error:
        return [
            fail("authority", str(error), "バックアップから復元してください / restore it from the backup")
        ]
    if authority is None:
        return [not_here("authority", "端末の認証局 / no authority for machines")]
    init = "yukemuri-provision init と同じUSBメモリで作り直してください / make it anew with the root's stick"
    checks = [days_left("authority", authority.ends, now, init)]
    with suppress(OSError, ValueError):
        shown = x509.load_pem_x509_certificate(authority.server[0].read_bytes())
        ends = int(shown.not_valid_after_utc.timestamp())
        checks.append(days_left("server-certificate", ends, now, init))
    made = "サーバーが毎日作ります。動いているか確かめてください / the running server makes it daily: see that it runs"
    in_force = authority.read_list()
    if in_force is None:
        detail = "失効リストがないか、壊れています / the list of withdrawn certificates is missing or damaged"
        checks.append(fail("withdrawn-list", detail, made))
    else:
        checks.append(days_left("withdrawn-list", in_force.ends, now, made))
    if settings is not None:
        checks.append(machines_broker(settings, authority))
    return checks


def clock(data: Path, now: int) -> list[Check]:
    """Whether the network keeps this clock, and how far it is from what well-timed machines say."""
    remedy = "systemd-timesyncd か chrony を動かしてください / run systemd-timesyncd or chrony"
    kept = asked("timedatectl", "show", "-p", "NTPSynchronized", "--value")
    if kept is None or kept not in ("yes", "no"):
        checks = [not_here("clock", "timedatectl")]
    elif kept == "no":
        checks = [warn("clock", "ネットワークの時刻に合っていません / not kept by the network", remedy)]
    else:
        checks = [well("clock", "ネットワークの時刻に合っています / kept right by the network")]
    apart = _apart(data, now)
    if apart is None:
        return [*checks, not_here("clock-of-units", "いま話している端末 / no machine is speaking now")]
    detail = f"端末との差 {apart:.0f}秒 / {apart:.0f} s from the machines"
    far = abs(apart) > APART_S
    return [*checks, warn("clock-of-units", detail, remedy) if far else well("clock-of-units", detail)]


def _apart(data: Path, now: int) -> float | None:
    """The server's clock minus the machines', the median of those heard just now that know the time."""
    found = Database(database_file(data))
    gaps = []
    with suppress(DataUnusable), found.read() as connection:
        for each in machines(connection):
            said = read_health(each)
            if said is None or each.heard_at is None or now - each.heard_at > SILENT_AFTER_S:
                continue
            if said.online and said.clock >= ClockQuality.NETWORK:
                gaps.append(each.heard_at - said.at_wall)
    found.close()
    return median(gaps) if gaps else None
