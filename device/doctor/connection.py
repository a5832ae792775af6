"""Checks of the way to the office: time, certificate, broker."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from device.link import LinkUnusable
from device.vitals import certificate_span
from device.wiring import broker_of
from rules.checkup.check import Check, fail, not_here, warn, well
from rules.checkup.days import days_left

if TYPE_CHECKING:
    from device.doctor.running import State
    from device.sections import Link

CONNECT_S = 5.0
WRONG_CLOCK = (
    "GPSの届く所か、ネットワークのある所に出してください / take it where GPS or a network gives the time"
)


def clock(state: State | None, network: float | None) -> Check:
    """Whether anything has told this machine the time. `network` is what the kernel has from it."""
    if state is not None:
        if state.told.clock_known:
            return well("clock", "時刻は合っています / the machine knows the time")
        return warn("clock", "まだ時刻が分かりません / nothing has told it the time yet", WRONG_CLOCK)
    if network is None:
        detail = "ネットワークの時刻に合っていません / the network does not keep this clock"
        return warn("clock", detail, WRONG_CLOCK)
    return well("clock", "ネットワークの時刻に合っています / kept right by the network")


def certificate(link: Link, now: int) -> Check:
    """How long the machine's certificate is good. A clock from before it began cannot say."""
    if link.certificate is None:
        return not_here("certificate", "パスワードで接続 / it connects by a password")
    span = certificate_span(link.certificate)
    if span is None:
        return fail(
            "certificate",
            f"{link.certificate} を読めません / {link.certificate} cannot be read",
            "端末の登録をやり直してください / enrol the machine again",
        )
    begins, ends = span
    if now < begins:
        detail = "時計が証明書の始まりより前です / the clock is from before the certificate began"
        return warn("certificate", detail, WRONG_CLOCK)
    remedy = (
        "時計を確かめ、ネットワークのある所で yukemuri-provision renew を実行してください / "
        "check the clock, then run yukemuri-provision renew where there is a network"
    )
    return days_left("certificate", ends, now, remedy)


def broker(link: Link, *, demo: bool) -> Check:
    """Whether the broker answers, over TLS, with a certificate of the village's own authority."""
    name, place = "broker", f"{link.host}:{link.port}"
    try:
        tls = broker_of(link).tls
        context = tls.context() if tls else None
        with socket.create_connection((link.host, link.port), CONNECT_S) as plain:
            if context is not None:
                with context.wrap_socket(plain, server_hostname=link.host) as sealed:
                    return well(name, f"{place} {sealed.version()}")
    except LinkUnusable as error:
        return fail(name, str(error), "端末の登録をやり直してください / enrol the machine again")
    except ssl.SSLCertVerificationError as error:
        return fail(
            name,
            f"{place} の証明書を信用できません / the certificate of {place} is not believed ({error.verify_message})",
            "link.host の名前、ca のファイル、時計を確かめてください / check link.host, the file of ca, and the clock",
        )
    except ssl.SSLError as error:
        return fail(
            name,
            f"{place} はTLSで話しません / {place} does not speak TLS ({error.reason})",
            "link.port が8883か確かめてください / check that link.port is 8883",
        )
    except OSError as error:
        return fail(
            name,
            f"{place} に届きません（{error.strerror or error}） / {place} cannot be reached",
            "電波のある所で、link.host と link.port、モデムを確かめてください / "
            "where there is a signal, check link.host, link.port and the modem",
        )
    detail = f"{place} は暗号化していません / {place} is not encrypted"
    if demo:
        return well(name, detail)
    remedy = "登録して ca、certificate、key を設定してください / enrol the machine, and set ca, certificate and key"
    return warn(name, detail, remedy)


def office(state: State) -> Check:
    """Whether the running machine has a link, by its own word."""
    if state.told.link_up:
        return well("office", "役場とつながっています / connected to the office")
    return warn(
        "office",
        state.told.link or "役場とつながっていません / not connected to the office",
        "電波のある所で待ってください。記録は消えません / wait where there is a signal; nothing is lost",
    )
