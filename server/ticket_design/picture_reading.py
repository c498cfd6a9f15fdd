"""Reads a picture that somebody sent, and writes it anew; nothing of what was sent is kept.

Only the dots go on: places, names, comments, colour tables, a second file behind the first one
end here. A file's own word of its size is read first, and nothing is unpacked beyond the limits.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from typing import Any, Final

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from server.ticket_design.picture import NoPicture, ReadPicture
from shared.field_limits import PICTURE_SENT_MAX
from shared.kernel.jpeg_passes import IN_STAGES, PASSES_MAX, count_passes

PICTURE_DOTS_MAX: Final = 25_000_000
"""Of a picture as it is sent; unpacked it takes four bytes each, several times at worst."""
PICTURE_SIDE_MIN: Final = 16
"""Dots of the shorter side as it is sent."""
PICTURE_STRETCH_MAX: Final = 20
"""So many times its shorter side is the longer one at most."""
PICTURE_SIDE_MAX: Final = 1_600
"""Dots of the longer side as it is kept: 180 mm at 225 dpi."""
PICTURE_KEPT_MAX: Final = 400_000
"""Bytes as it is kept: two of them reach each till."""

_FORMS: Final = ("PNG", "JPEG", "WEBP")
_SMOOTH: Final = Image.Resampling.LANCZOS
_LOGO_COLORS: Final = 256
"""A picture of at most so many colours is drawn, not photographed: it is kept without loss."""
_WHITE: Final = (255, 255, 255)
_JPEG_QUALITY: Final = (88, 76, 60)
_CHANNELS_MIN: Final = "RGBA"


def read_picture(sent: bytes) -> ReadPicture:
    """Read a PNG, JPEG or WebP and write it anew.

    Raises:
        NoPicture: if it is none, or beyond a limit.
    """
    if len(sent) > PICTURE_SENT_MAX:
        message = f"is larger than {PICTURE_SENT_MAX // 1_000_000} MB; make it smaller"
        raise NoPicture(message)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a picture's size: the limit here is lower
            dots = _decode(sent)
    except NoPicture:
        raise
    except UnidentifiedImageError:
        raise NoPicture("is no picture in PNG, JPEG or WebP") from None
    except Exception:  # noqa: BLE001 - decoders raise whatever a damaged file leads them to
        raise NoPicture("is damaged, or cut short; export it again") from None
    return _encode(dots)


def _decode(sent: bytes) -> Image.Image:
    with Image.open(io.BytesIO(sent), formats=_FORMS) as opened:
        width, height = opened.size
        if width * height > PICTURE_DOTS_MAX:
            most = PICTURE_DOTS_MAX // 1_000_000
            raise NoPicture(f"has {width} × {height} dots; at most {most} million are taken")
        if min(width, height) < PICTURE_SIDE_MIN:
            message = f"has {width} × {height} dots; each side needs {PICTURE_SIDE_MIN}"
            raise NoPicture(message)
        if max(width, height) > PICTURE_STRETCH_MAX * min(width, height):
            raise NoPicture("is too long for its width")
        if opened.format in IN_STAGES and count_passes(sent) > PASSES_MAX:
            raise NoPicture(f"is written in more than {PASSES_MAX} stages; export it again")
        side = PICTURE_SIDE_MAX
        if opened.format == "JPEG":
            opened.draft("RGB", (side, side))  # a photograph is unpacked no larger than needed
        opened.load()
        turned = opened.getexif().get(ExifTags.Base.Orientation)
        small = _in_colours(opened)
        # Whole it is there as seldom as can be: each further one of 25 million dots is 100 MB.
        small.thumbnail((side, side), _SMOOTH)
        if turned is not None:
            small.getexif()[ExifTags.Base.Orientation] = turned
            small = ImageOps.exif_transpose(small)
        return _on_white(small)


def _in_colours(found: Image.Image) -> Image.Image:
    """Return a picture in a form that can be made smaller; itself where it is in one."""
    if found.mode in {"I", "I;16", "I;16B", "I;16L", "F"}:
        # Grey of 16 bits: the library would cut bright dots off instead of scaling them.
        found = found.convert("I").point(lambda dot: dot * (1 / 257)).convert("L")
    if found.mode == _CHANNELS_MIN or (found.mode == "RGB" and "transparency" not in found.info):
        return found
    is_clear = "transparency" in found.info or found.mode in {"PA", "LA", "La", "RGBa"}
    return found.convert(_CHANNELS_MIN if is_clear else "RGB")


def _on_white(found: Image.Image) -> Image.Image:
    if found.mode != _CHANNELS_MIN:
        return found.convert("RGB")
    flat = Image.new("RGB", found.size, _WHITE)
    flat.paste(found, mask=found.getchannel("A"))
    return flat


def _encode(dots: Image.Image) -> ReadPicture:
    """Write a picture, smaller each time until it is small enough."""
    while True:
        colors = dots.getcolors(_LOGO_COLORS)
        tries: list[tuple[str, dict[str, Any]]] = [("png", {"optimize": True})] if colors else []
        tries += [("jpeg", {"quality": quality, "optimize": True}) for quality in _JPEG_QUALITY]
        for form, options in tries:
            file = io.BytesIO()
            Image.frombytes("RGB", dots.size, dots.tobytes()).save(file, form, **options)
            body = file.getvalue()
            if len(body) <= PICTURE_KEPT_MAX:
                width, height = dots.size
                digest = hashlib.sha256(body).hexdigest()
                return ReadPicture(form=form, width=width, height=height, body=body, digest=digest)
        dots = dots.resize((max(1, dots.width // 2), max(1, dots.height // 2)), _SMOOTH)
