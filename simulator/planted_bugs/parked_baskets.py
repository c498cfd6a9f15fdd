"""Bugs in baskets that are put aside at a till and taken up again."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.store.kept_table import KeptTable
from gatekeeper.store.open_sale_table import ON_COUNTER, OpenSales
from shared.kernel.instant import SECOND
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.tills_and_money import at_the_counter
from simulator.scenario import Scenario


def _with_parked(scenario: Scenario) -> Scenario:
    """Let baskets be put aside all the time, at tills that stop now and then."""
    counter = at_the_counter(scenario)
    assert counter.box_office is not None
    terms = msgspec.structs.replace(counter.box_office, parks_every=5 * SECOND)
    return msgspec.structs.replace(counter, sale_every=30 * SECOND, box_office=terms)


def _copied(unpark: Any) -> Any:
    def read(self: OpenSales, parked_id: str) -> Any:
        if parked_id == ON_COUNTER:
            return unpark(self, parked_id)
        query = "SELECT record FROM parked_sale WHERE parked_id=?"
        row = self._connection.execute(query, (parked_id,)).fetchone()
        return None if row is None else bytes(row[0])

    return read


def _swept(begin: Any) -> Any:
    def begin_anew(self: KeptTable, connection: Any) -> None:
        begin(self, connection)
        if isinstance(self, OpenSales):
            connection.execute("DELETE FROM parked_sale WHERE parked_id <> ?", (ON_COUNTER,))

    return begin_anew


PARKED_BUGS: Final = (
    Planted(
        name="taken_up_and_kept",
        what="A basket that was taken up lies there still, for somebody else to sell again.",
        replaced=(Replacement(OpenSales, "unpark", _copied),),
        change=_with_parked,
    ),
    Planted(
        name="start_sweeps_counter",
        what="A till that starts again has forgotten what was put aside.",
        replaced=(Replacement(KeptTable, "__init__", _swept),),
        change=_with_parked,
    ),
)
