"""Whether a window can be shown here: Qt would end the process by a signal where none can."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from pathlib import Path
from typing import Final

from shared.kernel.errors import EnvironmentFault

DISPLAYS: Final = frozenset(
    {"DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "XDG_SESSION_TYPE", "QT_QPA_PLATFORM"}
)
"""The variables of which one or another says where a window can be shown."""
_X: Final = "xcb"
_SERVED: Final = frozenset({_X, "wayland", "wayland-egl", "wayland-brcm"})
"""Qt's ways to a window that take a server; by any other it draws by itself."""
_WAYLAND_USUAL: Final = "wayland-0"
_ANSWER_SECONDS: Final = 5


def can_show_window() -> bool:
    """Tell whether a display answers: one that is named, and lets this user in."""
    if sys.platform != "linux":
        return True
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if platform and platform not in _SERVED:
        return True
    # A compositor that starts the program hands it the open line itself.
    is_handed = bool(os.environ.get("WAYLAND_SOCKET"))
    by_wayland = platform != _X and (is_handed or _answers_by_wayland())
    return by_wayland or (platform in {"", _X} and _answers_by_x())


def check_display(instead: str) -> None:
    """Make sure that a window can be shown.

    Args:
        instead: What does without one, for the message.

    Raises:
        EnvironmentFault: if not.
    """
    if can_show_window():
        return
    named = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    what = (
        f"the display {named} does not answer this user" if named else "there is no display here"
    )
    raise EnvironmentFault(f"{what}: start it on its own screen, or set DISPLAY; {instead}")


def _answers_by_wayland() -> bool:
    is_session = os.environ.get("XDG_SESSION_TYPE") == "wayland"
    name = os.environ.get("WAYLAND_DISPLAY") or _WAYLAND_USUAL * is_session
    if not name:
        return False
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_ANSWER_SECONDS)
        try:
            line.connect(str(Path(os.environ.get("XDG_RUNTIME_DIR", ""), name)))
        except OSError:
            return False
    return True


def _answers_by_x() -> bool:
    """Greet the X server with this user's rights, by the library that Qt's own way needs too."""
    if not os.environ.get("DISPLAY"):
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    line = ctypes.c_void_p(xcb.xcb_connect(None, None))
    is_refused = bool(xcb.xcb_connection_has_error(line))
    xcb.xcb_disconnect(line)
    return not is_refused
