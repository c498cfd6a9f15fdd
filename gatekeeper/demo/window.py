"""The demo with a window: the story first, then the north gate's kiosk on the same server."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

import segno

from gatekeeper.demo.story import House, Summary, tell, tell_story
from gatekeeper.system import System

_FRESH_TICKETS: Final = 6
_QR_VERSION: Final = 5
_QR_SCALE: Final = 8


def run_with_window(folder: Path, system: System, seed: int) -> int:
    """Tell the story, then open a kiosk; returns its exit status when it is closed."""
    return asyncio.run(_play(folder, system, seed))


async def _play(folder: Path, system: System, seed: int) -> int:
    house = House(folder, system)
    try:
        await house.open()
        summary = await tell_story(house, seed)
        _tell_summary(summary)
        codes = await house.sell_more(_FRESH_TICKETS)
        pictures = folder / "tickets"
        _draw(codes, pictures)
        tell(f"opening the north gate; six unused tickets are pictures in {pictures}")
        tell("open one with F4, or copy a code below and press Ctrl+V; scan it twice to see both")
        for code in codes:
            print(f"  {code}", file=sys.stderr)
        await house.leave_gate(house.north)
        kiosk = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gatekeeper",
            "kiosk",
            "--profile",
            str(folder / "north"),
            "--pictures",
            str(pictures),
            stdin=asyncio.subprocess.DEVNULL,
        )
        return await kiosk.wait()
    finally:
        await house.close()


def _draw(codes: list[str], folder: Path) -> None:
    """Write each code as a QR picture, as a buyer's phone would show it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, code in enumerate(codes, start=1):
        symbol = segno.make_qr(code, version=_QR_VERSION, error="m", boost_error=False)
        symbol.save(str(folder / f"ticket-{number}.png"), scale=_QR_SCALE, border=4)


def _tell_summary(summary: Summary) -> None:
    tell(
        f"{summary.admitted} admitted, {summary.denied} denied, {summary.double_uses} used twice"
        f" and all found, {summary.walkups_admitted} walk-ups admitted, {summary.lost_scans} scans"
        f" lost, in {summary.seconds:g} s"
    )
