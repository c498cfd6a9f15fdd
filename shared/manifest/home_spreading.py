"""Which device is a ticket's home: spread by the gates' capacity, and stable.

Ticket ids are random, so their top bits part them into slots; a slot's home is drawn among the
devices that serve a gate of a zone that the ticket is for, in proportion to the gates' lanes. The
draw is a weighted rendezvous: each device draws for itself, and the highest draw wins. So a
device that comes takes slots from others and moves nothing among them, and one that goes leaves
all slots but its own where they are.

Source:
    docs/specs/admission.md, section 6
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import DeviceId, OccurrenceId, TicketId, TicketTypeId
from shared.kernel.ids import TICKET_ID_BITS
from shared.manifest.event_config import EventConfig, GateConfig, TicketTypeConfig, ZoneConfig

SLOT_BITS: Final = 12
SLOTS: Final = 1 << SLOT_BITS
_DRAW_SIZE: Final = 6
_DRAWS: Final = 1 << (8 * _DRAW_SIZE)


class PossibleHome(msgspec.Struct, frozen=True):
    """A device that may be a home, and its share of its gate's lanes."""

    device_id: DeviceId
    weight: float


def policy_of(config: EventConfig, kind: TicketTypeConfig | None) -> OfflinePolicy:
    """Return the offline policy of a ticket type; the event's, where it has none of its own.

    A policy that this version does not know leaves the decision to the ledger alone.
    """
    name = config.offline_policy
    if kind is not None and kind.offline_policy is not None:
        name = kind.offline_policy
    try:
        return OfflinePolicy(name)
    except ValueError:
        return OfflinePolicy.CLOSED


def uses_homes(config: EventConfig) -> bool:
    """Tell whether the policy `home` holds for any ticket of the event."""
    return any(
        policy_of(config, kind) is OfflinePolicy.HOME for kind in (None, *config.ticket_types)
    )


def has_home(config: EventConfig, ticket_type_id: TicketTypeId) -> bool:
    """Tell whether tickets of a type have homes."""
    kind = next((one for one in config.ticket_types if one.id == ticket_type_id), None)
    return policy_of(config, kind) is OfflinePolicy.HOME


def carriers_of(
    config: EventConfig, ticket_type_id: TicketTypeId, occurrence_id: OccurrenceId | None
) -> tuple[PossibleHome, ...]:
    """Return the devices that may be home of a type's tickets, in order of id; perhaps none.

    A gate's lanes count as its capacity, shared by the devices that stand at it.
    """
    zones = {zone.id for zone in config.zones if is_taken(zone, ticket_type_id, occurrence_id)}
    gates = {gate.id: gate for gate in config.gates if _lets_in(gate) and gate.zone_id in zones}
    crews: dict[str, int] = {}
    for place in config.places:
        crews[place.gate_id] = crews.get(place.gate_id, 0) + 1
    return tuple(
        PossibleHome(place.device_id, gates[place.gate_id].lanes / crews[place.gate_id])
        for place in sorted(config.places, key=lambda place: place.device_id)
        if place.gate_id in gates
    )


def is_taken(
    zone: ZoneConfig, ticket_type_id: TicketTypeId, occurrence_id: OccurrenceId | None
) -> bool:
    """Tell whether a zone is for tickets of a type and an occurrence; None is any of them."""
    is_type = zone.ticket_type_ids is None or ticket_type_id in zone.ticket_type_ids
    return is_type and (zone.occurrence_id is None or occurrence_id in {None, zone.occurrence_id})


def _lets_in(gate: GateConfig) -> bool:
    return gate.direction != "out"


def slot_of(ticket_id: TicketId) -> int:
    """Return the slot that a ticket's id lies in."""
    return ticket_id >> (TICKET_ID_BITS - SLOT_BITS)


def spread(
    salt: str, slots: Sequence[int], carriers: Sequence[PossibleHome]
) -> dict[int, DeviceId]:
    """Draw the home of each slot; the order of the carriers does not matter.

    Args:
        salt: Sets one event's draws apart from another's.
        slots: Any numbers.
        carriers: With different ids and weights above 0; none gives no homes.
    """
    if not carriers:
        return {}
    ordered = sorted(carriers, key=lambda carrier: carrier.device_id)
    return {
        slot: max(ordered, key=lambda carrier: _draw(salt, slot, carrier)).device_id
        for slot in slots
    }


def _draw(salt: str, slot: int, carrier: PossibleHome) -> float:
    drawn = sha256(f"{salt}/{slot}/{carrier.device_id}".encode())[:_DRAW_SIZE]
    fraction = (int.from_bytes(drawn, "big") + 0.5) / _DRAWS
    return carrier.weight / -math.log(fraction)
