"""What is no text is called what it is."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from io import BytesIO

import pytest

from shared.kernel.file_kinds import name_other_kind

TEXT = '[{"id": "é"}]'


def _zipped(*names: str) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), TEXT)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (bytes(4096), "zeros"),
        (gzip.compress(TEXT.encode(), mtime=1), "gzip"),
        (gzip.compress(TEXT.encode(), mtime=0), "gzip"),
        (bz2.compress(TEXT.encode()), "bzip2"),
        (lzma.compress(TEXT.encode()), "xz"),
        (_zipped("cases.json"), "ZIP"),
        (_zipped(), "ZIP"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "picture"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office document"),
        (b"SQLite format 3\0", "database"),
        (b"\n <!DOCTYPE html><title>Sign in</title>", "sign in"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>', "page of the web"),
        *((TEXT.encode(form), "UTF-16") for form in ("utf-16", "utf-16-le", "utf-16-be")),
        *((TEXT.encode(form), "UTF-32") for form in ("utf-32", "utf-32-le", "utf-32-be")),
    ],
)
def test_what_is_no_text_is_called_what_it_is(content: bytes, said: str) -> None:
    """Also where it is packed with a time of zeros, which is no UTF-16."""
    assert said in (name_other_kind(content) or "")


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        b"<3;a\n",
        b"code\n1\n",
        TEXT.encode("cp1252"),
    ],
)
def test_text_is_left_to_who_reads_it(content: bytes) -> None:
    """Nothing is said of what only its own reader can judge."""
    assert name_other_kind(content) is None
