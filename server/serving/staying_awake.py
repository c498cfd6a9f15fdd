"""Keeps the machine from sleeping while the server serves, as far as the system lets it be asked.

The wish ends with this process, however it ends. The screen may go dark; the machine may not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Final

_WHAT: Final = ("sleep:idle:handle-lid-switch", "sleep:idle", "idle")
"""What a session may ask for differs; the first that is granted holds."""
_GRANTED_S: Final = 0.5
"""A refused wish ends at once."""
_CONTINUOUS_SYSTEM: Final = 0x8000_0000 | 0x1


def stay_awake() -> str:
    """Ask the system not to sleep until this process ends; call it in the main thread.

    Returns:
        "" if the wish was taken, else why not.
    """
    if sys.platform == "win32":
        return _hold_windows()
    if sys.platform == "darwin":
        return _hold(["caffeinate", "-i", "-s", "-w", str(os.getpid())])
    said = ""
    for what in _WHAT:
        said = _hold(
            [
                "systemd-inhibit",
                f"--what={what}",
                "--who=Gatekeeper",
                "--why=gates ask this server",
                "--mode=block",
                "tail",
                f"--pid={os.getpid()}",
                "-f",
                os.devnull,
            ]
        )
        if not said:
            return ""
    return said


def _hold(words: list[str]) -> str:
    program = shutil.which(words[0])
    if program is None:
        return f"{words[0]} is missing"
    held = subprocess.Popen(
        [program, *words[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        held.wait(_GRANTED_S)
    except subprocess.TimeoutExpired:
        return ""
    return f"{words[0]} was refused"


def _hold_windows() -> str:
    if sys.platform == "win32":
        import ctypes

        if not ctypes.windll.kernel32.SetThreadExecutionState(_CONTINUOUS_SYSTEM):
            return "Windows refused"
    return ""
