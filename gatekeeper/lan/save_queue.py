"""Durable before sent: one queue of changes and datagrams, saved in groups.

A datagram leaves only when everything urgent that was queued before it is durable. If saving
fails, the datagrams that waited for it are dropped, the changes are kept for the next try, and
the peers see a gate that is silent, which is always safe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from gatekeeper.lan.ports import PromiseStore
from shared.kernel.errors import StoreFault
from shared.lan.actions import Change, Keep, Save, Send
from shared.lan.claims import Ref

_LAZY_SECONDS: Final = 0.2
_RETRY_SECONDS: Final = 1.0


class SaveQueue:
    """Orders what is saved and what is sent."""

    def __init__(
        self,
        store: PromiseStore,
        transmit: Callable[[Send], None],
        on_stored: Callable[[Sequence[Ref]], None],
    ) -> None:
        """Name the two sides.

        Args:
            store: Where changes go.
            transmit: Sends a datagram now.
            on_stored: Hears of kept entries that are durable.
        """
        self._store, self._transmit = store, transmit
        self._on_stored = on_stored
        self._changes: list[Change] = []
        self._sends: list[Send] = []
        self._has_urgent = False
        self._flushing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def save(self, action: Save) -> None:
        """Queue changes."""
        self._changes += action.changes
        self._has_urgent = self._has_urgent or action.is_urgent
        if self._has_urgent:
            self._begin()
        else:
            self._begin_later(_LAZY_SECONDS)

    def send(self, action: Send) -> None:
        """Send at once, or when what was queued before is durable."""
        if self._flushing is None and not self._has_urgent:
            self._transmit(action)
            return
        self._sends.append(action)
        self._begin()

    async def close(self) -> None:
        """Save what is queued, as far as that is possible, send what waited for it, and end."""
        if self._changes:
            self._begin()
        if self._flushing is not None:
            await self._flushing
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _flush(self) -> None:
        try:
            while self._changes or self._sends:
                await self._flush_batch()
        except StoreFault:
            self._sends.clear()
            self._begin_later(_RETRY_SECONDS)
        finally:
            self._flushing = None

    async def _flush_batch(self) -> None:
        changes, self._changes = self._changes, []
        sends, self._sends = self._sends, []
        was_urgent, self._has_urgent = self._has_urgent, False
        if changes:
            try:
                await self._store.save(changes)
            except StoreFault:
                self._changes = changes + self._changes
                self._has_urgent = self._has_urgent or was_urgent
                raise
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
