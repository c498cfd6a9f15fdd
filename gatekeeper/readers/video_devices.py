"""Which of Linux's video devices are cameras: others code films, or tell figures about frames.

Source:
    https://docs.kernel.org/userspace-api/media/v4l/vidioc-querycap.html
"""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path
from typing import Final

_QUERY: Final = 0x80685600
"""VIDIOC_QUERYCAP."""
_ANSWER_SIZE: Final = 104
_CAPABILITIES_AT: Final = 84
"""Of the whole device, and behind them of this node."""
_TELLS_OF_NODE: Final = 0x8000_0000
_CAPTURES: Final = 0x0000_1001
"""V4L2_CAP_VIDEO_CAPTURE, and the same in several planes."""


def list_cameras(devices: Path) -> list[int]:
    """Return the numbers of those that may be cameras, the lowest first."""
    names = (path.name.removeprefix("video") for path in devices.glob("video*"))
    numbers = sorted(int(name) for name in names if name.isdigit())
    return [number for number in numbers if _may_be_camera(devices / f"video{number}")]


def captures(answer: bytes) -> bool:
    """Tell from a device's answer whether it gives pictures."""
    whole, node = struct.unpack_from("=II", answer, _CAPABILITIES_AT)
    return bool((node if whole & _TELLS_OF_NODE else whole) & _CAPTURES)


def _may_be_camera(device: Path) -> bool:
    """Ask a device what it is; one that cannot be asked may be anything."""
    try:
        opened = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return True
    try:
        return captures(fcntl.ioctl(opened, _QUERY, bytes(_ANSWER_SIZE)))
    except OSError:
        return True
    finally:
        os.close(opened)
