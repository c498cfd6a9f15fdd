"""The screen stays on where a desktop can be asked, and the gate goes on where none can."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.integration

ROOT: Final = Path(__file__).resolve().parents[3]
ASK: Final = """
from PySide6.QtCore import QCoreApplication
from gatekeeper.ui.gate.keeping_screen_on import CannotKeepAwake, keep_awake
app = QCoreApplication([])
try:
    keep_awake("Gate")
    print("kept")
except CannotKeepAwake as fault:
    print(fault)
"""


def test_a_machine_without_a_desktop_is_said_so() -> None:
    """No session bus: a sentence, not a fault of the program."""
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus", "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "there is no session bus to ask for a screen that stays on\n"
