"""What is loaded for a window, and what is not."""

from __future__ import annotations

import subprocess
import sys

LOADING = """
import linecache
import gatekeeper.ui
before = set(linecache.cache)
import gatekeeper.ui.switching_language
import gatekeeper.gate.scan_to_answer
print(*set(linecache.cache) - before)
"""


def test_the_window_is_loaded_without_reading_sources() -> None:
    """Compiled modules are enough: Qt's library would read each source for its own name."""
    done = subprocess.run(
        [sys.executable, "-c", LOADING], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


DESK = """
import sys, gatekeeper.ui.organizer.app
print(*{"cv2", "fpdf", "numpy", "pyqtgraph", "gatekeeper.ui.gate.kiosk"} & set(sys.modules))
"""


def test_the_desk_opens_before_what_draws_charts_and_papers_is_loaded() -> None:
    """Their libraries are a third of its start, and its first page needs none of them."""
    done = subprocess.run([sys.executable, "-c", DESK], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
