"""Tickets as the API shows them: derived state, code for people, holder."""

from __future__ import annotations

from collections.abc import Sequence

from server.db.unit import Unit
from server.http.schema import to_moment
from server.ticketing.models import Ticket
from server.ticketing.ports import UsageLookup
from server.ticketing.schemas import TicketAnswer
from server.ticketing.service import read_holders, shown_state
from shared.credential.manual_code import format_manual_code
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
        gate_id, gate = gates.get(row.home_device_id or "", (None, None))
        code = None if row.manual_code is None else format_manual_code(row.manual_code)
        answers.append(
            TicketAnswer(
                id=format_ticket_id(row.ticket_id),
                event_id=row.event_id,
                order_id=row.order_id,
                ticket_type_id=row.ticket_type_id,
                occurrence_id=row.occurrence_id,
                variant=row.variant,
                state=state,
                blocked=row.blocked,
                generation=row.generation,
                persons=row.persons,
                valid_from=to_moment(row.valid_from),
                valid_until=to_moment(row.valid_until),
                manual_code=code,
                holder_name=holder.name if holder is not None else None,
                home_device_id=row.home_device_id,
                home_gate_id=gate_id,
                home_gate=gate,
                is_imported=row.is_imported,
            )
        )
    return answers
