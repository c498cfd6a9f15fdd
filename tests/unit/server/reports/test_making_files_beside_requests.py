"""Reports are drawn one after the other, in no thread that all else shares."""

from __future__ import annotations

import asyncio

from server.reports.csv_xlsx_and_pdf_files import write_xlsx
from server.reports.making_files_beside_requests import drawn
from server.reports.report_cells import Printed

MANY = 20
"""More than there are threads for whatever else takes a moment."""
REPORT = Printed(title="Fair", about="EUR", made_at="", currency="EUR", tables=[])


async def test_many_reports_at_once_keep_nothing_else_waiting() -> None:
    """A password that is checked meanwhile, say, has its thread before the last is drawn."""
    drawing = [asyncio.ensure_future(drawn("og_many", write_xlsx, REPORT)) for _ in range(MANY)]
    await asyncio.sleep(0)
    await asyncio.to_thread(int)
    assert sum(one.done() for one in drawing) < MANY / 2
    assert all(await asyncio.gather(*drawing))


async def test_many_reports_of_one_organization_keep_nobody_else_s_waiting() -> None:
    """Somebody asked for thirty that take ten seconds each: the next organization had none."""
    drawn_for: list[str] = []

    async def ask(org: str) -> None:
        await drawn(org, write_xlsx, REPORT)
        drawn_for.append(org)

    many = [asyncio.ensure_future(ask("og_many")) for _ in range(MANY)]
    await asyncio.sleep(0)
    await ask("og_few")
    assert drawn_for.count("og_many") <= 2
    await asyncio.gather(*many)
