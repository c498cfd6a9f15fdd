"""Who may still be inside a gate's zone, and of which gates nothing was heard lately."""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.store.use_table import KnownUse, Uses
from gatekeeper.supervisor.shown_to_supervisors import InsideList, InsideTicket, SilentGate
from shared.admission.facts import UseFact
from shared.evacuations.implied_exits import implied_exits, persons_inside
from shared.kernel.id_types import TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import MINUTE, Duration, Instant
from shared.manifest.event_config import GateConfig

UNHEARD_AFTER: Final[Duration] = 5 * MINUTE
"""A gate of the zone from which nothing came for so long may have let somebody in unheard."""


def list_inside(
    uses: Uses, event: EventKnowledge, gate: GateConfig, *, known: Instant | None, now: Instant
) -> InsideList:
    """List the tickets of the gate's zone of which an entry is known and no exit.

    Args:
        uses: What the gate has on record, and was told.
        event: The gate's.
        gate: Whose zone.
        known: As of when the gate knows what the ledger knows; None where it never heard.
        now: The time.

    Raises:
        StoreFault: if the store cannot be read.
    """
    by_ticket: dict[int, list[KnownUse]] = {}
    heard: dict[str, Instant] = {}
    for use in uses.list_zone(event.event_id, gate.zone_id):
        by_ticket.setdefault(use.ticket_id, []).append(use)
        heard[use.gate_id] = Instant(max(use.at, heard.get(use.gate_id, 0)))
    notices = uses.evacuations.list_all(event.event_id)
    tickets = []
    for ticket_id, records in by_ticket.items():
        facts: list[UseFact] = [one.fact() for one in records]
        facts += implied_exits(facts, notices, gate.zone_id, TicketId(ticket_id))
        persons = persons_inside(facts, gate.zone_id, max(use.at for use in facts))
        if persons:
            tickets.append(_entered(event, records, TicketId(ticket_id), persons))
    tickets.sort(key=lambda one: (-one.at, one.ticket_id))
    return InsideList(
        zone=event.index.zones[gate.zone_id].name,
        persons=sum(one.persons for one in tickets),
        tickets=tuple(tickets),
        knowledge_age=None if known is None else max(Duration(0), now - known),
        silent=_silent(event, gate, heard, known, Instant(now - UNHEARD_AFTER)),
    )


def _entered(
    event: EventKnowledge, records: list[KnownUse], ticket_id: TicketId, persons: int
) -> InsideTicket:
    last = max(
        (use for use in records if use.direction == "in" and not use.annulled),
        key=lambda use: use.at,
    )
    gate = event.index.gates.get(last.gate_id)
    return InsideTicket(
        format_ticket_id(ticket_id), persons, last.gate_id if gate is None else gate.name,
        last.at,
    )  # fmt: skip


def _silent(
    event: EventKnowledge,
    own: GateConfig,
    heard: dict[str, Instant],
    known: Instant | None,
    limit: Instant,
) -> tuple[SilentGate, ...]:
    """Name the zone's other gates of which nothing is known lately, the most silent first."""
    found = [
        SilentGate(gate.name, heard.get(gate.id))
        for gate in event.config.gates
        if gate.zone_id == own.zone_id
        and gate.id != own.id
        and ((known or 0) < limit or heard.get(gate.id, 0) < limit)
    ]
    return tuple(sorted(found, key=lambda one: (one.heard_at or 0, one.gate)))
