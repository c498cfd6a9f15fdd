"""What the operating system says is wrong, in words: its numbers tell nobody what to do."""

from __future__ import annotations

import re
from typing import Final

from shared.kernel.errors import StoreFault

_NUMBER: Final = re.compile(r"\[(?:Errno|WinError) -?\d+\] ")
"""Libraries put it before what the system said, also in the middle of their own sentence."""


_CONNECT: Final = re.compile(r"Connect call failed \('([^']*)'[^)]*\)")
"""What asyncio says of each address of a host that it did not reach."""


def words_of_system(error: BaseException) -> str:
    """Say an error in words, without the system's number: which file, and what with it."""
    if unreached := _CONNECT.findall(str(error)):
        return f"nothing answers at {' and '.join(unreached)}"
    if not isinstance(error, OSError) or error.strerror is None:
        is_silent = isinstance(error, TimeoutError) and not str(error)
        return "no answer came in time" if is_silent else _NUMBER.sub("", str(error))
    what = _NUMBER.sub("", str(error.strerror))
    names = [str(name) for name in (error.filename, error.filename2) if name is not None]
    return f"{' and '.join(names)}: {what}" if names else what


def not_ours(error: PermissionError) -> StoreFault:
    """Say that a file may not be read by this user: it may well be whole."""
    return StoreFault(f"{words_of_system(error)}; run this as the owner of that file")
