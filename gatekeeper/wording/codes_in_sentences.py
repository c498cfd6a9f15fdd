"""Codes of tickets in a sentence: a line of it never ends within one."""

from __future__ import annotations

import re
from typing import Final

_HOLDS: Final = "\N{WORD JOINER}"
_CODE: Final = re.compile(r"(?<![\w-])(?=[0-9-]*[A-Z])[0-9A-Z]+(?:-[0-9A-Z*~$=]+)+(?![\w-])")
"""Groups of capitals and digits: manual codes, foreign ones as `TKT-20261122-7K2M`; no date."""
_SIZE_MAX: Final = 24
"""What is longer may be wider than a narrow card: it breaks rather than being cut off."""


def hold_codes(text: str) -> str:
    """Let no line end at a hyphen of a code: whoever reads it out might take it for none."""
    return _CODE.sub(lambda code: hold(code[0]) if len(code[0]) <= _SIZE_MAX else code[0], text)


def hold(word: str) -> str:
    """Let no line end at a word's hyphens."""
    return word.replace("-", f"{_HOLDS}-{_HOLDS}")
