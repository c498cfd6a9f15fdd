"""One evening of the event that is printed twice: what becomes of its first key, and who comes."""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.requests import Scan
from server.keys.organization_keys import ticket_signing_key
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import SECOND, Duration, Instant, format_instant
from shared.manifest.signed_document import name_key
from simulator.further_events.ended_keys_and_copied_events.record import (
    Bound,
    Edition,
    EditionRecord,
    Print,
)
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.seen_visits import Card, Visit
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

NODES: Final = 2
FIRST_TICKETS: Final = 16
KEPT_BACK: Final = 4
"""Tickets of an edition that nobody shows until doors are closed."""
SECOND_PRINTS: Final = 4
"""Holders of the first edition who are sent their ticket once more."""
VISITS: Final = 4
RETIRES: Final[Duration] = 5 * SECOND
"""So long a worker may sign with the key that it has read before."""


class Editions(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        record: What was seen.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "edition", NODES)
        self.record = EditionRecord()
        self.visits = self.record.seen
        self._key_name = ""
        self._first: list[Print] = []
        self._kept_back: list[Print] = []
        self._retired: tuple[Instant, Instant] | None = None

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put it on, sell and print, and start the gates."""
        world = self._world
        await self.owner.sign_in()
        await self._put_on()
        async with world.server.context.write(world.venue.organization_id) as unit:
            _, key = await ticket_signing_key(unit, world.vault, self.site.event_id)
        self._key_name = name_key(key.public_key).hex()
        printed = await self._print_new(FIRST_TICKETS)
        self._kept_back, self._first = printed[:KEPT_BACK], printed[KEPT_BACK:]
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        dice = self._dice
        for one in self._first:
            self._come_by(one)
        for work in (
            self._print_again(dice.stream("second")),
            self._bound(dice.stream("bounds")),
            self._cut(dice.stream("cuts")),
        ):
            self._world.start(work)

    # -- guests ----------------------------------------------------------------------------------

    def _come_by(self, shown: Print) -> None:
        dice = self._dice.stream(f"guest {shown.ticket_id} {shown.edition}")
        self._world.start(self._come(shown, dice))

    async def _come(self, shown: Print, dice: Dice) -> None:
        """Come any time, again and again; whoever is inside goes out now and then."""
        whole = self._world.scenario.duration
        await self.pause(Duration(dice.below(whole * 6 // 10)))
        inside = False
        for _ in range(VISITS):
            seen = await self.show(dice.pick(self.nodes), shown, "out" if inside else "in")
            if seen.is_green:
                inside = not inside
            await self.pause(dice.exponential(whole // 8))

    async def show(self, node: GateNode, shown: Print, direction: str = "in") -> Visit[Print]:
        """Present a paper at a gate, and look at its lamp."""
        asked = Scan(shown.text, direction=direction)
        return await self._present(node, shown, asked)

    # -- tickets ---------------------------------------------------------------------------------

    async def _print_new(self, count: int) -> list[Print]:
        """Sell tickets of the event, and print them."""
        began = self._world.stage.now()
        return [one for card in await self._sell(count) for one in self._edition_of(card, began)]

    def _edition_of(self, card: Card, began: Instant) -> list[Print]:
        """Say by which key a ticket was printed just now; of some nobody can tell."""
        edition = Edition.FIRST
        if self._retired is not None:
            since, until = self._retired
            if began > until + RETIRES:
                edition = Edition.SECOND
            elif self._world.stage.now() >= since:
                return []
        event_id = self.site.event_id
        return [Print(card.text, card.ticket_id, edition=edition, event_id=event_id)]

    # -- what the organizer does -----------------------------------------------------------------

    async def _print_again(self, dice: Dice) -> None:
        """Let another key sign; send some holders their ticket once more, and sell on."""
        await self._at_part(dice, 5, 20)
        began = self._world.stage.now()
        self._retired = began, Instant(began + self._world.scenario.duration)
        await self.owner.must("POST", f"/keys/{self._key_name}/rotate", {"reason": "a leak"})
        self._retired = began, self._world.stage.now()
        await self.pause(Duration(RETIRES + SECOND))
        for one in self._first[:SECOND_PRINTS]:
            now = self._world.stage.now()
            card = await self._print(format_ticket_id(one.ticket_id))
            for again in self._edition_of(card, now):
                self._come_by(again)
        sold = await self._print_new(KEPT_BACK)
        self._kept_back += sold[: KEPT_BACK // 2]
        for one in sold[KEPT_BACK // 2 :]:
            self._come_by(one)
        while True:
            await self.pause(dice.exponential(self._world.scenario.duration // 8))
            for one in await self._print_new(1):
                self._come_by(one)

    async def _bound(self, dice: Dice) -> None:
        """Say when the first key ends, move it, take it back, and say it once more."""
        whole = self._world.scenario.duration
        await self._at_part(dice, 15, 30)
        await self._say(Duration(dice.between(5, 15) * whole // 100))
        await self._at_part(dice, 2, 12)
        if dice.chance(0.5):
            await self._say(Duration(dice.between(-5, 15) * whole // 100))
            await self._at_part(dice, 5, 15)
        if dice.chance(0.7):
            await self._say(None)
            await self._at_part(dice, 5, 15)
        if dice.chance(0.7):
            await self._say(Duration(dice.between(-5, 5) * whole // 100))

    async def _say(self, ahead: Duration | None) -> None:
        """Say how far ahead the first key ends; and note when the server had committed it."""
        stage = self._world.stage
        began = stage.now()
        until = None if ahead is None else Instant(began + ahead)
        body = {"admits_until": None if until is None else format_instant(until)}
        await self.owner.must("POST", f"/keys/{self._key_name}/bound", body)
        head = await self.told.head()
        self.record.bounds.append(Bound(until, head, began, stage.now()))
        stage.trace.note("editions", f"the first key ends at {until} by {head}")

    # -- after doors -----------------------------------------------------------------------------

    async def try_all(self) -> None:
        """Come with what nobody has shown yet: to gates that can ask, and to gates that cannot."""
        for number, one in enumerate(self._kept_back[::2]):
            await self.show(self.nodes[number % NODES], one)
        with self._cut_off():
            for number, one in enumerate(self._kept_back[1::2]):
                await self.show(self.nodes[number % NODES], one)
