"""Which camera is meant by what an operator writes: `auto`, `none`, a number or an address."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Final

AUTO: Final = "auto"
NONE: Final = "none"


def find_cameras(wanted: str) -> list[int | str]:
    """Return what OpenCV may open now, numbers or an address, the first choice first.

    Args:
        wanted: `auto` for whichever cameras the system shows, `none`, a number, or the address of
            a stream.
    """
    if wanted == NONE:
        return []
    if wanted != AUTO:
        return [int(wanted) if wanted.isascii() and wanted.isdigit() else wanted]
    if platform.system() != "Linux":
        return []
    from gatekeeper.readers.video_devices import list_cameras  # Linux alone has its ioctls

    return [*list_cameras(Path("/dev"))]
