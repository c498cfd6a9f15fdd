"""One evening at two gates that know another box office's tickets by their codes alone."""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.requests import Scan
from shared.kernel.id_types import TicketId
from shared.kernel.instant import SECOND, Duration
from simulator.evening.imported_lists import bring_list
from simulator.judging.seen_visits import Card, Visit
from simulator.kernel.dice import Dice
from simulator.one_evening import OneEvening
from simulator.world import World

NODES: Final = 2
KIND: Final = "Floor"
CODES: Final = 24
LATE_CODES: Final = 8
"""On a list that comes while doors are open."""
VISITS: Final = 3
KEYED_IN: Final = 0.5
GUESSERS: Final = 3
GUESSES: Final = (9, 24)
"""So many codes of nobody's somebody tries in a row."""
THINKS: Final[Duration] = 3 * SECOND
NOBODYS: Final = TicketId(0)


class Imported(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        visits: Presentations at gates, in order of beginning.
        late: Tickets of the second list.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "imported", NODES)
        self.visits: list[Visit[Card]] = []
        self.late: set[TicketId] = set()
        self._cards: list[Card] = []
        self._wrong = 0

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, bring its first list, and start the gates."""
        await self.owner.sign_in()
        await self._put_on()
        self._cards = await self._bring(CODES, "A")
        await self._hear()

    async def _bring(self, count: int, series: str) -> list[Card]:
        codes = [f"THEATRE {series}-{7 * number:06}" for number in range(count)]
        _, found = await bring_list(self.owner, self.site.path, KIND, codes, self.pause)
        return [Card(code, ticket_id) for code, ticket_id in found]

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._come_by(card)
        for number in range(GUESSERS):
            self._world.start(self._guess(self._dice.stream(f"guesser {number}")))
        self._world.start(self._bring_late(self._dice.stream("late")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    def _come_by(self, card: Card) -> None:
        self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))

    async def _come(self, card: Card, dice: Dice) -> None:
        """Come, and come again with a copy: scanned here, keyed in there."""
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 4))
            asked = Scan(card.text, is_manual=dice.chance(KEYED_IN))
            await self._present(self.visits, dice.pick(self.nodes), card, asked)

    async def _guess(self, dice: Dice) -> None:
        """Try codes of nobody's at a gate, as fast as they are keyed in; a few are scanned."""
        while True:
            await self._at_part(dice, 5, 40)
            node = dice.pick(self.nodes)
            for _ in range(dice.between(*GUESSES)):
                await self.pause(dice.exponential(THINKS))
                self._wrong += 1
                card = Card(f"THEATRE A-{7 * self._wrong + 1:06}", NOBODYS)
                asked = Scan(card.text, is_manual=dice.chance(0.9))
                await self._present(self.visits, node, card, asked)

    async def _bring_late(self, dice: Dice) -> None:
        await self._at_part(dice, 10, 40)
        cards = await self._bring(LATE_CODES, "B")
        self.late = {card.ticket_id for card in cards}
        for card in cards:
            self._come_by(card)

    # -- after doors -----------------------------------------------------------------------------

    async def come_again(self) -> None:
        """Come with every ticket once more, keyed in or scanned, when all have heard of all."""
        await self._hear()
        for number, card in enumerate(self._cards):
            asked = Scan(card.text, is_manual=number % 3 == 0)
            await self._present(self.visits, self.nodes[number % NODES], card, asked)
