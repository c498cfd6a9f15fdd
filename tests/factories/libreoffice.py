"""The spreadsheet program of an organizer's bookkeeper, which opens what we export."""

from __future__ import annotations

import asyncio
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Final

from tests.factories.strength import sized

PROGRAM: Final = "soffice"
"""`make setup` brings it on Debian and Ubuntu: libreoffice-calc-nogui."""


@functools.cache
def _home() -> tempfile.TemporaryDirectory[str]:
    """Return this test process's own settings of LibreOffice: making them costs a second."""
    return tempfile.TemporaryDirectory(prefix="gatekeeper-office-")


async def open_and_save(*tables: Path) -> list[bytes]:
    """Let LibreOffice open tables and save each as XLSX; in the whole by way of its own form.

    Args:
        tables: The files that were exported, XLSX or CSV, in one folder.

    Returns:
        The bytes of each XLSX that LibreOffice has written.
    """
    place, opened = tables[0].parent / "opened", [*tables]
    for form in sized(("xlsx",), ("ods", "xlsx")):
        words = ["--headless", "--convert-to", form, "--outdir", str(place), *map(str, opened)]
        home = f"-env:UserInstallation=file://{_home().name}"
        process = await asyncio.create_subprocess_exec(
            shutil.which(PROGRAM) or PROGRAM, home, *words, stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0, f"LibreOffice does not open {opened}"
        opened = [place / f"{table.stem}.{form}" for table in tables]
    return [one.read_bytes() for one in opened]
