"""How one device is set: kept in its folder, changed by a supervisor, the same after a restart."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.kernel.undecodable import UNDECODABLE

TEXT_PERCENTS: Final = (80, 90, 100, 110, 125, 150, 175, 200)
VOLUME_PERCENTS: Final = (0, 20, 40, 60, 80, 100)
"""From which a supervisor chooses; a volume of 0 is silent."""

SETTINGS_VERSION: Final = 1


class DeviceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept; anything else that a file says is dropped.

    Attributes:
        v: `SETTINGS_VERSION`.
        language: A code, such as `de`; "" is the system's.
        theme: `dark`, `light` or `contrast`.
        text_percent: How large texts are, of the design's size.
        volume_percent: 0 is silent.
        is_self_service: A turnstile without staff.
        direction: `in` or `out`; "" is the gate's own.
    """

    v: int = SETTINGS_VERSION
    language: str = ""
    theme: str = "dark"
    text_percent: int = 100
    volume_percent: int = 80
    is_self_service: bool = False
    direction: str = ""


def encode_settings(settings: DeviceSettings) -> bytes:
    """Encode settings for the disk."""
    return msgspec.json.format(msgspec.json.encode(settings), indent=2) + b"\n"


def decode_settings(content: bytes | None) -> DeviceSettings:
    """Read settings back; damaged ones are the standard ones: a gate opens in any case."""
    if content is None:
        return DeviceSettings()
    try:
        found = msgspec.json.decode(content, type=DeviceSettings)
    except UNDECODABLE:
        return DeviceSettings()
    return msgspec.structs.replace(
        found,
        text_percent=_nearest(found.text_percent, TEXT_PERCENTS),
        volume_percent=_nearest(found.volume_percent, VOLUME_PERCENTS),
        direction=found.direction if found.direction in {"in", "out"} else "",
    )


def next_percent(value: int, by: int, steps: tuple[int, ...]) -> int:
    """Return the step above or below a value."""
    place = steps.index(_nearest(value, steps)) + by
    return steps[max(0, min(len(steps) - 1, place))]


def _nearest(value: int, steps: tuple[int, ...]) -> int:
    return min(steps, key=lambda step: abs(step - value))
