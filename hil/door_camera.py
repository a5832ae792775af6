"""`--camera`: which camera is the door of the demo's bus, and whether it is there."""

from __future__ import annotations

import os
from pathlib import Path

from device.reader.source import SourceKind, parse_source
from device.reader.usb import usb_cameras


class NoCamera(Exception):
    """The camera that was asked for is not there, or may not be opened. The text says what to do."""


def find_camera(wanted: str) -> str:
    """The bus's setting for `wanted`: a number, the place among the USB cameras, or a setting. Raises NoCamera."""
    setting = f"camera:{wanted}" if wanted.isdigit() else wanted
    try:
        source = parse_source(setting)
    except ValueError as error:
        raise NoCamera(str(error)) from error
    if source.kind is SourceKind.CAMERA:
        _look_at(_node(source.target))
    if source.kind is SourceKind.FILE and not Path(source.target).is_file():
        raise NoCamera(
            f"{source.target} がありません。動画か写真の場所を確かめてください。 / "
            f"{source.target} does not exist: check where the film or picture is."
        )
    return setting


def _node(target: str) -> str:
    if not target.isdigit():
        return target
    cameras, place = usb_cameras(), int(target)
    if place < len(cameras):
        return cameras[place]
    there = (
        "、".join(f"{number}: {node}" for number, node in enumerate(cameras)) or "USBカメラは一台もありません"
    )
    there_en = ", ".join(f"{number}: {node}" for number, node in enumerate(cameras)) or "no USB camera at all"
    raise NoCamera(
        f"カメラ {target} がありません（{there}）。USBに差して、もう一度実行してください。 / "
        f"There is no camera {target} ({there_en}): plug it in and run this again."
    )


def _look_at(node: str) -> None:
    if not Path(node).exists():
        raise NoCamera(
            f"{node} がありません。カメラを差して、ls /dev/v4l/by-id で名前を確かめてください。 / "
            f"{node} does not exist: plug the camera in and look up its name with ls /dev/v4l/by-id."
        )
    if not os.access(node, os.R_OK | os.W_OK):
        raise NoCamera(
            f"{node} を開く権限がありません。sudo usermod -aG video $USER のあと、ログインし直してください。 / "
            f"{node} may not be opened: run sudo usermod -aG video $USER and log in again."
        )
