"""From when on a device that says nothing counts as away, at the server and for the desk."""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import SECOND, Duration

SILENT_AFTER: Final[Duration] = 90 * SECOND
"""A device that was not heard of for so long may have let more in. It asks every few seconds, and
the server notes that to within half a minute."""
