"""Pictures as people send them: sound, and of every wrong kind."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from PIL import Image

Color = tuple[int, int, int]


def make_picture(
    color: Color = (122, 31, 92),
    size: tuple[int, int] = (64, 32),
    form: str = "PNG",
    **more: Any,
) -> bytes:
    """Return a picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, form, **more)
    return file.getvalue()


def make_photograph(size: tuple[int, int] = (640, 400)) -> bytes:
    """Return a JPEG of many colours."""
    wide, high = size
    dots = Image.linear_gradient("L").resize(size)
    file = io.BytesIO()
    merged = Image.merge("RGB", (dots, dots.rotate(180), dots.effect_spread(min(wide, high) // 4)))
    merged.save(file, "JPEG", quality=85)
    return file.getvalue()


def make_staged_picture(scans: int, size: tuple[int, int] = (64, 32)) -> bytes:
    """Return a JPEG whose last stage is said so many times: each goes over all of its dots."""
    plain = make_picture(size=size, form="JPEG", progressive=True)
    last = plain.rindex(b"\xff\xda")
    return plain[:last] + plain[last:-2] * scans + plain[-2:]


def in_base64(content: bytes) -> str:
    """Return bytes as they are sent."""
    return base64.b64encode(content).decode()


def picture_of(color: Color) -> str:
    """Return a picture of one colour as it is sent."""
    return in_base64(make_picture(color))


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a part of a PNG."""
    ends = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + ends


def png_of(width: int, height: int, packed: bytes, *before: bytes) -> bytes:
    """Return a PNG that says it is of a size, whatever is packed in it."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = head + b"".join(before) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """Yield what is to be refused, each with a name."""
    sound = make_photograph()
    bomb = zlib.compressobj(1)
    packed = b"".join(bomb.compress(bytes(90_001)) for _ in range(30)) + bomb.flush()
    yield "a bomb of 30,000 x 30,000 dots", png_of(30_000, 30_000, packed)
    yield "more dots than a number holds", png_of(0x7FFFFFFF, 0x7FFFFFFF, packed)
    yield "no dots at all", png_of(0, 0, b"")
    yield "one dot wide", make_picture(size=(1, 900))
    yield "a thread", make_picture(size=(16, 2_000))
    yield "a JPEG cut short", sound[: len(sound) // 3]
    yield "a JPEG that is unpacked a hundred times", make_staged_picture(100)
    yield "a PNG without its dots", png_of(64, 64, zlib.compress(b"too little"))
    yield "a PNG of nonsense", png_of(64, 64, b"nonsense")
    much = zlib.compress(bytes(90_000_000), 1)
    words = png_chunk(b"zTXt", b"Comment\0\0" + much)
    yield "a comment that unpacks to 90 MB", png_of(64, 64, zlib.compress(bytes(64 * 193)), words)
    profile = png_chunk(b"iCCP", b"x\0\0" + much)
    yield "a profile that unpacks to 90 MB", png_of(64, 64, b"x", profile)
    yield "only a PNG's first bytes", b"\x89PNG\r\n\x1a\n"
    yield "only a WebP's first bytes", b"RIFF\x24\x00\x00\x00WEBPVP8 "
    yield "a drawing with a script", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"
    yield "a GIF", make_picture(form="GIF")
    yield "a TIFF", make_picture(form="TIFF")
    yield "a BMP", make_picture(form="BMP")
    yield "a PDF", b"%PDF-1.7\n%%EOF"
    yield "PostScript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n"
    yield "a page", b"<!doctype html><img src=x onerror=alert(1)>"
    yield "nothing but zeros", bytes(4_096)
    yield "a path", b"../../../../etc/passwd"
