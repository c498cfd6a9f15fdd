"""What the server's disk says of the fair's feed, as it stands."""

from __future__ import annotations

from shared.kernel.id_types import EventId
from simulator.world import World


class Told:
    """Reads numbers of one event's feed.

    Attributes:
        event_id: The event.
    """

    def __init__(self, world: World, event_id: EventId) -> None:
        self._world = world
        self.event_id = event_id

    async def head(self) -> int:
        """Read the newest number."""
        return await self._read("SELECT seq FROM event_feed WHERE event_id = ?")

    async def stops(self) -> int:
        """Count the words on evacuations."""
        return await self._read(
            "SELECT count(*) FROM feed WHERE event_id = ? AND kind = 'evacuation'"
        )

    async def _read(self, question: str) -> int:
        await self._world.server.until_up()
        inline = self._world.server.context.database.inline
        assert inline is not None
        async with inline.reading():
            found = inline.connection.execute(question, (self.event_id,))
            ((number,),) = found.fetchall()
        return int(number)
