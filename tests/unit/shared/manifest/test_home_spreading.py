"""Spreading homes: stable, fair by capacity, and only where the ticket may be used."""

from __future__ import annotations

from collections import Counter
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernel.id_types import (
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    OrganizationId,
    TicketId,
    TicketTypeId,
    ZoneId,
)
from shared.manifest.event_config import (
    EventConfig,
    GateConfig,
    HomePlace,
    TicketTypeConfig,
    ZoneConfig,
)
from shared.manifest.home_spreading import (
    SLOTS,
    PossibleHome,
    carriers_of,
    has_home,
    slot_of,
    spread,
    uses_homes,
)
from tests.factories.strength import sized

NAMES = st.text(alphabet="abcdefghij", min_size=1, max_size=6)
CARRIERS = st.dictionaries(NAMES, st.sampled_from([0.25, 0.5, 1.0, 2.0, 6.0]), max_size=8).map(
    lambda weights: [PossibleHome(DeviceId(name), weight) for name, weight in weights.items()]
)
FEW = range(64)


@settings(max_examples=sized(25, 60), deadline=None)
@given(CARRIERS, st.randoms(use_true_random=False))
def test_spreading_gives_every_slot_a_carrier_whatever_their_order(
    carriers: list[PossibleHome], dice: Random
) -> None:
    """Every slot has exactly one home of those offered, in whatever order they come."""
    shuffled = list(carriers)
    dice.shuffle(shuffled)
    found = spread("ev", FEW, carriers)
    assert found == spread("ev", FEW, shuffled)
    assert set(found) == (set(FEW) if carriers else set())
    assert set(found.values()) <= {carrier.device_id for carrier in carriers}


@settings(max_examples=sized(25, 60), deadline=None)
@given(CARRIERS, st.sampled_from([0.5, 1.0, 4.0]))
def test_a_device_that_comes_moves_slots_only_to_itself(
    carriers: list[PossibleHome], weight: float
) -> None:
    """Adding a device, and so removing it again, changes no slot but its own."""
    before = spread("ev", FEW, carriers)
    after = spread("ev", FEW, [*carriers, PossibleHome(DeviceId("newcomer"), weight)])
    moved = {slot for slot in before if before[slot] != after[slot]}
    assert {after[slot] for slot in moved} <= {"newcomer"}


def test_slots_are_shared_by_capacity() -> None:
    """A gate of four lanes gets about four times the slots of one with a single lane."""
    carriers = [
        PossibleHome(DeviceId("north"), 4.0),
        PossibleHome(DeviceId("south"), 1.0),
        PossibleHome(DeviceId("west"), 1.0),
    ]
    shares = Counter(spread("ev", range(SLOTS), carriers).values())
    assert abs(shares[DeviceId("north")] / SLOTS - 4 / 6) < 0.03
    assert abs(shares[DeviceId("south")] / SLOTS - 1 / 6) < 0.03


def test_slots_part_the_ids_by_their_top_bits() -> None:
    """The first and the last id lie in the first and the last slot."""
    assert slot_of(TicketId(0)) == 0
    assert slot_of(TicketId((1 << 64) - 1)) == SLOTS - 1


CONFIG = EventConfig(
    v=1, organization_id=OrganizationId("og"), event_id=EventId("ev"),
    name="Evening", timezone="UTC", state="published",
    sequence=1, occurrences=(),
    zones=(
        ZoneConfig(id=ZoneId("hall"), name="Hall"),
        ZoneConfig(id=ZoneId("club"), name="Club", ticket_type_ids=(TicketTypeId("vip"),)),
        ZoneConfig(id=ZoneId("sunday"), name="Sunday", occurrence_id=OccurrenceId("oc2")),
    ),
    gates=(
        GateConfig(GateId("g1"), "North", ZoneId("hall"), lanes=3),
        GateConfig(GateId("g2"), "Club door", ZoneId("club")),
        GateConfig(GateId("g3"), "Exit", ZoneId("hall"), direction="out"),
        GateConfig(GateId("g4"), "Sunday door", ZoneId("sunday")),
    ),
    ticket_types=(
        TicketTypeConfig(id=TicketTypeId("std"), code=1, name="Standard"),
        TicketTypeConfig(id=TicketTypeId("vip"), code=2, name="VIP", offline_policy="home"),
    ),
    places=(
        HomePlace(DeviceId("d1"), GateId("g1")),
        HomePlace(DeviceId("d2"), GateId("g1")),
        HomePlace(DeviceId("d3"), GateId("g2")),
        HomePlace(DeviceId("d4"), GateId("g3")),
        HomePlace(DeviceId("d5"), GateId("g4")),
    ),
)  # fmt: skip


def test_only_devices_at_gates_into_a_ticket_s_zones_carry_it() -> None:
    """Zones of other types and dates, and gates that only let out, carry nothing."""
    standard = {
        c.device_id: c.weight
        for c in carriers_of(CONFIG, TicketTypeId("std"), OccurrenceId("oc1"))
    }
    assert standard == {"d1": 1.5, "d2": 1.5}
    assert {
        c.device_id for c in carriers_of(CONFIG, TicketTypeId("vip"), OccurrenceId("oc1"))
    } == {"d1", "d2", "d3"}
    assert {c.device_id for c in carriers_of(CONFIG, TicketTypeId("std"), None)} == {
        "d1",
        "d2",
        "d5",
    }


def test_a_type_s_own_policy_decides_whether_its_tickets_have_homes() -> None:
    """The type's policy goes before the event's."""
    assert uses_homes(CONFIG)
    assert has_home(CONFIG, TicketTypeId("vip"))
    assert not has_home(CONFIG, TicketTypeId("std"))
    every = msgspec.structs.replace(CONFIG, offline_policy="home")
    assert has_home(every, TicketTypeId("std"))
    assert not uses_homes(msgspec.structs.replace(CONFIG, ticket_types=()))
