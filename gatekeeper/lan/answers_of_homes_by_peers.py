"""Homes' answers to this device's questions, heard among the entries that peers send.

Only an entry that its own device has signed gets here (`shared/lan/telling_entries.py`), and only
the entry of the device that was asked counts.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import TypeAlias

from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import EntryKind, GiveBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import ClaimId, DeviceId
from shared.lan.actions import Keep, Save

OnHomeAsk: TypeAlias = Callable[[DeviceId, bytes], None]
"""Called with the device that asks and what it asks."""


def keep_silent(device_id: DeviceId, ask: bytes) -> None:
    """Answer no peer that asks this device as a home."""


class GivesHeard:
    """Waits for answers of homes."""

    def __init__(self) -> None:
        """Wait for nothing yet."""
        self._waiting: dict[tuple[str, str], asyncio.Future[GiveBody]] = {}

    @contextlib.contextmanager
    def waiting_for(
        self, device_id: DeviceId, claim_id: ClaimId
    ) -> Iterator[asyncio.Future[GiveBody]]:
        """Wait, for as long as the block lasts, for a home's answer to a claim."""
        key = (device_id, claim_id)
        future = self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            yield future
        finally:
            self._waiting.pop(key, None)
            future.cancel()

    def hear(self, save: Save) -> None:
        """Look through entries that are about to be kept."""
        if not self._waiting:
            return
        for change in save.changes:
            if isinstance(change, Keep):
                self._hear(change)

    def _hear(self, keep: Keep) -> None:
        entry = decode_entry(keep.signed.entry)
        if entry.kind != EntryKind.GIVE:
            return
        try:
            body = decode_body(entry)
        except Malformed:
            return  # of a device that lies: the home's own may be the next
        if not isinstance(body, GiveBody):
            return
        future = self._waiting.get((entry.device_id, body.claim_id))
        if future is not None and not future.done():
            future.set_result(body)
