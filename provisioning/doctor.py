"""What the bench needs to make machines: tools, the authority, the backup, and one machine's keys."""

from __future__ import annotations

import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from cryptography import x509

from provisioning.backup.parcels import DATABASE
from provisioning.backup.state import read_state
from provisioning.broker import find_mosquitto
from provisioning.enrol import AUTHORITY, PAIR, SIGNING_KEY
from rules.checkup.check import Check, fail, not_here, warn, well
from rules.checkup.days import days_left
from rules.messages.backup import OLD_S

TOOL_S = 10.0
LEAST_PYTHON = (3, 11)
FOLDER = "authority"
"""Of the office's machines' authority, within its data folder."""
TOOLS = {
    "age": (
        "バックアップを手で開くとき / not installed, to open a backup by hand",
        "sudo apt-get install age",
    ),
    "mosquitto_passwd": (
        "パスワードの端末に / not installed, for machines by a password",
        "sudo apt-get install mosquitto",
    ),
}


def examine(data: Path | None, now: int) -> list[Check]:
    """The bench at Unix second `now`; with `data`, the office's or a machine's folder there too."""
    checks = [
        well("versions", f"{version('yukemuri')}（{_system()}）"),
        _mosquitto(),
        *(_tool(name) for name in TOOLS),
    ]
    if data is None:
        return [*checks, not_here("data-folder", "--data の指定 / no --data was given")]
    if not data.is_dir():
        remedy = "--data を確かめてください / check --data"
        return [*checks, fail("data-folder", f"{data} がありません / there is no {data}", remedy)]
    checks.append(_private(data))
    if (data / FOLDER).is_dir():
        return [*checks, *_authority(data, now), _backup(data, now)]
    if (data / DATABASE).exists():
        remedy = (
            "端末を証明書で登録するなら yukemuri-provision init を実行してください / "
            "for machines with certificates, run yukemuri-provision init"
        )
        detail = "役場のデータに端末の認証局がありません / the office here has no authority for machines"
        return [*checks, warn("authority", detail, remedy), _backup(data, now)]
    return [*checks, *_machine(data, now)]


def _system() -> str:
    return f"{platform.system()} {platform.release()}, Python {platform.python_version()}"


def _mosquitto() -> Check:
    program = find_mosquitto()
    remedy = "sudo apt-get install mosquitto"
    if program is None:
        return fail("mosquitto", "ありません / not installed", remedy)
    try:
        said = subprocess.run([program, "-h"], capture_output=True, text=True, timeout=TOOL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return fail("mosquitto", f"{program}: {error}", remedy)
    first = said.stdout.partition("\n")[0]
    return (
        well("mosquitto", first) if "version 2" in first else warn("mosquitto", first or str(program), remedy)
    )


def _tool(name: str) -> Check:
    what, remedy = TOOLS[name]
    found = shutil.which(name)
    return well(name, found) if found else warn(name, f"ありません：{what}", remedy)


def _private(data: Path) -> Check:
    if data.stat().st_mode & 0o077:
        detail = f"{data} をほかの利用者も読めます / others may read {data}"
        return warn("data-folder", detail, f"chmod 700 {data}")
    return well("data-folder", str(data))


def _authority(data: Path, now: int) -> list[Check]:
    """The intermediate, the server's certificate, and that the root's key is not here."""
    stick = (
        "ルートの鍵のUSBメモリで作り直してください / make it anew with the stick that holds the root's key"
    )
    checks = []
    for name in ("root", "intermediate", "server"):
        ends = _ends(data / FOLDER / f"{name}.pem")
        if ends is None:
            detail = f"{name}.pem を読めません / {name}.pem cannot be read"
            checks.append(fail(name, detail, "バックアップから復元してください / restore it from the backup"))
        else:
            checks.append(days_left(name, ends, now, stick))
    left = [file.name for file in data.rglob("*root.key")]
    if left:
        remedy = "USBメモリに移し、サーバーから消してください / move it to the stick, and delete it here"
        checks.append(fail("root-key", f"ルートの鍵がサーバーにあります / it lies here: {left[0]}", remedy))
    else:
        checks.append(well("root-key", "ここにはありません / not here, as it should be"))
    return checks


def _backup(data: Path, now: int) -> Check:
    remedy = "yukemuri-provision backup run を動かしてください / run yukemuri-provision backup run"
    state = read_state(data)
    if state is None:
        return warn("backup", "動いたことがありません / it has never run", remedy)
    if state.problem:
        return fail("backup", state.problem, remedy)
    hours = max(0, now - state.looked) // 3_600
    detail = f"{hours}時間前に見ました / it looked {hours} hours ago"
    return fail("backup", detail, remedy) if now - state.looked > OLD_S else well("backup", detail)


def _machine(data: Path, now: int) -> list[Check]:
    """A machine's own folder: its keys, and how long its certificate is good."""
    enrol = "yukemuri-provision enrol で登録してください / enrol it by yukemuri-provision enrol"
    checks = []
    missing = [name for name in (SIGNING_KEY, PAIR, AUTHORITY) if not (data / name).exists()]
    if missing:
        return [fail("machine", f"ありません / missing: {'、'.join(missing)}", enrol)]
    open_keys = [name for name in (SIGNING_KEY, PAIR) if (data / name).stat().st_mode & 0o077]
    if open_keys:
        detail = f"ほかの利用者も読めます / others may read: {'、'.join(open_keys)}"
        checks.append(fail("machine", detail, f"chmod 600 {data / open_keys[0]}"))
    else:
        checks.append(well("machine", "鍵があります / its keys are there"))
    ends = _ends(data / PAIR)
    if ends is None:
        return [*checks, fail("certificate", f"{PAIR} を読めません / {PAIR} cannot be read", enrol)]
    return [*checks, days_left("certificate", ends, now, "yukemuri-provision renew")]


def _ends(path: Path) -> int | None:
    try:
        return int(x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc.timestamp())
    except (OSError, ValueError):
        return None
