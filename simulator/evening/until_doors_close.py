"""What all share who act while doors are open: they wait, and stop once it is over."""

from __future__ import annotations

import asyncio

from shared.kernel.instant import SECOND, Duration
from simulator.world import Over


class UntilDoorsClose:
    """Somebody who acts again and again until told that it is over."""

    _is_over = False

    def end(self) -> None:
        """Begin nothing new."""
        self._is_over = True

    async def pause(self, duration: Duration) -> None:
        """Wait; whoever wakes after the end goes home.

        Raises:
            Over: It has ended meanwhile.
        """
        await asyncio.sleep(duration / SECOND)
        if self._is_over:
            raise Over
