"""Tables of gates' entries: whom they refused, let in on a supervisor's word, and took back.

They say what gates say. An override that no supervisor's badge has signed is a conflict besides.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.devices.models import Device
from server.entries.journal_reading import read_boot_entries
from server.entries.models import JournalEntry, JournalSpan
from server.reports.schemas import Rows
from server.supervisors.models import Supervisor
from server.venues_and_gates.models import Gate
from shared.admission.reasons import Reason
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import TAKEN_BACK_BY_ITSELF, Body, EntryKind, ScanBody, UndoBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId

DENIAL_COLUMNS: Final = "reason verdict gate count"
OVERRIDE_COLUMNS: Final = "what supervisor reason device count"
REPORT_OVERRIDES_MAX: Final = 1_000
"""Lines, the most frequent; honest gates have some dozens."""

_AT_ONCE: Final = 2_000
_READ: Final = frozenset({EntryKind.SCAN, EntryKind.UNDO})


class GateEntries(msgspec.Struct, frozen=True):
    """The tables' rows."""

    denials: Rows
    overrides: Rows


async def list_gates(unit: Unit, event_id: EventId) -> dict[str, str]:
    """Return an event's gates by their ids."""
    return await _names(unit, select(Gate.id, Gate.name).where(Gate.event_id == event_id))


async def fold_gate_entries(unit: Unit, event_id: EventId) -> GateEntries:
    """Fold the entries of all journals of an event."""
    denied: Counter[tuple[str, str, str]] = Counter()
    done: Counter[tuple[str, str, str, str]] = Counter()
    spans = select(JournalSpan.device_id, JournalSpan.boot, JournalSpan.last_dseq).where(
        JournalSpan.event_id == event_id
    )
    gates = await list_gates(unit, event_id)
    for device_id, boot, last in (await unit.session.execute(spans)).all():
        after = 0
        while rows := await read_boot_entries(
            unit, device_id, boot, after=after, until=last, limit=_AT_ONCE
        ):
            after = rows[-1].dseq
            for row in rows:
                match _body_of(row) if row.event_id == event_id else None:
                    case ScanBody(verdict="admit", reason=Reason.OVERRIDE, person=by, why=why):
                        done["override", by, why, device_id] += 1
                    case UndoBody(person=by, why=why) if why not in TAKEN_BACK_BY_ITSELF:
                        done["taken_back", by, why, device_id] += 1
                    case ScanBody(verdict=verdict, reason=reason, gate_id=gate_id):
                        if verdict != "admit":
                            denied[reason, verdict, gates.get(gate_id, gate_id)] += 1
                    case _:
                        pass
            unit.session.expunge_all()
    people = await _names(unit, select(Supervisor.id, Supervisor.name))
    devices = await _names(unit, select(Device.id, Device.name))
    frequent = sorted(done.items(), key=lambda one: (-one[1], one[0]))
    return GateEntries(
        denials=[(*key, count) for key, count in sorted(denied.items())],
        overrides=[
            (what, people.get(by, by), why, devices.get(device_id, device_id), count)
            for (what, by, why, device_id), count in frequent[:REPORT_OVERRIDES_MAX]
        ],
    )


async def _names(unit: Unit, query: Any) -> dict[str, str]:
    return {row[0]: row[1] for row in await unit.session.execute(query)}


def _body_of(row: JournalEntry) -> Body | None:
    if row.kind not in _READ:
        return None
    try:
        return decode_body(decode_entry(row.entry))
    except BadInput:
        return None
