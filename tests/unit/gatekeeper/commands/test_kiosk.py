"""`gatekeeper kiosk`: what is said before there is a window."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gatekeeper.commands.kiosk import DISPLAYS


def test_without_a_display_one_line_says_what_is_missing(tmp_path: Path) -> None:
    """Over a bare remote shell Qt would end the process by a signal, with advice of its own."""
    bare = {key: value for key, value in os.environ.items() if key not in DISPLAYS}
    ended = subprocess.run(
        [sys.executable, "-m", "gatekeeper", "kiosk", "--profile", str(tmp_path)],
        env=bare,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 3
    [line] = ended.stderr.splitlines()
    assert line.startswith("gatekeeper: there is no display here")
