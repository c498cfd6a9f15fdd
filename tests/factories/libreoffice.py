"""The spreadsheet program of an organizer's bookkeeper, which opens what we export."""

from __future__ import annotations

import asyncio
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Final

PROGRAM: Final = "soffice"
"""`make setup` brings it on Debian and Ubuntu: libreoffice-calc-nogui."""


@functools.cache
def _home() -> tempfile.TemporaryDirectory[str]:
    """Return this test process's own settings of LibreOffice: making them costs a second."""
    return tempfile.TemporaryDirectory(prefix="gatekeeper-office-")


async def open_and_save(table: Path) -> bytes:
    """Let LibreOffice open a table and save it in its own form, and that again as XLSX.

    Args:
        table: The file that was exported: XLSX, or CSV.

    Returns:
        The bytes of the XLSX that LibreOffice has written.
    """
    place = table.parent / "opened"
    for form, source in (("ods", table), ("xlsx", place / f"{table.stem}.ods")):
        words = ["--headless", "--convert-to", form, "--outdir", str(place), str(source)]
        home = f"-env:UserInstallation=file://{_home().name}"
        process = await asyncio.create_subprocess_exec(
            shutil.which(PROGRAM) or PROGRAM, home, *words, stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0, f"LibreOffice does not open {source.name}"
    return (place / f"{table.stem}.xlsx").read_bytes()
