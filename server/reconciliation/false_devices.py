"""Naming the devices that gates saw behave on the venue's network as no gate does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from server.db.hot_path_connections import Transaction
from server.db.hot_path_statements import statement
from server.devices.rows import read_keys
from server.entries.checking_uploaded_entries import CheckedEntry
from server.entries.rows import JournalOwner
from server.entries.uploaded_chain import JournalAlarm
from server.reconciliation.findings import ConflictKind
from shared.journal.entry import FALSE_PEER, NoteBody
from shared.kernel.id_types import DeviceId

FALSE_DEVICE_NOTES_MAX: Final = 40
"""Notes of one device about others that conflicts show; who accuses all day proves no more."""

_NOTED: Final = re.compile(r"(\S+) ([a-z_]{1,40})")
_DETAIL: Final = "on the venue's network it does not behave like a gate: {reason}"
_COUNT: Final = statement(
    "SELECT count(*) FROM conflict c JOIN conflict_side s ON s.event_id = c.event_id"
    " AND s.conflict_id = c.id WHERE c.organization_id = $1 AND c.kind = 'false_peer'"
    " AND s.device_id = $2"
)


async def name_false_devices(
    transaction: Transaction, owner: JournalOwner, stored: Sequence[CheckedEntry]
) -> list[JournalAlarm]:
    """Return an alarm for each note that names a device of the organization.

    A device that notes without end fills no conflicts: so many of its notes are shown.
    """
    noted = [(one, found) for one in stored if (found := _read(one)) is not None]
    if not noted:
        return []
    org = owner.organization_id
    named = {DeviceId(found[1]) for _, found in noted}
    known = {device_id for device_id, _ in await read_keys(transaction, org, named)}
    (held,) = await transaction.fetch(_COUNT, org, owner.device_id)
    alarms = [
        JournalAlarm(
            ConflictKind.FALSE_PEER,
            checked,
            _DETAIL.format(reason=found[2]),
            found[1],
            about=DeviceId(found[1]),
        )
        for checked, found in noted
        if found[1] in known
    ]
    return alarms[: max(0, FALSE_DEVICE_NOTES_MAX - int(held[0]))]


def _read(checked: CheckedEntry) -> re.Match[str] | None:
    """Return whom a note names, and why; None of any other entry."""
    body = checked.body
    if not isinstance(body, NoteBody) or body.topic != FALSE_PEER:
        return None
    return _NOTED.fullmatch(body.text)
