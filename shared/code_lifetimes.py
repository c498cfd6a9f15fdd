"""How long codes may be used that are good once: a device's, and an invitation's."""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import DAY, MINUTE, Duration

CODE_LIFETIME: Final[Duration] = 10 * MINUTE
"""Of a device's code where a program makes it and says nothing else: people type it at once."""
CODE_LIFETIME_MAX: Final[Duration] = 30 * DAY
"""Whatever is said."""
DEVICE_CODE_MINUTES: Final = 30
"""How long a device's code from the desk lasts: as long as it takes to walk to the gate."""
INVITATION_HOURS: Final = 7 * 24
"""How long an invitation's code can be used where a program invites and says nothing else."""
INVITATION_CODE_HOURS: Final = 48
"""How long one that the desk shows can be used."""
INVITATION_HOURS_MAX: Final = 30 * 24
"""Whatever is said."""
