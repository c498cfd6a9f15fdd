"""Media that only point at a ticket: a wristband or card known by its tag's UID.

The pointer is an imported code like any other, found by its hash in the event's tickets. Its text
begins with a control character, which no scanned or typed text may hold: so it cannot be drawn as
a QR code or typed at a keypad, and comes from an NFC reader only.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.errors import BadInput

_MARK: Final = "\x02nfc:"
_UID_SIZES: Final = (4, 7, 10)
_SEPARATORS: Final = str.maketrans("", "", ":-._ ")


def medium_code(uid: bytes) -> str:
    """Return the imported code that a tag with this UID stands for."""
    assert len(uid) in _UID_SIZES
    return _MARK + uid.hex()


def parse_medium_uid(text: str) -> bytes:
    """Read a UID from a supplier's list: hex digits, perhaps with signs or spaces between.

    Raises:
        BadInput: if it is no UID of 4, 7 or 10 bytes.
    """
    try:
        uid = bytes.fromhex(text.translate(_SEPARATORS))
    except ValueError:
        uid = b""
    if len(uid) not in _UID_SIZES:
        raise BadInput(f"not a tag's UID: {text[:40]!r}; write it like 04:A1:B2:C3:D4:E5:F6")
    return uid
