"""Codes from image files, whatever is in them: a forwarded ticket, a photo, or nothing of use."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from gatekeeper.readers.decoder_libraries import ReadSymbol
from gatekeeper.readers.decoding import PICTURE_LOOK_MAX, decode_thoroughly
from gatekeeper.readers.picture_filters import as_grey
from gatekeeper.readers.qr_grid import Grey
from shared.kernel.errors import BadInput, Malformed
from shared.kernel.instant import Duration
from shared.kernel.jpeg_passes import IN_STAGES, PASSES_MAX, count_passes
from shared.kernel.ports import Clock
from shared.kernel.trouble import TroubleKind

FILE_SIZE_MAX: Final = 128 << 20  # bytes
PIXELS_MAX: Final = 64_000_000
"""Pixels that are held at once: each costs up to 12 bytes for a moment."""
JPEG_PIXELS_MAX: Final = 170_000_000
"""Pixels of a JPEG whose rows come one after the other, as cameras write them: it is read at a
half of its size. Pillow itself opens nothing above 178 million."""
EDGE_MAX: Final = 65_535
"""Pixels that the engines can count along a side."""
_FORMATS: Final = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
_VIEW_EDGE_MAX = 1600  # pixels of the views beside the grey one
_COLOUR_SPREAD_MIN = 12  # mean distance between a pixel's channels in a picture of some colour

# What Pillow raises for files that are cut off, damaged or made to hurt.
_DAMAGES: Final = (
    *(OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, OverflowError),
    *(MemoryError, struct.error, zlib.error, Image.DecompressionBombError),
)
_BEGINNINGS: Final = {
    b"%PDF": "a PDF: save or photograph the page with the code as a picture",
    b"<svg": "an SVG drawing: save it as a picture (PNG)",
    b"<?xm": "an SVG drawing or another document: save it as a picture (PNG)",
    b"PK\x03\x04": "an archive or a document: take the picture out of it",
}


def decode_file(
    path: Path, clock: Clock, *, budget: Duration = PICTURE_LOOK_MAX
) -> list[ReadSymbol]:
    """Read all codes in an image file.

    Args:
        path: PNG, JPEG, GIF (its first picture), BMP, WebP or TIFF.
        clock: Measures the effort.
        budget: When to stop looking for a first code, in µs.

    Returns:
        The codes; none if the picture shows none that can be read.

    Raises:
        BadInput: if the file is no picture of these kinds, damaged, or too large.
    """
    return decode_thoroughly(_views(_open(path)), clock, budget=budget)


def _open(path: Path) -> Image.Image:
    try:
        if not path.is_file():
            said = "no such file" if not path.exists() else "not a file"
            raise BadInput(said, kind=TroubleKind.CANNOT_OPEN)
        size = path.stat().st_size
        with path.open("rb") as file:
            beginning = file.read(16)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        said = f"cannot be opened: {reason or 'not a path'}"
        raise BadInput(said, kind=TroubleKind.CANNOT_OPEN) from None
    if size == 0:
        raise Malformed("the file is empty", kind=TroubleKind.PICTURE_DAMAGED)
    if size > FILE_SIZE_MAX:
        said = f"larger than {FILE_SIZE_MAX >> 20} MB: make it smaller"
        raise BadInput(said, kind=TroubleKind.PICTURE_TOO_LARGE)
    for magic, advice in _BEGINNINGS.items():
        if beginning.startswith(magic):
            raise Malformed(advice, kind=TroubleKind.NO_PICTURE)
    if beginning[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"}:
        said = "a HEIC or AVIF picture: save it as JPEG or PNG"
        raise Malformed(said, kind=TroubleKind.NO_PICTURE)
    try:
        with warnings.catch_warnings():
            # The size is judged below; what else Pillow warns of is damage that it got over.
            warnings.simplefilter("ignore")
            return _loaded(path)
    except BadInput:
        raise
    except UnidentifiedImageError:
        said = "not a picture (PNG, JPEG, GIF, BMP, WebP or TIFF)"
        raise Malformed(said, kind=TroubleKind.NO_PICTURE) from None
    except Image.DecompressionBombError:
        raise BadInput(_too_large(PIXELS_MAX), kind=TroubleKind.PICTURE_TOO_LARGE) from None
    except _DAMAGES:
        said = "the picture is cut off or damaged"
        raise Malformed(said, kind=TroubleKind.PICTURE_DAMAGED) from None


def _loaded(path: Path) -> Image.Image:
    """Load the first picture of a file, the right way up."""
    with Image.open(path, formats=_FORMATS) as picture:
        is_rows = picture.format == "JPEG" and "progressive" not in picture.info
        most = JPEG_PIXELS_MAX if is_rows else PIXELS_MAX
        if picture.width * picture.height > most or max(picture.size) > EDGE_MAX:
            raise BadInput(_too_large(most), kind=TroubleKind.PICTURE_TOO_LARGE)
        if picture.format in IN_STAGES and count_passes(path.read_bytes()) > PASSES_MAX:
            said = f"written in more than {PASSES_MAX} stages: save it as PNG"
            raise Malformed(said, kind=TroubleKind.PICTURE_DAMAGED)
        part = 1
        while picture.width * picture.height > PIXELS_MAX * part * part:
            part *= 2
        if part > 1:
            picture.draft(None, (picture.width // part, picture.height // part))
        picture.load()
        ImageOps.exif_transpose(picture, in_place=True)
        return picture


def _too_large(most: int) -> str:
    return (
        f"more than {most // 1_000_000} million pixels, or {EDGE_MAX} along a side: make it"
        " smaller"
    )


def _views(picture: Image.Image) -> Iterator[Grey]:
    """Show the picture in grey, and on demand in other ways."""
    for ground in ("white", "black") if _has_holes(picture) else ("white",):
        yield _grey(picture, ground)
    if picture.mode in {"1", "L", "I", "F", "LA", "La"} or picture.mode.startswith("I;"):
        return
    small = picture
    if max(picture.size) > _VIEW_EDGE_MAX:
        small = ImageOps.contain(picture, (_VIEW_EDGE_MAX, _VIEW_EDGE_MAX))
    channels: NDArray[Any] = np.asarray(_flat(small, "white"))
    least, most = channels.min(axis=2), channels.max(axis=2)
    if float((most - least).mean()) < _COLOUR_SPREAD_MIN:
        return
    yield as_grey(least)
    yield as_grey(most)
    for index in range(3):
        yield np.ascontiguousarray(as_grey(channels[:, :, index]))


def _has_holes(picture: Image.Image) -> bool:
    return "A" in picture.getbands() or "a" in picture.getbands() or "transparency" in picture.info


def _grey(picture: Image.Image, ground: str) -> Grey:
    if picture.mode in {"I", "F"} or picture.mode.startswith("I;16"):
        deep = np.asarray(picture, dtype=np.float32)
        deep = np.nan_to_num(deep, posinf=0.0, neginf=0.0)
        low, high = float(deep.min()), float(deep.max())
        return as_grey((deep - low) * (255.0 / max(high - low, 1.0)))
    return as_grey(np.asarray(_flat(picture, ground).convert("L")))


def _flat(picture: Image.Image, ground: str) -> Image.Image:
    """Return the picture in red, green and blue, on a ground where it is see-through."""
    if not _has_holes(picture):
        return picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")
    layered = picture.convert("RGBA")
    whole = Image.new("RGBA", layered.size, ground)
    whole.alpha_composite(layered)
    return whole.convert("RGB")
