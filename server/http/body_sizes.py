"""How large a request's body may be: anybody's, a device's, and that of somebody unknown."""

from __future__ import annotations

from typing import Final

BODY_SIZE_MAX: Final = 1_000_000
"""Bytes of a request's body, where a route says no other number."""
DEVICE_BODY_SIZE_MAX: Final = 4_000_000
"""Bytes of an exchange or of relayed requests: entries of 2 MB, and as much again."""
STRANGER_BODY_SIZE_MAX: Final = 64 * 1024
"""Bytes, of somebody who is nobody yet: who enrols, signs in or registers."""
