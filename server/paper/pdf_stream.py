"""A PDF that is written page by page: what a page is made of is forgotten once it is sent.

Fonts come last, cut down to the glyphs that were drawn; so does the number of pages, which every
page shows by one shared drawing. Only the places of the pages stay in memory.
"""

from __future__ import annotations

import hashlib
import zlib
from array import array
from collections.abc import Iterable, Sequence
from typing import Final

from server.paper.lettering import LetteredLine, Run, cut_font, open_font, shape
from server.paper.pdf_pictures import picture_stream

POINT: Final = 72 / 25.4
"""Points of a millimetre."""
PAGE: Final = (210.0, 297.0)
_CATALOG, _PAGES, _RESOURCES, _TOTAL, _INFO, _FIRST_FREE = 1, 2, 3, 4, 5, 6
_TOTAL_SIZE: Final = 8.0
_OBJECTS_OF_FONT: Final = 5
_NOTHING: Final = "\u200b"
"""What a mark stands for that is drawn beside the glyph which says all of its letters."""


class PdfSheet:
    """One page's drawing: texts, lines and boxes at places in millimetres from its top left."""

    def __init__(
        self,
        names: dict[str, str],
        glyphs: dict[str, dict[int, str]],
        size: tuple[float, float] = PAGE,
    ) -> None:
        """Share the document's fonts and the glyphs that were drawn in each."""
        self._names, self._glyphs, self.size = names, glyphs, size
        self._height = size[1]
        self._parts: list[str] = []

    def put(self, line: LetteredLine, x: float, baseline: float, size: float) -> None:
        """Draw a line of text with its left end at a place; `size` is in points."""
        left = x * POINT
        down = (self._height - baseline) * POINT
        self._parts.append("BT")
        for run in line.runs:
            self._parts.append(f"/{self._name(run.font)} {size:g} Tf")
            self._draw(run, left, down, size)
            left += run.width * size
        self._parts.append("ET")

    def _name(self, font: str) -> str:
        if font not in self._names:
            self._names[font] = f"F{len(self._names)}"
            self._glyphs[font] = {}
        return self._names[font]

    def _draw(self, run: Run, left: float, down: float, size: float) -> None:
        known = self._glyphs[run.font]
        for glyph in run.glyphs:
            if not known.get(glyph.number):
                known[glyph.number] = glyph.text
        if not any(glyph.x or glyph.y for glyph in run.glyphs):
            codes = "".join(f"{glyph.number:04x}" for glyph in run.glyphs)
            self._parts.append(f"1 0 0 1 {left:.2f} {down:.2f} Tm <{codes}> Tj")
            return
        for glyph in run.glyphs:
            x, y = left + glyph.x * size, down + glyph.y * size
            self._parts.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm <{glyph.number:04x}> Tj")
            left += glyph.advance * size

    def rule(self, x: float, y: float, width: float, *, thickness: float = 0.2) -> None:
        """Draw a line across."""
        down, left = (self._height - y) * POINT, x * POINT
        self._parts.append(
            f"{thickness * POINT:.2f} w {left:.2f} {down:.2f} m {left + width * POINT:.2f}"
            f" {down:.2f} l S"
        )

    def box(
        self, x: float, y: float, width: float, height: float, *, is_filled: bool = False
    ) -> None:
        """Draw a rectangle from its top left corner."""
        left, low = x * POINT, (self._height - y - height) * POINT
        paint = "B" if is_filled else "S"
        self._parts.append(
            f"{0.25 * POINT:.2f} w {left:.2f} {low:.2f} {width * POINT:.2f}"
            f" {height * POINT:.2f} re {paint}"
        )

    def upright(self, x: float, y: float, height: float, *, thickness: float = 0.2) -> None:
        """Draw a line down."""
        low, left = (self._height - y - height) * POINT, x * POINT
        self._parts.append(
            f"{thickness * POINT:.2f} w {left:.2f} {low:.2f} m {left:.2f}"
            f" {low + height * POINT:.2f} l S"
        )

    def fill(self, boxes: Iterable[tuple[float, float, float, float]]) -> None:
        """Fill rectangles, each by left, top, width and height, as one shape."""
        drawn = [
            f"{x * POINT:.3f} {(self._height - y - height) * POINT:.3f} {width * POINT:.3f}"
            f" {height * POINT:.3f} re"
            for x, y, width, height in boxes
        ]
        if drawn:
            self._parts.append("\n".join([*drawn, "f"]))

    def ink(self, red: int, green: int, blue: int) -> None:
        """Draw texts and fillings in a colour from now on, each part 0 to 255."""
        parts = " ".join(f"{part / 255:.3f}" for part in (red, green, blue))
        self._parts.append(f"{parts} rg")

    def dash(self, length: float) -> None:
        """Draw lines dashed from now on; 0 for whole ones."""
        self._parts.append(f"[{length * POINT:.2f}] 0 d" if length else "[] 0 d")

    def picture(
        self, name: str, box: Sequence[float], place: tuple[float, float, float, float]
    ) -> None:
        """Draw a picture of the document's at a place, cut to a box; both as left, top, size."""
        clip, drawn = (
            (
                left * POINT,
                (self._height - top - height) * POINT,
                width * POINT,
                height * POINT,
            )
            for left, top, width, height in (box, place)
        )
        self._parts.append(
            f"q {clip[0]:.2f} {clip[1]:.2f} {clip[2]:.2f} {clip[3]:.2f} re W n"
            f" {drawn[2]:.2f} 0 0 {drawn[3]:.2f} {drawn[0]:.2f} {drawn[1]:.2f} cm /{name} Do Q"
        )

    def put_total(self, x: float, baseline: float) -> None:
        """Draw how many pages there are in all, which is known at the end."""
        left, down = x * POINT, (self._height - baseline) * POINT
        self._parts.append(f"q 1 0 0 1 {left:.2f} {down:.2f} cm /Total Do Q")

    def content(self) -> bytes:
        """Return what was drawn."""
        return "\n".join(self._parts).encode("ascii")


