"""Naming clocks that cannot be right when an upload is stored: a device's, or the server's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.db.hot_path_connections import Transaction
from server.entries.checking_uploaded_entries import CheckedEntry, check_entry
from server.entries.rows import JournalOwner
from server.entries.uploaded_chain import JournalAlarm
from server.reconciliation.clock_checks import (
    Window,
    doubt_former_server,
    doubt_server,
    raise_alarms,
    suspect_clocks,
    was_told,
    witness_of,
)
from server.reconciliation.conflicts_and_sides import read_clock_evidence
from shared.journal.chain import SignedEntry, decode_entry
from shared.kernel.instant import INSTANT_MAX, Instant


async def name_clocks(
    transaction: Transaction,
    owner: JournalOwner,
    stored: Sequence[CheckedEntry],
    lasts: Mapping[bytes, SignedEntry],
    *,
    enrolled_at: Instant,
    seen_at: Instant,
    received_at: Instant,
    now: Instant,
) -> list[JournalAlarm]:
    """Return the alarms that an upload's new entries raise.

    Args:
        transaction: The upload's.
        owner: Whose journal.
        stored: Its new entries, in order.
        lasts: The last entry that was held before of each boot that it names.
        enrolled_at: When the device was enrolled.
        seen_at: When it was heard last, by the clock of the server that heard it.
        received_at: When the upload came, by this server's clock.
        now: By this server's clock, read after `seen_at` was.
    """
    heard_at = max(enrolled_at, seen_at)
    alarms = doubt_server(stored, heard_at=heard_at, now=now)
    # Where this server's clock was set back, nobody knows until when the device went on by the
    # time of before; and the new one may be from before it was enrolled.
    until = INSTANT_MAX if alarms else max(received_at, heard_at)
    window = Window(min(enrolled_at, seen_at, received_at), until)
    befores = {
        boot: check_entry(one, owner.device_id, is_signed=True) for boot, one in lasts.items()
    }
    suspicions = suspect_clocks(stored, window, befores)
    if suspicions:
        held = await read_clock_evidence(transaction, owner.organization_id, owner.device_id)
        known = [witness_of(decode_entry(one)) for one in held]
        told = [one for one in suspicions if was_told(one, window)]
        own = [one for one in suspicions if one not in told]
        alarms = [*raise_alarms(own, known), *(alarms or doubt_former_server(told, now))]
    return alarms
