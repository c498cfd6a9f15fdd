"""A further event of one evening and one zone, with a gate for each device and perhaps more."""

from __future__ import annotations

from typing import Any

from shared.kernel.ids import parse_ticket_id
from simulator.further_events.ended_keys_and_copied_events.ground import Site, Terms, put_on
from simulator.further_events.further_event import FurtherEvent
from simulator.further_events.second_event.told import Told
from simulator.judging.seen_visits import Card
from simulator.nodes.gate_node import GateNode


class OneEvening(FurtherEvent):
    """An event that is put on, sold and brought to an end as plainly as can be.

    Attributes:
        site: The event.
    """

    site: Site

    async def _put_on(self, terms: Terms = Terms()) -> None:  # noqa: B008 - it never changes
        """Put it on, and start its gates."""
        self.site = await put_on(self.owner, terms)
        self.told = Told(self._world, self.site.event_id)
        self._world.others += self.nodes
        for node, gate_id in zip(self.nodes, self.site.gates, strict=False):
            await self._enrol(node, gate_id, self.site.event_id)

    async def _enrol_till(self, node: GateNode) -> None:
        """Let a machine become a till of the event, and start it."""
        await self._enrol(node, None, self.site.event_id)
        self.nodes.append(node)
        self._world.others.append(node)

    async def _sell(self, count: int, kind: str = "") -> list[Card]:
        """Sell tickets, of the event's first type where none is named, and print them."""
        wanted = self._want(count, kind)
        order = await self.owner.must("POST", f"{self.site.path}/orders", wanted)
        return await self._print_all(order)

    async def _try_to_sell(self, count: int, kind: str) -> list[Card]:
        """Do as `_sell`; give none where the office refuses."""
        wanted = self._want(count, kind)
        status, order = await self.owner.attempt("POST", f"{self.site.path}/orders", wanted)
        return await self._print_all(order) if status // 100 == 2 else []

    def _want(self, count: int, kind: str = "") -> dict[str, object]:
        line = {"ticket_type_id": kind or self.site.kind, "quantity": count}
        return {"lines": [line], "payment": "paid"}

    async def _print_all(self, order: Any) -> list[Card]:
        return [await self._print(str(one["id"])) for one in order["tickets"]]

    async def can_buy(self, count: int) -> bool:
        """Tell whether the office sells so many more tickets, and no fewer; buys them."""
        wanted = self._want(count)
        status, _ = await self.owner.attempt("POST", f"{self.site.path}/orders", wanted)
        return status // 100 == 2

    async def count_at_tills(self) -> int:
        """Count the tickets that lie with tills, to be sold there."""
        kinds = await self.owner.must("GET", f"{self.site.path}/ticket-types")
        return sum(int(one["allotted"]) for one in kinds)

    async def _print(self, name: str) -> Card:
        said = await self.owner.must("GET", f"{self.site.path}/tickets/{name}/credential")
        return Card(said["digits"], parse_ticket_id(name), said["manual_code"])