class PdfStream:
    """Writes one document; each call returns the bytes that follow.

    Args:
        title: As a viewer's window shows it.
        language: Of the texts, such as `de`.
    """

    def __init__(self, title: str, language: str) -> None:
        self._title, self._language = title, language
        self._names: dict[str, str] = {}
        self._glyphs: dict[str, dict[int, str]] = {}
        self._sent = 0
        self._offsets = array("Q", bytes(8 * _FIRST_FREE))
        self._pages = array("L")
        self._pictures: dict[str, bytes] = {}

    @property
    def page_count(self) -> int:
        """How many pages were written."""
        return len(self._pages)

    def begin(self) -> bytes:
        """Return how a PDF begins."""
        return self._send(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def new_sheet(self, size: tuple[float, float] = PAGE) -> PdfSheet:
        """Return an empty page of a size in millimetres; it is nothing before `page`."""
        return PdfSheet(self._names, self._glyphs, size)

    def name_picture(self, content: bytes) -> str:
        """Return by which name sheets draw a picture; it is in the document once."""
        name = f"I{hashlib.sha256(content).hexdigest()[:16]}"
        self._pictures[name] = content
        return name

    def page(self, sheet: PdfSheet) -> bytes:
        """Write a page."""
        number = len(self._offsets)
        parts = [self._stream(number, sheet.content())]
        size = " ".join(f"{side * POINT:.2f}" for side in sheet.size)
        fields = (
            f"/Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {size}]"
            f" /Resources {_RESOURCES} 0 R /Contents {number} 0 R"
        )
        self._pages.append(number + 1)
        parts.append(self._object(number + 1, fields))
        return b"".join(parts)

    def comment(self, text: str) -> bytes:
        """Write what no viewer shows; whoever fetches the file may read it."""
        return self._send(f"%{text}\n".encode("ascii"))

    def end(self) -> bytes:
        """Write fonts, the number of pages and where everything is."""
        total = shape(f"{self.page_count}")
        last = PdfSheet(self._names, self._glyphs)
        last.put(total, 0, PAGE[1], _TOTAL_SIZE)
        box = f"0 -4 {total.width * _TOTAL_SIZE + 4:.2f} 12"
        fields = f"/Type /XObject /Subtype /Form /BBox [{box}] /Resources {_RESOURCES} 0 R"
        parts = [self._stream(_TOTAL, last.content(), fields)]
        named = [
            f"/{self._names[font]} {self._font(font, glyphs, parts)} 0 R"
            for font, glyphs in self._glyphs.items()
        ]
        drawn = [f"/Total {_TOTAL} 0 R"]
        for name, content in self._pictures.items():
            number = len(self._offsets)
            fields, data = picture_stream(content)
            self._place(number)
            parts.append(self._raw(number, fields, data))
            drawn.append(f"/{name} {number} 0 R")
        fonts = f"/Font << {' '.join(named)} >> /XObject << {' '.join(drawn)} >>"
        parts.append(self._object(_RESOURCES, fonts))
        kids = " ".join(f"{number} 0 R" for number in self._pages)
        count = len(self._pages)
        parts.append(self._object(_PAGES, f"/Type /Pages /Count {count} /Kids [{kids}]"))
        parts.append(self._object(_INFO, f"/Title {_text(self._title)} /Producer (Gatekeeper)"))
        root = f"/Type /Catalog /Pages {_PAGES} 0 R /Lang ({self._language})"
        parts.append(self._object(_CATALOG, root))
        where = self._sent
        places = "".join(f"{offset:010} 00000 n \n" for offset in self._offsets[1:])
        size = len(self._offsets)
        tail = (
            f"xref\n0 {size}\n0000000000 65535 f \n{places}trailer\n"
            f"<< /Size {size} /Root {_CATALOG} 0 R /Info {_INFO} 0 R >>\n"
            f"startxref\n{where}\n%%EOF\n"
        )
        return b"".join(parts) + tail.encode("ascii")

    def _send(self, data: bytes) -> bytes:
        self._sent += len(data)
        return data

    def _place(self, number: int) -> None:
        while len(self._offsets) <= number:
            self._offsets.append(0)
        self._offsets[number] = self._sent

    def _object(self, number: int, fields: str) -> bytes:
        self._place(number)
        return self._send(f"{number} 0 obj\n<< {fields} >>\nendobj\n".encode("latin-1"))

    def _stream(self, number: int, data: bytes, fields: str = "") -> bytes:
        self._place(number)
        return self._raw(number, f"{fields} /Filter /FlateDecode", zlib.compress(data, 6))

    def _raw(self, number: int, fields: str, data: bytes) -> bytes:
        head = f"{number} 0 obj\n<< {fields} /Length {len(data)} >>\nstream\n"
        return self._send(head.encode("latin-1") + data + b"\nendstream\nendobj\n")

    def _font(self, font: str, glyphs: dict[int, str], parts: list[bytes]) -> int:
        """Write a font with the glyphs that were drawn; return its object's number."""
        first = len(self._offsets)
        file, words, descriptor, child, whole = range(first, first + _OBJECTS_OF_FONT)
        cut = cut_font(font, glyphs)
        name = f"GKLIST+{font}"
        opened = open_font(font)
        em = opened.face.upem
        extents = opened.get_font_extents("ltr")
        up, under = extents.ascender * 1000 // em, extents.descender * 1000 // em
        widths = " ".join(
            f"{number} [{opened.get_glyph_h_advance(number) * 1000 / em:.0f}]"
            for number in sorted(glyphs)
        )
        parts += [
            self._stream(file, cut, f"/Length1 {len(cut)}"),
            self._stream(words, _to_unicode(glyphs)),
            self._object(
                descriptor,
                f"/Type /FontDescriptor /FontName /{name} /Flags 32 /FontBBox [-1000 {under} 2000"
                f" {up}] /ItalicAngle 0 /Ascent {up} /Descent {under} /CapHeight {up} /StemV 80"
                f" /FontFile2 {file} 0 R",
            ),
            self._object(
                child,
                f"/Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDSystemInfo"
                " << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
                f" /FontDescriptor {descriptor} 0 R /CIDToGIDMap /Identity /W [{widths}]",
            ),
            self._object(
                whole,
                f"/Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H"
                f" /DescendantFonts [{child} 0 R] /ToUnicode {words} 0 R",
            ),
        ]
        return whole


def _text(text: str) -> str:
    written = b"\xfe\xff" + text.encode("utf-16-be", "replace")
    return f"<{written.hex()}>"


def _to_unicode(glyphs: dict[int, str]) -> bytes:
    """Say which letters each glyph stands for, so that a reader finds and copies texts."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <ffff> endcodespacerange",
    ]
    known = [(number, text or _NOTHING) for number, text in sorted(glyphs.items())]
    for at in range(0, len(known), 100):
        some = known[at : at + 100]
        lines.append(f"{len(some)} beginbfchar")
        lines += [f"<{number:04x}> <{text.encode('utf-16-be').hex()}>" for number, text in some]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")
