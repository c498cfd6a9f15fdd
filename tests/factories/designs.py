"""Designs of tickets with pictures, as an office keeps them."""

from __future__ import annotations

import io
from functools import cache

import msgspec
from PIL import Image

from server.ticket_design.picture import ReadPicture
from server.ticket_design.picture_reading import read_picture
from shared.manifest.ticket_design import PictureMark, TicketDesign
from tests.factories.sent_pictures import make_photograph

NOTE = "No re-entry after 22:00.\nلا عودة بعد الساعة العاشرة.\nTerms: example.org/terms"


@cache
def logo() -> ReadPicture:
    """Return a logo of few colours, which is kept as PNG."""
    dots = Image.new("RGB", (300, 120), (255, 255, 255))
    dots.paste((122, 31, 92), (10, 10, 110, 110))
    dots.paste((12, 74, 110), (130, 40, 290, 80))
    file = io.BytesIO()
    dots.save(file, "PNG")
    return read_picture(file.getvalue())


@cache
def band() -> ReadPicture:
    """Return a photograph, which is kept as JPEG."""
    return read_picture(make_photograph((900, 400)))


def mark(picture: ReadPicture) -> PictureMark:
    """Return by what a design names a picture."""
    return PictureMark(picture.digest, picture.width, picture.height, len(picture.body))


def pictures() -> dict[str, bytes]:
    """Return the pictures by their digests."""
    return {one.digest: one.body for one in (logo(), band())}


def make_design(**changes: object) -> TicketDesign:
    """Return a design with all that may be chosen."""
    design = TicketDesign(accent="#7a1f5c", logo=mark(logo()), band=mark(band()), note=NOTE)
    return msgspec.structs.replace(design, **changes)
