"""Homes of tickets that a till sells cut off: ids of which every gate knows whose they are.

Source:
    docs/specs/admission.md, section 6
"""

from __future__ import annotations

from gatekeeper.gate.knowledge import EventKnowledge
from shared.credential.keyring import IdRange, TicketKey
from shared.kernel.id_types import DeviceId, GateId, TicketId
from shared.manifest.event_config import TicketTypeConfig
from shared.manifest.home_spreading import carriers_of, has_home
from shared.wire.till_key import TillKeyAnswer


def parts_for(
    event: EventKnowledge, kind: TicketTypeConfig, terms: TillKeyAnswer
) -> tuple[IdRange, ...]:
    """Return the parts of the till's range to take ids from, each from its beginning on.

    Under the policy `home` these are the parts whose home stands at a gate that the ticket is for.

    Args:
        event: What the till knows.
        kind: What is sold.
        terms: The till's key and range.
    """
    key = key_of(event, terms)
    if key is None or not key.homes:
        return (IdRange(terms.id_prefix, terms.id_prefix_bits),)
    every = tuple(home.ids for home in key.homes)
    if not has_home(event.config, kind.id):
        return every
    serving = {one.device_id for one in carriers_of(event.config, kind.id, kind.occurrence_id)}
    return tuple(home.ids for home in key.homes if home.device_id in serving) or every


def gate_for(event: EventKnowledge, terms: TillKeyAnswer, ticket_id: TicketId) -> str:
    """Name the gate of a sold ticket's home, to be printed on it; "" without one."""
    key = key_of(event, terms)
    home = None if key is None else key.home_of(ticket_id)
    places = {place.device_id: place.gate_id for place in event.config.places}
    gate = event.index.gates.get(places.get(home or DeviceId(""), GateId("")))
    return "" if gate is None else gate.name


def key_of(event: EventKnowledge, terms: TillKeyAnswer) -> TicketKey | None:
    """Return a till's key as the event's gates know it; None if they know of none."""
    whole, own = IdRange(terms.id_prefix, terms.id_prefix_bits), terms.public_key
    return next(
        (
            one
            for one in event.keyring.named(terms.key_id)
            if one.ids == whole and own in {"", one.public_key.hex()}
        ),
        None,
    )
