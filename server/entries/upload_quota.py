"""How much each device's journal may grow in a day; counted in memory, each worker by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.entries.checking_uploaded_entries import CheckedEntry
from server.problem_answers import Problem
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import DAY, Duration
from shared.wire.exchange import EntryAnswer, EntryStatus

JOURNAL_BYTES_A_DAY_MAX: Final = 256_000_000
"""Of one device at one worker: half a million entries, fifty times a busy lane's evening. What is
held already costs nothing."""
JOURNAL_RETRY_S: Final = 600
"""A device that is beyond it keeps its entries; so much of them is taken again after this time."""

DEVICES_MAX: Final = 20_000


class Uploads:
    """What the devices of one worker have brought that was new."""

    def __init__(self) -> None:
        # One instant for each: bytes move it on by their share of a day.
        self._marks: dict[str, Duration] = {}

    def check(self, device_id: DeviceId, now: Duration) -> None:
        """See that a device may bring more.

        Raises:
            Problem: `too-many-requests`; its entries stay with it until it may.
        """
        if self._marks.get(device_id, 0) > now + DAY:
            detail = "This device has uploaded more today than any gate writes; it keeps the rest."
            raise Problem("too-many-requests", detail, retry_after_s=JOURNAL_RETRY_S)

    def count(
        self,
        device_id: DeviceId,
        checked: Sequence[CheckedEntry],
        answers: Sequence[EntryAnswer],
        now: Duration,
    ) -> None:
        """Count what was kept of an upload: entries, forks and what was refused."""
        size = sum(
            len(one.signed.entry) + len(one.signed.signature)
            for one, answer in zip(checked, answers, strict=True)
            if answer.status not in {EntryStatus.KNOWN, EntryStatus.GAP}
        )
        if not size:
            return
        if len(self._marks) >= DEVICES_MAX:
            self._marks = {one: mark for one, mark in self._marks.items() if mark > now}
        step = size * DAY // JOURNAL_BYTES_A_DAY_MAX
        self._marks[device_id] = Duration(max(self._marks.get(device_id, 0), now) + step)
