"""Reports are drawn one after the other, in no thread that all else shares."""

from __future__ import annotations

import asyncio

from server.reports.csv_xlsx_and_pdf_files import write_xlsx
from server.reports.making_files_beside_requests import drawn
from server.reports.report_cells import Printed

MANY = 20
"""More than there are threads for whatever else takes a moment."""


async def test_many_reports_at_once_keep_nothing_else_waiting() -> None:
    """A password that is checked meanwhile, say, has its thread before the last is drawn."""
    report = Printed(title="Fair", about="EUR", made_at="", currency="EUR", tables=[])
    drawing = [asyncio.ensure_future(drawn(write_xlsx, report)) for _ in range(MANY)]
    await asyncio.sleep(0)
    await asyncio.to_thread(int)
    assert sum(one.done() for one in drawing) < MANY / 2
    assert all(await asyncio.gather(*drawing))
