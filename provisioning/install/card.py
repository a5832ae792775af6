"""The card's first partition as Raspberry Pi OS makes it: what its two small files must say."""

from __future__ import annotations

import re

BOOKWORM, TRIXIE = "bookworm", "trixie"
PYTHONS = {BOOKWORM: "3.11", TRIXIE: "3.13"}
"""The Python of each system."""
_FIRST_RUN = (
    "systemd.run=/boot/firmware/yukemuri/firstrun.sh",
    "systemd.run_success_action=reboot",
    "systemd.unit=kernel-command-line.target",
)
_OURS = re.compile(
    r"console=(serial0|ttyAMA\d+|ttyS0)\b.*|systemd\.(run|run_success_action|unit)=.*|cfg80211\..*"
)
_RESIZES = re.compile(r"resize|init=/usr/lib/(raspberrypi-sys-mods/firstboot|raspi-config/init_resize\.sh)")
_MARK = "# --- yukemuri"
_CONFIG = f"""\
{_MARK}: what stands below is written by yukemuri-provision bundle
[all]
# GPIO 14 and 15 are a serial line for the receiver, and no console.
enable_uart=1
camera_auto_detect=1
dtparam=watchdog=on
[pi5]
# There, /dev/serial0 is the plug for debugging: the receiver's line is /dev/ttyAMA0.
dtparam=uart0=on
[all]
"""


def command_line(text: str, system: str) -> str:
    """`cmdline.txt`: no console on the serial line, no resizing that would take the records' place, Wi-Fi's country.

    Trixie starts the rest by cloud-init; Bookworm by systemd, once. Again, it changes nothing.
    """
    words = [word for word in text.split() if not _OURS.fullmatch(word) and not _RESIZES.fullmatch(word)]
    words.append("cfg80211.ieee80211_regdom=JP")
    return " ".join([*words, *(_FIRST_RUN if system == BOOKWORM else ())]) + "\n"


def board_config(text: str) -> str:
    """`config.txt`: serial line, camera and watchdog. Again, it changes nothing."""
    before = text.partition(_MARK)[0].rstrip("\n")
    return f"{before}\n\n{_CONFIG}"
