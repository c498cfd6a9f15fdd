"""What is loaded for a window, and what is not."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = [pytest.mark.ui]

LOADING = """
import linecache
import gatekeeper.ui
before = set(linecache.cache)
import gatekeeper.ui.language
import gatekeeper.gate.lane
print(*set(linecache.cache) - before)
"""


def test_the_window_is_loaded_without_reading_sources() -> None:
    """Compiled modules are enough: Qt's library would read each source for its own name."""
    done = subprocess.run(
        [sys.executable, "-c", LOADING], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
