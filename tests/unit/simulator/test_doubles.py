"""Double uses and conflicts that say so are counted beside each other."""

from __future__ import annotations

from shared.kernel.id_types import DeviceId, TicketId, ZoneId
from simulator.checkers.doubles import Doubles, pair_doubles
from simulator.judging.ledger_and_device_views import LedgerConflict
from simulator.judging.truth import Excess


def excess(ticket_id: TicketId, *, is_real: bool) -> Excess:
    """Make a ticket's entries, whatever they were."""
    return Excess(
        ticket_id=ticket_id,
        zone_id=ZoneId("zn"),
        persons=1,
        entered=2,
        entries=[],
        has_exits=True,
        is_certain=False,
        is_possible=True,
        is_real=is_real,
        is_ledgered=True,
        is_inevitable=False,
    )


def conflict(
    ticket_id: TicketId, kind: str = "double_use", disposition: str = ""
) -> LedgerConflict:
    """Make a conflict about a ticket."""
    return LedgerConflict(
        id=f"cf_{ticket_id}",
        kind=kind,
        subject=str(ticket_id),
        ticket_id=ticket_id,
        zone_id=ZoneId("zn"),
        device_id=DeviceId(""),
        disposition=disposition,
        sides=frozenset(),
        evidenced=frozenset(),
    )


def test_what_one_number_has_beyond_the_other_is_said() -> None:
    """Named, of a lost home, named by nothing, withdrawn; and a conflict without a double use."""
    used = [excess(TicketId(number), is_real=number != 5) for number in range(1, 6)]
    said = [
        conflict(TicketId(1)),
        conflict(TicketId(2), "home_lost"),
        conflict(TicketId(4), disposition="withdrawn"),
    ]
    found = pair_doubles(used, [*said, conflict(TicketId(5))])
    assert found == Doubles(used=4, conflicts=2, of_lost_homes=1, unnamed=2, by_clocks=1)
    assert found.used - found.of_lost_homes - found.unnamed == found.conflicts - found.by_clocks
    assert found.plus(found).unnamed == 4
    assert found.explain() == (
        "4 double uses, 2 of them in an order that nothing proves and 1 of a lost home;"
        " 2 conflicts, 1 of them by clocks alone"
    )
