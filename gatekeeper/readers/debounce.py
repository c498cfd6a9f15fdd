"""One ticket held in front of a lane's readers is one scan; each reading is judged here once."""

from __future__ import annotations

import threading
from typing import Final, NamedTuple

from shared.kernel.instant import MILLISECOND, SECOND, Duration

IMAGER_HOLD: Final[Duration] = SECOND
"""For how long after a scan any reader's reading of the same text is that scan."""
CAMERA_ABSENCE: Final[Duration] = 800 * MILLISECOND
"""How long a code may be out of a camera's sight, blurred or covered, and still be the same."""
TAG_ABSENCE: Final[Duration] = 300 * MILLISECOND
"""How long a wristband or a card may be off the tag reader, and still be the same scan."""

_TEXTS_MAX: Final = 64


class _Seen(NamedTuple):
    """A text in front of a reader: when it was seen last, and until when it is the same scan."""

    at: Duration
    until: Duration
    is_in_view: bool


class Debounce:
    """Remembers which texts are in front of one lane's readers; any thread may tell of one."""

    def __init__(self) -> None:
        """Start with nothing in front."""
        self._seen: dict[str, _Seen] = {}
        self._telling = threading.Lock()

    def is_new(self, text: str, at: Duration, *, is_in_view: bool = False) -> bool:
        """Take a reading; tell whether it is a new scan.

        Args:
            text: What was read.
            at: When, in µs of a monotonic clock.
            is_in_view: Whether a camera sees it, and will see it again in each frame: then it is
                one scan for as long as it is in view.
        """
        with self._telling:
            held = {one: seen for one, seen in self._seen.items() if _holds(seen, at)}
            before = held.get(text)
            if before is None:
                seen = _Seen(at, at + IMAGER_HOLD, is_in_view)
            elif is_in_view:
                seen = _Seen(at, max(before.until, at + CAMERA_ABSENCE), is_in_view=True)
            else:
                seen = before
            held.pop(text, None)
            held[text] = seen
            while len(held) > _TEXTS_MAX:
                del held[next(iter(held))]  # the one that was seen longest ago
            self._seen = held
            return before is None

    def bridge(self, gap: Duration) -> None:
        """Let what a camera has in view stay so much longer, for which it saw nothing at all."""
        with self._telling:
            self._seen = {
                text: seen._replace(until=Duration(seen.until + gap)) if seen.is_in_view else seen
                for text, seen in self._seen.items()
            }

    def forget(self, text: str | None = None) -> None:
        """Take whatever comes next as new, as after a decision that ended without an entry.

        What a camera has in view stays the same scan, until it was taken away.

        Args:
            text: Forget only this one; None for all.
        """
        with self._telling:
            self._seen = {
                one: seen
                for one, seen in self._seen.items()
                if seen.is_in_view or text not in {None, one}
            }


def _holds(seen: _Seen, at: Duration) -> bool:
    """Tell whether a text is still the same; readers' clocks are read a little out of turn."""
    return seen.at - IMAGER_HOLD < at < seen.until
