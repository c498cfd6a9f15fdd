"""A page for paper: a title, a verdict, lines; as PDF."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

from gatekeeper.presenters.page_items import Row
from gatekeeper.ui.widgets.window_fonts import font_families
from gatekeeper.wording.texts import TEXTS

_DOTS_PER_INCH: Final = 96
_MARGIN_MM: Final = 18


def name_paper(what: str, at: datetime) -> str:
    """Return the name of the file that a page is kept in.

    Args:
        what: Such as `rehearsal`.
        at: Of what it tells, as the venue's clocks show it.
    """
    return f"{what}-{at:%Y%m%d-%H%M%S}.pdf"


def draw_paper(title: str, said: str, rows: Sequence[Row], stripe: str) -> bytes:
    """Return a page of A4 as PDF.

    Args:
        title: Above all.
        said: The verdict, in large letters.
        rows: The lines.
        stripe: What the band at the top and the bottom says.
    """
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setResolution(_DOTS_PER_INCH)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    document = QTextDocument()
    families = ", ".join(f"'{name}'" for name in font_families())
    document.setDefaultStyleSheet(f"* {{ font-family: {families}; }}")
    document.setHtml(_markup(title, said, rows, stripe))
    document.print_(writer)
    # The writer ends the file when it goes.
    del writer
    buffer.close()
    return bytes(content.data())


def _markup(title: str, said: str, rows: Sequence[Row], stripe: str) -> str:
    direction = "rtl" if TEXTS.is_right_to_left else "ltr"
    lines = "".join(_line(row) for row in rows)
    band = (
        "<table width='100%' cellpadding='6'><tr><td bgcolor='#FFCE3D' align='center'>"
        f"<b>/// {html.escape(stripe)} ///</b></td></tr></table>"
    )
    return (
        f"<div dir='{direction}'>{band}<h2>{html.escape(title)}</h2>"
        f"<h1>{html.escape(said)}</h1>"
        f"<table width='100%' cellpadding='6'>{lines}</table>{band}</div>"
    )


def _line(row: Row) -> str:
    """Return a line of the table, whose columns Qt does not mirror by itself."""
    name, value = html.escape(row.name), html.escape(row.value)
    cells = [f"<td width='30%'>{name}</td>", f"<td width='70%'>{value}</td>"]
    return f"<tr>{''.join(reversed(cells) if TEXTS.is_right_to_left else cells)}</tr>"
