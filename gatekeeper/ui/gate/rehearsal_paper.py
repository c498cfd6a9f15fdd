"""A rehearsal's page for paper: a title, the verdict, lines; as PDF."""

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
from gatekeeper.wording.times import spell_stamp

_DOTS_PER_INCH: Final = 96
_MARGIN_MM: Final = 18


def name_paper(at: datetime) -> str:
    """Return the name of the file that a rehearsal's page is kept in.

    Args:
        at: When it was, as the venue's clocks show it.
    """
    return f"rehearsal-{at:%Y%m%d-%H%M%S}.pdf"


def draw_paper(gate: str, at: datetime, said: str, rows: Sequence[Row]) -> bytes:
    """Return a page of A4 as PDF.

    Args:
        gate: Where it was, by name.
        at: When, as the venue's clocks show it.
        said: The verdict, in large letters.
        rows: The lines.
    """
    title = TEXTS.beside(TEXTS.say("rehearsal.title"), spell_stamp(at), gate)
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
    document.setHtml(_markup(title, said, rows))
    document.print_(writer)
    # The writer ends the file when it goes.
    del writer
    buffer.close()
    return bytes(content.data())


def _markup(title: str, said: str, rows: Sequence[Row]) -> str:
    direction = "rtl" if TEXTS.is_right_to_left else "ltr"
    lines = "".join(_line(row) for row in rows)
    band = (
        "<table width='100%' cellpadding='6'><tr><td bgcolor='#FFCE3D' align='center'>"
        f"<b>/// {html.escape(TEXTS.say('rehearsal.stripes'))} ///</b></td></tr></table>"
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
