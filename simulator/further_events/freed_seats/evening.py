"""One evening in the small hall: a till is stolen amid its sales, revoked, and its seats freed.

It is cut off before that and sells seats of which nobody hears; the office sells them again. In
the end it is found, what it has on record comes, and everybody comes to the gate.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import SECOND
from simulator.further_events.reserved_seats.evening import FATES, MOST, ROWS, SEATS, Seated
from simulator.kernel.dice import Dice
from simulator.world import World

AGAIN: Final = 4
"""So many seats of the till's row the office tries to sell again, one by one."""


class FreedSeats(Seated):
    """A further event of a world, and its tills.

    Attributes:
        heard: Ids of tickets of which the office had heard before it freed seats.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "freed")
        self.fate, self.heard = FATES[0], set[str]()

    def begin(self) -> None:
        """Let everything happen."""
        start, dice = self._world.start, self._dice
        for node in self.tills:
            start(self._sell_at(node, dice.stream(f"sales of {node.name}")))
        start(self._order(dice.stream("orders")))
        start(self._lose(dice.stream("losing")))

    async def _lose(self, dice: Dice) -> None:
        """Let a till be stolen, and have its seats sold by others."""
        lost = self.tills[0]
        await self._at_part(dice, 10, 40)
        with self._cut_off(lost):
            await self._at_part(dice, 10, 30)
            await self.sell(lost, 1, [])
            await self.owner.must(
                "POST", f"/devices/{lost.device_id}/revoke", {"reason": "stolen"}
            )
            self.heard = set(await self.read_sold())
            path = f"{self.path}/till-stock/{lost.device_id}/reserved/free"
            await self.owner.must("POST", path, {})
            self._world.stage.trace.note("organizer", f"frees the seats of {lost.name}")
            for number in range(AGAIN):
                await self.pause(dice.exponential(SECOND))
                await self.sell(lost, dice.between(1, MOST), [])
                await self.buy(1, [f"{ROWS[0]}-{SEATS - number}"])
            await self._at_part(dice, 10, 30)

    async def read_sold(self) -> list[str]:
        """Name the tickets of tills' sales that the office has booked, as it spells them."""
        rows = await self.read_books(
            "SELECT t.ticket_id FROM ticket t JOIN ticket_order o ON o.id = t.order_id"
            " WHERE t.event_id=? AND o.client_key LIKE 'till:%'",
            self.event_id,
        )
        return [f"{row[0] + (1 << 63):016x}" for row in rows]

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Let everybody come when what the till has on record is told, and a person has taken it.

        Returns:
            What keeps it from being quiet, or "".
        """
        if unrest := await self.rest():
            return unrest
        await self._accept()
        if unrest := await self._until_told():
            return unrest
        await self.settle_orders()
        await self.come()
        return await self.rest()

    async def _accept(self) -> None:
        """Take what a revoked till has brought: until then it waits, and is booked nowhere."""
        path = f"/devices/{self.tills[0].device_id}/unconfirmed"
        waiting = (await self.owner.must("GET", f"{path}?limit=500"))["items"]
        entries = [{"boot": one["boot"], "dseq": one["dseq"]} for one in waiting]
        if entries:
            await self.owner.must("POST", f"{path}/accept", {"entries": entries})

    async def unrest(self) -> str:
        """See `FurtherEvent.unrest`; a till that was revoked hears of nothing but that."""
        lost, head = self.tills[0], await self.told.head()
        for node in self.nodes:
            waiting = await self._unrest_of(node, self.event_id, head)
            if node is lost and node.is_up:
                pending = node.session.store.journal.pending
                waiting = f"{node.name}: {pending} pending" if pending else ""
            if waiting:
                return waiting
        return ""
