"""How long a device waits before it asks a server again that did not help it. Pure."""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import SECOND, Duration
from shared.kernel.trouble import TroubleKind

RETRY_MIN: Final[Duration] = SECOND
"""After the first exchange that failed; doubled each time."""
RETRY_MAX: Final[Duration] = 30 * SECOND
"""No wait between tries is longer."""
UNREACHED_MAX: Final[Duration] = 4 * SECOND
"""Nor is one longer than this where nobody answers, or who answers has failed: with its jitter at
most five seconds, as often as a gate polls that is connected. Holders stand before this gate, and
all gates together ask no more than on any day."""

_SOON: Final = frozenset(
    {
        TroubleKind.UNREACHABLE,
        TroubleKind.BROKE_OFF,
        TroubleKind.NO_SUCH_HOST,  # as long as the name service is out of reach as well
        TroubleKind.NO_TLS,
        TroubleKind.TOO_SLOW,  # half a minute went by before it was called so
        TroubleKind.SERVER_FAILED,  # its database is gone, or a proxy answers while it starts
        TroubleKind.NOT_PUBLISHED,  # somebody is about to hand the event over, and looks at it
    }
)


class Backoff:
    """Waits that double until the server helps again."""

    def __init__(self) -> None:
        """Begin with the shortest."""
        self._next: Duration = RETRY_MIN

    def reset(self) -> None:
        """Begin anew: the server has helped."""
        self._next = RETRY_MIN

    def take(self, kind: TroubleKind | str | None) -> Duration:
        """Return how long to wait now, before jitter.

        Args:
            kind: What went wrong, as a `Trouble` says it.
        """
        most = UNREACHED_MAX if kind in _SOON else RETRY_MAX
        wait = min(self._next, most)
        self._next = min(2 * self._next, RETRY_MAX)
        return wait
