"""Tables of devices' entries: whom gates refused; what was done on somebody's word, or taken back.

They say what devices say. What a badge should have signed, and has not, is a conflict besides.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import msgspec
from sqlalchemy import select

from server.cashiers.models import Cashier
from server.db.unit import Unit
from server.devices.models import Device
from server.entries.journal_reading import read_boot_entries
from server.entries.models import JournalEntry, JournalSpan
from server.reports.schemas import Rows
from server.supervisors.models import Supervisor
from server.venues_and_gates.venues_zones_and_gates import list_gates
from shared.admission.reasons import Reason
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import TAKEN_BACK_BY_ITSELF, Body, EntryKind, ScanBody, UndoBody
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId

DENIAL_COLUMNS: Final = "reason verdict gate count"
OVERRIDE_COLUMNS: Final = "what by reason device count amount_minor currency"
REPORT_OVERRIDES_MAX: Final = 1_000
"""Lines, the most frequent; honest devices have some dozens."""

_AT_ONCE: Final = 2_000
_READ: Final = frozenset(
    {EntryKind.SCAN, EntryKind.UNDO, EntryKind.SALE, EntryKind.WITHDRAWAL, EntryKind.SHIFT}
)


_Deed = tuple[str, str, str, str, str]
"""What was done, by whom, why, at which device, and in which currency; "" for no money."""


class GateEntries(msgspec.Struct, frozen=True):
    """The tables' rows."""

    denials: Rows
    overrides: Rows


async def name_gates(unit: Unit, event_id: EventId) -> dict[str, str]:
    """Return the names of an event's gates by their ids."""
    return {gate.id: gate.name for gate in await list_gates(unit, event_id)}


async def fold_gate_entries(unit: Unit, event_id: EventId) -> GateEntries:
    """Fold the entries of all journals of an event."""
    denied: Counter[tuple[str, str, str]] = Counter()
    done: Counter[_Deed] = Counter()
    moved: Counter[_Deed] = Counter()
    spans = select(JournalSpan.device_id, JournalSpan.boot, JournalSpan.last_dseq).where(
        JournalSpan.event_id == event_id
    )
    gates = await name_gates(unit, event_id)
    for device_id, boot, last in (await unit.session.execute(spans)).all():
        after = 0
        while rows := await read_boot_entries(
            unit, device_id, boot, after=after, until=last, limit=_AT_ONCE
        ):
            after = rows[-1].dseq
            for row in rows:
                body = _body_of(row) if row.event_id == event_id else None
                if isinstance(body, ScanBody) and body.verdict != "admit":
                    where = gates.get(body.gate_id, body.gate_id)
                    denied[body.reason, body.verdict, where] += 1
                elif (deed := _deed_of(device_id, body)) is not None:
                    done[deed] += 1
                    if isinstance(body, WithdrawalBody | ShiftBody):
                        moved[deed] += body.amount_minor
            unit.session.expunge_all()
    people: dict[str, str] = {}
    for staff in (Supervisor, Cashier):
        people |= await _names(unit, select(staff.id, staff.name))
    devices = await _names(unit, select(Device.id, Device.name))
    frequent = sorted(done.items(), key=lambda one: (-one[1], one[0]))
    return GateEntries(
        denials=[(*key, count) for key, count in sorted(denied.items())],
        overrides=[
            (
                what,
                people.get(by, by),
                why,
                devices.get(device_id, device_id),
                count,
                moved[what, by, why, device_id, currency] if currency else None,
                currency,
            )
            for (what, by, why, device_id, currency), count in frequent[:REPORT_OVERRIDES_MAX]
        ],
    )


def _deed_of(device_id: str, body: Body | None) -> _Deed | None:
    """Tell what an entry says was done on somebody's word; None where it was on nobody's."""
    match body:
        case ScanBody(reason=Reason.OVERRIDE, person=by, why=why):
            return "override", by, why, device_id, ""
        case UndoBody(person=by, why=why) if why not in TAKEN_BACK_BY_ITSELF:
            return "taken_back", by, why, device_id, ""
        case SaleBody(authorized_by=by, why=why) if by:
            return "sale", by, why, device_id, ""
        case WithdrawalBody(authorized_by=by, reason=why, purpose=purpose, currency=currency) if (
            by
        ):
            return purpose, by, why, device_id, currency
        case ShiftBody(authorized_by=by, why=why, act=act, currency=currency) if by:
            return f"drawer_{act}", by, why, device_id, currency
        case _:
            return None


async def _names(unit: Unit, query: Any) -> dict[str, str]:
    return {row[0]: row[1] for row in await unit.session.execute(query)}


def _body_of(row: JournalEntry) -> Body | None:
    if row.kind not in _READ:
        return None
    try:
        return decode_body(decode_entry(row.entry))
    except BadInput:
        return None
