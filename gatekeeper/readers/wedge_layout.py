"""What a key says on a US keyboard, whatever layout the computer has.

A wedge scanner sends places of keys; the computer's layout makes characters of them. With a
scanner set to US and a computer set to French, `1` arrives as `&`. The place does not lie, so a
code can be read from it.

Places are evdev's key numbers, which Windows' scan codes equal; X11 and Wayland add 8.
"""

from __future__ import annotations

from typing import Final

X11_OFFSET: Final = 8

_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
    (71, "789-456+1230.", "789-456+1230."),  # the number pad
    (55, "*", "*"),
    (98, "/", "/"),
)
_PLAIN = {first + at: key for first, keys, _ in _ROWS for at, key in enumerate(keys)}
_SHIFTED = {first + at: key for first, _, keys in _ROWS for at, key in enumerate(keys)}

_DIGITS = dict(zip(")!@#$%^&*(", "0123456789", strict=True))


def us_character(scan_code: int, *, is_shifted: bool, offset: int = X11_OFFSET) -> str | None:
    """Return what a key types on a US keyboard, or None for a key that types nothing.

    Args:
        scan_code: The native scan code, as the window system gives it.
        is_shifted: Whether Shift was held.
        offset: What the window system adds to evdev's numbers: 8 under X11 and Wayland, 0 on
            Windows. macOS has no scan codes.
    """
    return (_SHIFTED if is_shifted else _PLAIN).get(scan_code - offset)


def unshifted_digits(text: str) -> str:
    """Return what shifted digit keys of a US keyboard say without Shift; "" for other texts."""
    digits = [_DIGITS.get(character) for character in text]
    return "".join(digit for digit in digits if digit) if all(digits) else ""
