"""Tickets as the API shows them: derived state, code for people, holder."""

from __future__ import annotations

from collections.abc import Sequence

from server.db.unit import Unit
from server.events.gate_policy import policy_from_json
from server.http.body_and_answer_types import answer_of
from server.ticketing.finding_and_changing_tickets import read_holders, shown_state
from server.ticketing.models import Ticket
from server.ticketing.ports import UsageLookup
from server.ticketing.schemas import NamesAtGates, TicketAnswer
from shared.credential.manual_code import format_manual_code
from shared.kernel.id_types import DeviceId
from shared.kernel.ids import format_ticket_id


async def show_tickets(
    unit: Unit, usage: UsageLookup, rows: Sequence[Ticket]
) -> list[TicketAnswer]:
    """Make the answers for tickets of one event."""
    if not rows:
        return []
    event_id = rows[0].event_id
    wanted = [row.ticket_id for row in rows]
    used = await usage.used(unit.session, event_id, wanted)
    holders = await read_holders(unit, event_id, wanted)
    homes = {row.home_device_id for row in rows if row.home_device_id is not None}
    gates = await usage.gates_of(unit, event_id, homes)
    answers = []
    for row in rows:
        holder = holders.get(row.ticket_id)
        state = shown_state(
            row,
            is_used=row.ticket_id in used,
            has_holder=holder is not None,
            now=unit.now,
        )
        gate_id, gate = gates.get(row.home_device_id or DeviceId(""), (None, None))
        code = None if row.manual_code is None else format_manual_code(row.manual_code)
        answers.append(
            answer_of(
                TicketAnswer,
                row,
                id=format_ticket_id(row.ticket_id),
                state=state,
                manual_code=code,
                holder_name=None if holder is None else holder.name,
                holder_email=None if holder is None else holder.email,
                home_gate_id=gate_id,
                home_gate=gate,
            )
        )
    return answers


def names_at_gates(policy: object) -> NamesAtGates:
    """Say by an event's `policy` column when gates know a name that is given now."""
    return "next_handover" if policy_from_json(policy).names_at_gates else "off"
