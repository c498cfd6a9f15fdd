"""Keeps the screen on while the gate's window is open, as far as the desktop lets itself be asked.

In a kiosk session of its own nothing puts the screen to sleep in the first place.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Final

from shared.kernel.errors import GatekeeperError

_SERVICE: Final = "org.freedesktop.ScreenSaver"
_PATH: Final = "/org/freedesktop/ScreenSaver"
_ANSWER_MS: Final = 500
_CONTINUOUS_SYSTEM_DISPLAY: Final = 0x8000_0000 | 0x1 | 0x2


class CannotKeepAwake(GatekeeperError):
    """The desktop did not take the wish; its own settings hold."""


def keep_awake(reason: str) -> None:
    """Ask the desktop not to dim, lock or sleep until this process ends.

    Args:
        reason: Shown by desktops that list who keeps them awake.

    Raises:
        CannotKeepAwake: if nobody takes the wish.
    """
    if sys.platform == "win32":
        _hold_windows()
    elif sys.platform == "darwin":
        _hold_mac()
    else:
        _inhibit(reason)


def _inhibit(reason: str) -> None:
    """Ask by D-Bus; the wish ends with the connection, so a crash leaves nothing behind."""
    from PySide6.QtDBus import QDBus, QDBusConnection, QDBusMessage

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        raise CannotKeepAwake("there is no session bus to ask for a screen that stays on")
    wish = QDBusMessage.createMethodCall(_SERVICE, _PATH, _SERVICE, "Inhibit")
    wish.setArguments(["gatekeeper", reason])
    answer = bus.call(wish, QDBus.CallMode.Block, _ANSWER_MS)
    if answer.type() != QDBusMessage.MessageType.ReplyMessage:
        raise CannotKeepAwake(f"the desktop does not keep the screen on: {answer.errorMessage()}")


def _hold_windows() -> None:
    if sys.platform == "win32":
        import ctypes

        if not ctypes.windll.kernel32.SetThreadExecutionState(_CONTINUOUS_SYSTEM_DISPLAY):
            raise CannotKeepAwake("Windows does not keep the screen on")


def _hold_mac() -> None:
    program = shutil.which("caffeinate")
    if program is None:
        raise CannotKeepAwake("caffeinate is missing")
    subprocess.Popen([program, "-d", "-i", "-w", str(os.getpid())])
