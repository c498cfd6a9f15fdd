"""Lines of JSON as programs print them: for other programs, and for terminals that show them.

JSON writes C0 control characters as escapes and lets C1 through. To a terminal U+009B begins a
command as ESC [ does: whoever chose a code, a name or an answer could clear the screen of whoever
looked at it, or write lines of the program's own there.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

_CONTROLS: Final = re.compile("[\x7f-\x9f]")
"""DEL and C1. In JSON they stand within texts alone, where an escape says the same."""


def encode_line(value: Any) -> bytes:
    """Return a value as JSON in one line, without the line's end."""
    return escape_controls(msgspec.json.encode(value).decode()).encode()


def escape_controls(encoded: str) -> str:
    r"""Return the same JSON with no control character in it: each is a `\u00…`."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", encoded)
