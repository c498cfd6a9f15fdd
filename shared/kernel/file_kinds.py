"""What a file is that ought to be text in UTF-8, told by how it begins: what to do with it. Pure.

Who is told "byte 8b is no UTF-8" of a packed file would save it anew, and have it refused again.
"""

from __future__ import annotations

from typing import Final

UTF8_MARK: Final = b"\xef\xbb\xbf"
"""Some editors put a byte order mark in front."""

_LOOKED_AT: Final = 512
_BLANKS: Final = b" \t\r\n"
_PACKED: Final = "a packed file ({}): unpack it first"
_PICTURE: Final = "a picture"
_PAGE: Final = "a page of the web, perhaps one to sign in: fetch the file again"
_WIDE: Final = "written in UTF-16 or UTF-32; save it as UTF-8"
_BEGINNINGS: Final = {
    b"\x1f\x8b": _PACKED.format("gzip"),
    b"BZh": _PACKED.format("bzip2"),
    b"\xfd7zXZ\0": _PACKED.format("xz"),
    b"7z\xbc\xaf": _PACKED.format("7z"),
    b"Rar!": _PACKED.format("rar"),
    b"\x28\xb5\x2f\xfd": _PACKED.format("zstd"),
    b"PK\x03\x04": "an archive (ZIP) or an office document: take the file out of it, or save it as"
    " text",
    b"PK\x05\x06": "an archive (ZIP) with nothing in it",
    b"\xd0\xcf\x11\xe0": "an office document of an old kind: save it as text",
    b"%PDF": "a PDF",
    b"\x89PNG": _PICTURE,
    b"\xff\xd8\xff": _PICTURE,
    b"GIF8": _PICTURE,
    b"SQLite format 3\0": "a database (SQLite)",
}
_TAGGED: Final = (b"<!doctype", b"<html", b"<head", b"<body", b"<table", b"<meta", b"<?xml")


def name_other_kind(content: bytes) -> str | None:
    """Say what a file is instead of text in UTF-8, and what to do; None if it may be text.

    Args:
        content: The file, or its first bytes; a byte order mark of UTF-8 may stand in front.
    """
    begun = content[:_LOOKED_AT].removeprefix(UTF8_MARK)
    if not content.removeprefix(UTF8_MARK).strip(_BLANKS):
        return "empty: nothing was written to it"
    if not begun.strip(b"\0"):
        return "nothing but zeros: the disk has lost what was in it; take another copy"
    for magic, said in _BEGINNINGS.items():
        if begun.startswith(magic):
            return said
    if begun.startswith((b"\xff\xfe", b"\xfe\xff")) or 0 in begun[:2]:
        return _WIDE
    if begun.lstrip(_BLANKS).lower().startswith(_TAGGED):
        return _PAGE
    return None
