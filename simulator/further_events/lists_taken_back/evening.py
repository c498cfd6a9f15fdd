"""One evening at two gates with lists of tickets, of which some are undone, and brought again.

Holders come meanwhile, twice and more, at gates that hear of it late.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from shared.kernel.id_types import TicketId
from shared.kernel.instant import SECOND, Duration, Instant
from simulator.evening.imported_lists import becomes, bring_list
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.world import Over, World

NODES: Final = 2
KIND: Final = "Floor"
LISTS: Final = 4
CODES: Final = 8
"""On each."""
VISITS: Final = 4
TAKEN_ALL_THE_SAME: Final = 0.7
"""So many of the lists on which somebody has come in are undone for all others."""
BROUGHT_AGAIN: Final = 0.7
REFUSED: Final = 409


class Asked(msgspec.Struct, frozen=True):
    """The organizer wants a list undone, if nobody has come in on it.

    Attributes:
        tickets: Those of the list.
        began: True time of the question.
        ended: Of the answer.
        is_refused: Somebody has come in, says the server.
    """

    tickets: frozenset[TicketId]
    began: Instant
    ended: Instant
    is_refused: bool


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """From when on tickets are good no more, or again.

    Attributes:
        is_good: Whether their list was brought again; else it was undone.
        tickets: Those that it was said of.
        kept: Of an undone list those that stay good.
        began: True time of the question.
        ended: When it was known to be done.
        head: The feed's newest number then.
    """

    is_good: bool
    tickets: frozenset[TicketId]
    kept: frozenset[TicketId]
    began: Instant
    ended: Instant
    head: int


class TakenBack(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        asked: Questions for a list's end that may be refused, in their order.
        turns: What was done with lists, in its order.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "taken_back", NODES)
        self.asked: list[Asked] = []
        self.turns: list[Turn] = []
        self._lists: list[tuple[str, list[Card]]] = []
        self._organizing: asyncio.Task[None] | None = None

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, bring its lists, and start the gates."""
        await self.owner.sign_in()
        await self._put_on()
        for number in range(LISTS):
            codes = [f"HALL {number}-{13 * one:05}" for one in range(CODES)]
            path, found = await bring_list(self.owner, self.site.path, KIND, codes, self.pause)
            self._lists.append((path, [Card(*one) for one in found]))
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for _, cards in self._lists:
            for card in cards:
                self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))
        self._organizing = self._world.spawn(self._organize(self._dice.stream("organizer")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _come(self, card: Card, dice: Dice) -> None:
        """Come again and again, some of them late."""
        await self._at_part(dice, 0, 70)
        for _ in range(VISITS):
            await self._come_to(self.nodes, dice, 0.2, lambda node: self._present(node, card))
            await self.pause(dice.exponential(self.scenario.duration // 5))

    async def _organize(self, dice: Dice) -> None:
        """Undo the lists one after another, and bring some of them again."""
        for path, cards in self._lists:
            try:
                await self.pause(dice.exponential(self.scenario.duration // (2 * LISTS)))
            except Over:
                return
            # What is begun is brought to its end: it is judged by when that was.
            if not await self._undo(path, cards, dice) or not dice.chance(BROUGHT_AGAIN):
                continue
            await _wait(dice.exponential(self.scenario.duration // (2 * LISTS)))
            await self._bring_again([card.text for card in cards])

    async def _undo(self, path: str, cards: list[Card], dice: Dice) -> bool:
        """Undo a list; tell whether it was."""
        began, stage = self._world.stage.now(), self._world.stage
        status, said = await self.owner.attempt("POST", f"{path}/undo")
        tickets = frozenset(card.ticket_id for card in cards)
        self.asked.append(Asked(tickets, began, stage.now(), is_refused=status == REFUSED))
        if status == REFUSED:
            if not dice.chance(TAKEN_ALL_THE_SAME):
                return False
            began = stage.now()
            await self.owner.must("POST", f"{path}/undo?keep_used=true")
        elif status > REFUSED:
            self.owner.refused.append(f"{path}/undo: {status} {said}")
        await becomes(self.owner, path, "undone", _wait)
        kept = await self._read(path, "kept")
        await self._note(is_good=False, tickets=tickets - kept, kept=kept, began=began)
        return True

    async def _bring_again(self, codes: list[str]) -> None:
        began = self._world.stage.now()
        path, _ = await bring_list(self.owner, self.site.path, KIND, codes, _wait)
        again = await self._read(path, "again")
        await self._note(is_good=True, tickets=again, kept=frozenset(), began=began)

    async def _read(self, path: str, outcome: str) -> frozenset[TicketId]:
        """Read of which tickets a list says something."""
        found = await self.owner.must("GET", f"{path}/lines?limit={CODES}&outcome={outcome}")
        return frozenset(TicketId(int(one["ticket_id"], 16)) for one in found["items"])

    async def _note(
        self,
        *,
        is_good: bool,
        tickets: frozenset[TicketId],
        kept: frozenset[TicketId],
        began: Instant,
    ) -> None:
        turn = Turn(
            is_good=is_good,
            tickets=tickets,
            kept=kept,
            began=began,
            ended=self._world.stage.now(),
            head=await self.told.head(),
        )
        self.turns.append(turn)

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Come with every ticket once more when all have heard of all."""
        assert self._organizing is not None
        await asyncio.wait([self._organizing])
        if unrest := await self._until_told():
            return unrest
        for _, cards in self._lists:
            for number, card in enumerate(cards):
                await self._present(self.nodes[number % NODES], card)
        return await self.rest()


async def _wait(duration: Duration) -> None:
    await asyncio.sleep(duration / SECOND)
