"""One ticket held in front of a reader is one scan."""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import MILLISECOND, SECOND, Duration

IMAGER_HOLD: Final[Duration] = SECOND
"""How long a wedge or serial imager's second scan of the same text is ignored."""
CAMERA_ABSENCE: Final[Duration] = 800 * MILLISECOND
"""How long a code may be out of a camera's sight, blurred or covered, and still be the same."""

_TEXTS_MAX = 64


class Debounce:
    """Remembers which texts are in front of one reader."""

    def __init__(self, hold: Duration, *, is_renewed: bool) -> None:
        """Start with nothing in front.

        Args:
            hold: For how long a text is the same scan, in µs.
            is_renewed: Whether each sighting starts the hold anew, as for a camera, where a text
                is one scan for as long as it is in view.
        """
        self._hold = hold
        self._is_renewed = is_renewed
        self._seen: dict[str, Duration] = {}

    @classmethod
    def for_imager(cls) -> Debounce:
        """Make one for a reader that tells each reading once."""
        return cls(IMAGER_HOLD, is_renewed=False)

    @classmethod
    def for_camera(cls) -> Debounce:
        """Make one for a reader that sees a code again in each frame."""
        return cls(CAMERA_ABSENCE, is_renewed=True)

    def is_new(self, text: str, at: Duration) -> bool:
        """Take a reading; tell whether it is a new scan.

        Args:
            text: What was read.
            at: When, in µs of a monotonic clock.
        """
        self._seen = {known: seen for known, seen in self._seen.items() if self._holds(seen, at)}
        is_new = text not in self._seen
        if is_new or self._is_renewed:
            self._seen.pop(text, None)
            self._seen[text] = at
        while len(self._seen) > _TEXTS_MAX:
            del self._seen[next(iter(self._seen))]  # the one that was seen longest ago
        return is_new

    def forget(self) -> None:
        """Forget all, as after a change of direction: the same ticket is a new scan then."""
        self._seen.clear()

    def _holds(self, seen: Duration, at: Duration) -> bool:
        return 0 <= at - seen < self._hold
