"""A document as the bytes that a printer, a page or a picture is made of."""

from __future__ import annotations

from functools import cache

from gatekeeper.printing.documents import Document
from gatekeeper.printing.escpos_dialect import EscposWriter
from gatekeeper.printing.painting import paint_slip
from gatekeeper.printing.pictures_as_dots import FindPicture, no_pictures
from gatekeeper.printing.printer_profiles import (
    EscposProfile,
    PaperProfile,
    PdfProfile,
    PictureProfile,
)
from gatekeeper.printing.slips import compose
from gatekeeper.wording.texts import Texts


def render(
    document: Document,
    profile: PaperProfile,
    *,
    copy: int = 0,
    find_picture: FindPicture = no_pictures,
) -> bytes:
    """Return a document's bytes.

    Args:
        document: The values.
        profile: What the printer understands, and the paper's language.
        copy: 0 for the first print; else it is marked as such a copy.
        find_picture: Finds what a ticket's design names; without one it is printed without.
    """
    texts = _texts(profile.language)
    match profile:
        case EscposProfile():
            return EscposWriter(profile, find_picture).write(compose(document, copy, texts))
        case PictureProfile():
            slip = compose(document, copy, texts)
            return paint_slip(
                slip,
                profile.dots,
                starts_right=texts.is_right_to_left,
                find_picture=find_picture,
            )
        case PdfProfile():
            from gatekeeper.printing.pdf_documents import write_pdf

            return write_pdf(document, copy, texts, profile.size, find_picture)


@cache
def _texts(language: str) -> Texts:
    return Texts(language)
