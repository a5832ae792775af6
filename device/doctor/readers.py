"""Checks of what reads codes, from the facts that it reported."""

from __future__ import annotations

from collections.abc import Mapping

from device.doctor.witness import Seen
from rules.checkup.check import Check, fail, not_here, warn, well

NOTHING = Seen(0, 0.0)


def camera(facts: Mapping[str, Seen], *, is_set: bool) -> Check:
    """Whether pictures come and codes can be read."""
    if not is_set:
        return not_here(
            "camera", "[camera] と [scanner] の設定 / no [camera] and no [scanner] in the settings"
        )
    state, codes = facts.get("CameraState"), facts.get("CodeSeen", NOTHING)
    if state is None:
        return fail(
            "camera",
            "カメラは何も言いません / the camera has said nothing",
            "カメラの線と、camera.source の設定を確かめてください / check its cable and camera.source",
        )
    if state.problem:
        remedy = "線を差し直し、camera.source を確かめてください / plug it in again, and check camera.source"
        return fail("camera", state.problem, remedy)
    if state.note:
        return warn("camera", state.note, "レンズを拭いてください / wipe the lens")
    return well(
        "camera",
        f"画像が届いています。読んだ回数 {codes.times:,} / pictures come; codes read {codes.times:,} times",
    )
