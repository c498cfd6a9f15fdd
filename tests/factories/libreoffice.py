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


async def open_and_save(*tables: Path) -> list[bytes]:
    """Let LibreOffice open tables and save each in its own form, and that again as XLSX.

    Args:
        tables: The files that were exported, XLSX or CSV, in one folder.

    Returns:
        The bytes of each XLSX that LibreOffice has written.
    """
    place = tables[0].parent / "opened"
    saved = [place / f"{table.stem}.ods" for table in tables]
    for form, sources in (("ods", [*tables]), ("xlsx", saved)):
        words = ["--headless", "--convert-to", form, "--outdir", str(place), *map(str, sources)]
        home = f"-env:UserInstallation=file://{_home().name}"
        process = await asyncio.create_subprocess_exec(
            shutil.which(PROGRAM) or PROGRAM, home, *words, stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0, f"LibreOffice does not open {sources}"
    return [one.with_suffix(".xlsx").read_bytes() for one in saved]
