"""An 8-hour shift, compressed: 30,000 scans through the real window, with all that may happen.

The camera runs, the cable is pulled and plugged, the journal goes up whenever it can; what must
not grow with the hours is the program's memory and its open files.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from bench.kiosk import run_venue
from bench.server_process import seed
from bench.writing_figures import Figure, at_most, floor
from tests.factories.kiosk_shift import work_shift
from tests.factories.x_typist import XTypist

SCANS: Final = int(os.environ.get("GATEKEEPER_SHIFT_SCANS", "30000"))
WARM_UP: Final = 64 * 16
CABLE_EVERY: Final = 160 * 16
FRAMES_A_SECOND: Final = 10
GROWN_MB_BUDGET: Final = 20.0
STALL_MS_BUDGET: Final = 100.0


def measure(folder: Path) -> list[Figure]:
    """Work a whole shift at one gate."""
    database = f"sqlite:///{folder}/shift.db"
    load = seed(folder, database, tickets=SCANS + 1_000, gates=1, devices=0, codes=1)
    with run_venue(folder, database, load["enrolment"][0], FRAMES_A_SECOND) as venue:
        venue.camera.begin()
        kiosk, cable = venue.open_kiosk(), venue.cable
        typist = XTypist(venue.display.name)

        def change_cable(done: int) -> None:
            if done == WARM_UP:
                kiosk.ask("stalls")  # those of its start are measured elsewhere
            if done % CABLE_EVERY == 0:
                (cable.pull if done // CABLE_EVERY % 2 else cable.plug)()

        try:
            kiosk.wait_open()
            started = time.perf_counter()
            shift = work_shift(
                kiosk, typist, load["codes"], scans=SCANS, warm_up=WARM_UP, between=change_cable
            )
            seconds = time.perf_counter() - started
            stalls = [value * 1e3 for value in kiosk.ask("stalls")["stalls"]]
        finally:
            typist.close()
            kiosk.close()
    said = ", ".join(f"{value:.0f}" for value in stalls)
    return [
        floor("a shift's scans, through the window", shift.scans / seconds, "1/s", shift.scans,
              f"{shift.admitted:,} admitted"),
        at_most("a shift: memory grown after warm-up", shift.grown_mb, "MB", GROWN_MB_BUDGET,
                shift.scans, f"{shift.memory_mb:.0f} MB at the end"),
        at_most("a shift: open files at the end", shift.files_end, "files", shift.files_early,
                shift.scans, "the budget is what was open after the first hundred scans"),
        at_most("a shift: longest time without a turn of the window's loop", stalls[0], "ms",
                STALL_MS_BUDGET, shift.scans, f"the longest: {said} ms"),
    ]  # fmt: skip
