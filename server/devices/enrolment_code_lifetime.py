"""How long a code that enrols a device may be used."""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import DAY, MINUTE, Duration

CODE_LIFETIME: Final[Duration] = 10 * MINUTE
"""Of a device's code, unless whoever makes it says otherwise: from the desk to the gate."""
CODE_LIFETIME_MAX: Final[Duration] = 30 * DAY
