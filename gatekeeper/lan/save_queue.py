"""Durable before sent: a queue of changes and datagrams, saved in groups.

A datagram leaves only when everything urgent that was queued before it is durable. If saving
fails, the datagrams that waited for it are dropped, the changes are kept for the next try, and
the peers see a gate that is silent, which is always safe. What is not urgent waits behind all
that is, and is saved a few at a time: whoever is scanned while thousands of others' entries come
in waits for neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from gatekeeper.lan.ports import PromiseStore
from shared.kernel.errors import StoreFault
from shared.kernel.instant import Duration
from shared.kernel.ports import Clock
from shared.lan.actions import Change, Forget, Keep, Remember, Save, Send
from shared.lan.claims import Ref

_LAZY_SECONDS: Final = 0.2
_RETRY_SECONDS: Final = 1.0
_SAVED_AT_ONCE: Final = 32
"""Changes that are not urgent."""


class SaveQueue:
    """Orders what is saved and what is sent.

    Attributes:
        took: How long the disk needed for what was urgent last.
    """

    def __init__(
        self,
        store: PromiseStore,
        transmit: Callable[[Send], None],
        on_stored: Callable[[Sequence[Ref]], None],
        clock: Clock,
    ) -> None:
        """Name the two sides.

        Args:
            store: Where changes go.
            transmit: Sends a datagram now.
            on_stored: Hears of kept entries that are durable.
            clock: The machine's.
        """
        self._store, self._transmit = store, transmit
        self._on_stored, self._clock = on_stored, clock
        self.took = Duration(0)
        self._urgent: list[Change] = []
        self._changes: list[Change] = []
        self._sends: list[Send] = []
        self._flushing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def save(self, action: Save) -> None:
        """Queue changes."""
        if not action.is_urgent:
            self._changes += action.changes
            self._begin_later(_LAZY_SECONDS)
            return
        self._urgent += action.changes
        # A claim that goes on under its id is open again: that it had ended holds no more.
        again = {one.claim.ref for one in action.changes if isinstance(one, Remember)}
        self._changes[:] = [
            one for one in self._changes if not (isinstance(one, Forget) and one.ref in again)
        ]
        self._begin()

    def send(self, action: Send) -> None:
        """Send at once, or when what was queued before is durable."""
        if self._flushing is None and not self._urgent:
            self._transmit(action)
            return
        self._sends.append(action)
        self._begin()

    async def close(self) -> None:
        """Save what is queued, as far as that is possible, send what waited for it, and end."""
        if self._urgent or self._changes:
            self._begin()
        if self._flushing is not None:
            await self._flushing
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _flush(self) -> None:
        try:
            while self._urgent or self._changes or self._sends:
                await self._flush_batch()
                await asyncio.sleep(0)  # scans are decided in between
        except StoreFault:
            self._sends.clear()
            self._begin_later(_RETRY_SECONDS)
        finally:
            self._flushing = None

    async def _flush_batch(self) -> None:
        sends, self._sends = self._sends, []
        queue = self._urgent or self._changes
        most = _SAVED_AT_ONCE if queue is self._changes else len(queue)
        changes = queue[:most]
        del queue[:most]
        if changes:
            began = self._clock.monotonic()
            try:
                await self._store.save(changes)
            except StoreFault:
                queue[:0] = changes
                raise
            if queue is self._urgent:  # the rest is not always flushed
                self.took = Duration(self._clock.monotonic() - began)
            self._on_stored([c.ref for c in changes if isinstance(c, Keep) and c.ref is not None])
        for send in sends:
            self._transmit(send)

    def _begin(self) -> None:
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    def _begin_later(self, seconds: float) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(seconds, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._begin()
