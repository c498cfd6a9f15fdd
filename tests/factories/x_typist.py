"""A keyboard of its own at an X server: keys by their places, as a scanner's plug sends them.

xdotool looks characters up in the present layout and rearranges the keyboard where it finds none;
a scanner does not. It presses the keys of its own layout at its own speed, whatever the computer
makes of them.
"""

from __future__ import annotations

import ctypes
import time
from typing import Final

US_PLACES: Final = {
    **{character: 10 + place for place, character in enumerate("1234567890-=")},
    **{character: 24 + place for place, character in enumerate("qwertyuiop[]")},
    **{character: 38 + place for place, character in enumerate("asdfghjkl;'`")},
    **{character: 51 + place for place, character in enumerate("\\zxcvbnm,./")},
    "\r": 36,
    "\t": 23,
    "\x1b": 9,
    " ": 65,
}
"""Key codes of X for the places of a US keyboard."""
SHIFT, CONTROL, ALT, SUPER = 50, 37, 64, 133
F1: Final = 67
_SHIFTED: Final = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))


_CLIENT_MESSAGE: Final = 33
_EVENT_SIZE: Final = 24 * ctypes.sizeof(ctypes.c_long)


class _Message(ctypes.Structure):
    """Xlib's XClientMessageEvent."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
    )


class XTypist:
    """Types at one X server.

    Args:
        display: Its name, such as `:7`.

    Raises:
        OSError: if the X libraries are missing or there is no such server.
    """

    def __init__(self, display: str) -> None:
        self._x = ctypes.CDLL("libX11.so.6")
        self._test = ctypes.CDLL("libXtst.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XInternAtom.restype = ctypes.c_ulong
        opened = self._x.XOpenDisplay(display.encode())
        if not opened:
            message = f"there is no X server at {display}"
            raise OSError(message)
        self._display = ctypes.c_void_p(opened)

    def type(self, text: str, *, pace_ms: int = 0) -> float:
        """Press the keys of a text on a US keyboard, one after the other.

        Args:
            text: What the scanner reads; `\\r` is Enter.
            pace_ms: From one character to the next; 0 is as fast as the X server takes them. A
                USB keyboard needs 2 ms at least.

        Returns:
            When the last key went down, by the machine's monotonic clock.
        """
        for character in text[:-1]:
            self._strike(character, pace_ms)
        self._sync()
        at = time.monotonic()
        self._strike(text[-1])
        self._sync()
        return at

    def chord(self, *keys: int) -> None:
        """Press keys together, and let go of them in the opposite order, at a scanner's speed."""
        for key in keys:
            self.press(key)
        for key in reversed(keys):
            self.release(key)
        self._sync()

    def press(self, key: int, after_ms: int = 0) -> None:
        """Put a key down, so many milliseconds after what was done before."""
        self._test.XTestFakeKeyEvent(self._display, key, 1, ctypes.c_ulong(after_ms))

    def release(self, key: int) -> None:
        """Let a key go."""
        self._test.XTestFakeKeyEvent(self._display, key, 0, ctypes.c_ulong(0))

    def ask_to_close(self, window: int) -> None:
        """Ask a window to close, as a window manager does for Alt+F4 or a click on its cross."""
        names = (self._atom(b"WM_PROTOCOLS"), self._atom(b"WM_DELETE_WINDOW"))
        message = _Message(type=_CLIENT_MESSAGE, window=window, message_type=names[0], format=32)
        message.data[0] = names[1]
        event = ctypes.create_string_buffer(bytes(message), _EVENT_SIZE)
        self._x.XSendEvent(self._display, ctypes.c_ulong(window), 0, ctypes.c_long(0), event)
        self._sync()

    def close(self) -> None:
        """Leave the X server."""
        self._x.XCloseDisplay(self._display)

    def _atom(self, name: bytes) -> int:
        return int(self._x.XInternAtom(self._display, name, 0))

    def _strike(self, character: str, after_ms: int = 0) -> None:
        plain = _SHIFTED.get(character, character.lower())
        is_shifted = plain != character
        if is_shifted:
            self.press(SHIFT)
        self.press(US_PLACES[plain], after_ms)
        self.release(US_PLACES[plain])
        if is_shifted:
            self.release(SHIFT)

    def _sync(self) -> None:
        self._x.XSync(self._display, 0)
