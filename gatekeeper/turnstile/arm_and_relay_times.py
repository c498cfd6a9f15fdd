"""How long an arm is open, how long its relay is on, and how long a relay is waited for."""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import MILLISECOND, SECOND, Duration

PASSAGE_WITHIN: Final[Duration] = 12 * SECOND
"""An arm locks within ten seconds, and who pushes it at the last moment is through in two more."""
RELAY_PULSE: Final[Duration] = 500 * MILLISECOND
"""How long a relay at a serial line is on, to open the arm once."""
RELAY_TIMEOUT: Final[Duration] = 2 * SECOND
"""For a relay at an address of the network to answer."""
SENSOR_TIMEOUT: Final[Duration] = 500 * MILLISECOND
"""For one with a sensor to answer: nobody walks through faster, and is not seen meanwhile."""
