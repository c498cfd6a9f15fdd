"""One day at three gates with three shows, to each of which a pass lets its holder in once.

Between two shows nobody is let in. The next one's doors are always less than hours away. Gates
are cut off from the server and from each other by turns, and copies of passes go around.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from shared.kernel.id_types import EventId
from shared.kernel.instant import SECOND, Duration, Instant, format_instant
from simulator.further_events.ended_keys_and_copied_events.ground import Site, open_doors
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.further_events.second_event.told import Told
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.venue import CLAIM_BUDGET_MS
from simulator.world import World

GATES: Final = 3
SHOWS: Final = 3
PASSES: Final = 30
COMES: Final = 0.8
"""The share of shows to which a pass's holder comes."""
COPIED: Final = 0.4
"""The share of these to which somebody with a copy comes as well."""
AT_ONCE: Final = 0.3
"""The share of copies that come in the same moment, to another gate."""
MOST: Final = 0.7
"""The share of each third of the day in which there is a show."""
ONCE_A_SHOW: Final = {
    "all": [
        {"fact": "entries_since", "since": "event:doors", "cmp": "<", "value": 1},
        {"fact": "now", "cmp": "after", "value": "event:doors"},
        {"fact": "now", "cmp": "before", "value": "event:end"},
    ]
}


class Show(msgspec.Struct, frozen=True):
    """From when to when one of them lets people in; server time."""

    doors: Instant
    ends: Instant


class Passes(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        shows: In order.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "passes", GATES)
        self.shows: list[Show] = []
        self._cards: list[Card] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the day on, start its gates, and print its passes."""
        await self.owner.sign_in()
        third = self.scenario.duration // SHOWS
        begin = Instant((self._world.stage.now() // SECOND + 1) * SECOND + third // 10)
        for number in range(SHOWS):
            doors = Instant((begin + number * third) // SECOND * SECOND)
            ends = Instant((doors + round(MOST * third)) // SECOND * SECOND)
            self.shows.append(Show(doors, ends))
        self.site = await self._put_on_shows()
        self.told = Told(self._world, self.site.event_id)
        self._world.others += self.nodes
        for node, gate_id in zip(self.nodes, self.site.gates, strict=True):
            await self._enrol(node, gate_id, self.site.event_id)
        self._cards = await self._sell(PASSES)
        await self._hear()

    async def _put_on_shows(self) -> Site:
        owner = self.owner
        policy = {"offline_policy": "open", "claim_budget_ms": CLAIM_BUDGET_MS}
        body = {"name": "Shows", "timezone": "Europe/Zurich", "currency": "CHF", "policy": policy}
        event_id = EventId((await owner.must("POST", "/events", body))["id"])
        path = f"/events/{event_id}"
        for number, show in enumerate(self.shows, 1):
            doors, ends = format_instant(show.doors), format_instant(show.ends)
            date = {"name": f"Show {number}", "doors_at": doors, "starts_at": doors}
            await owner.must("POST", f"{path}/occurrences", date | {"ends_at": ends})
        kind = await owner.must(
            "POST", f"{path}/ticket-types", {"name": "Pass", "price_minor": 9_000}
        )
        zone = {"name": "Stalls", "multiple_entries": True, "rule": ONCE_A_SHOW}
        zone_id = (await owner.must("POST", f"{path}/zones", zone))["id"]
        gates = []
        for number in range(1, GATES + 1):
            gate = {"name": f"Gate {number}", "zone_id": zone_id}
            gates.append(str((await owner.must("POST", f"{path}/gates", gate))["id"]))
        await open_doors(owner, path)
        return Site(
            event_id=event_id,
            gates=tuple(gates),
            kinds=(str(kind["id"]),),
            codes=(int(kind["code"]),),
        )

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            dice = self._dice.stream(f"guest {card.ticket_id}")
            for show in self.shows:
                if dice.chance(COMES):
                    self._world.start(self._come(card, show, dice.stream(f"at {show.doors}")))
        self._world.start(self._cut(self._dice.stream("cuts")))
        self._world.start(self._cut(self._dice.stream("more cuts")))
        self._world.start(self._part(self._dice.stream("parts")))
        self._world.start(self._lose_server_for_long(self._dice.stream("server lost")))

    async def _come(self, card: Card, show: Show, dice: Dice) -> None:
        """Come to a show, now and then too early or too late; a copy may come as well."""
        length = show.ends - show.doors
        at = Instant(show.doors + dice.between(-length // 8, length + length // 8))
        await self.pause(Duration(max(0, at - self._world.stage.now())))
        first = dice.pick(self.nodes)
        other = dice.pick([one for one in self.nodes if one is not first])
        is_copied, is_at_once = dice.chance(COPIED), dice.chance(AT_ONCE)
        if is_copied and is_at_once:
            both = (self._present(one, card) for one in (first, other))
            await asyncio.gather(*both)
            return
        await self._present(first, card)
        if is_copied:
            await self.pause(dice.exponential(Duration(length // 4)))
            await self._present(dice.pick(self.nodes), card)

    async def _lose_server_for_long(self, dice: Dice) -> None:
        """Cut all off at once now and then, so that the gates have each other alone."""
        part = self.scenario.duration // 8
        while True:
            await self.pause(dice.exponential(part))
            with self._cut_off():
                await self.pause(dice.exponential(part))
