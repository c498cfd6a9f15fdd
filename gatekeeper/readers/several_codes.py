"""A sheet of tickets before a camera: asked to be shown one by one, not admitted in one breath.

Two codes side by side are two scans: a couple holds two phones. More are a sheet or a wall of
tickets, whose verdicts would pass too fast for anybody to see which of them was refused. Frames
that catch only some of a crowd's codes would still admit those, so what is read alone counts once
no crowd has been in view for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.readers.debounce import CAMERA_ABSENCE
from shared.kernel.instant import Duration

CODES_TOGETHER_MAX: Final = 2
"""Codes in one view that are each taken as a scan."""


class SeveralCodesWatch:
    """Parts crowds of codes from those that are shown to be scanned.

    Attributes:
        size: The most codes seen at once in the crowd that is in view, or 0.
    """

    def __init__(self) -> None:
        """Start with nothing in view."""
        self.size = 0
        self._seen_at: Duration = Duration(0)

    def pass_on(self, texts: Sequence[str], at: Duration) -> tuple[str, ...]:
        """Return which codes of one frame are scans: all, or none of a crowd.

        Args:
            texts: What one look at one frame read.
            at: When, in µs of a monotonic clock.
        """
        single = tuple(dict.fromkeys(texts))
        if len(single) > CODES_TOGETHER_MAX:
            self.size = max(self.size, len(single)) if self._is_there(at) else len(single)
            self._seen_at = at
            return ()
        if self._is_there(at):
            return ()
        self.size = 0
        return single

    def _is_there(self, at: Duration) -> bool:
        return self.size > 0 and at - self._seen_at < CAMERA_ABSENCE
