"""Pictures of tickets: looked up by what is in them, and turned to dots of black and white."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image

from gatekeeper.printing.letters_as_dots import Canvas

FindPicture = Callable[[str], bytes | None]
"""Gives a picture's bytes by their SHA-256 in hex; None where this machine has none."""

_DOTS_MAX: Final = 4_000_000
"""The server keeps none larger; whatever lies on a disk is unpacked no further."""
_FORMS: Final = ("PNG", "JPEG")


def no_pictures(_digest: str) -> bytes | None:
    """Find none: tickets are printed without."""
    return None


def sound_picture(find: FindPicture, digest: str) -> bytes | None:
    """Return a picture that is what it is called by, or None: paper never waits for one."""
    found = find(digest)
    if found is None or hashlib.sha256(found).hexdigest() != digest:
        return None
    return found


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Return a picture's dots across and down; None where it cannot be drawn."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMS) as opened:
            if opened.width * opened.height > _DOTS_MAX:
                return None
            opened.load()
            return opened.size
    except (OSError, ValueError, SyntaxError):
        return None


def paint_picture(content: bytes, width: int, height: int) -> Canvas | None:
    """Return a picture as dots, 255 where there is ink; None if it cannot be drawn.

    Args:
        content: PNG or JPEG.
        width: The most dots across; the picture fills it or the height.
        height: The most rows.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMS) as opened:
            if opened.width * opened.height > _DOTS_MAX:
                return None
            share = min(width / opened.width, height / opened.height)
            size = (max(1, int(opened.width * share)), max(1, int(opened.height * share)))
            grey = opened.convert("L").resize(size, Image.Resampling.LANCZOS)
    except (OSError, ValueError, SyntaxError):
        return None
    return np.asarray(255 - np.asarray(grey.convert("1"), dtype=np.uint8) * 255, dtype=np.uint8)
