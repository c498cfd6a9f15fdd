"""One evening at two gates that know other box offices' tickets by their codes alone.

Some are short texts, some as pretix signs them, and some are wristbands' numbers. Beside them come
codes of nobody's, and what somebody has made of a code that they saw in passing.
"""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.media_setting import MEDIA_NAME
from gatekeeper.gate.requests import Scan
from shared.kernel.id_types import TicketId
from shared.kernel.instant import SECOND, Duration
from simulator.evening.imported_lists import bring_list
from simulator.further_events.imported_tickets.codes import POINTING, Code, Kind, draw_code
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.further_events.tags.media import on_tag
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
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
        late: Tickets of the second list.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "imported", NODES)
        self.late: set[TicketId] = set()
        self._cards: list[Code] = []
        self._wrong = 0

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, bring its first list, and start the gates."""
        await self.owner.sign_in()
        for node in self.nodes:
            node.disk.write(MEDIA_NAME, POINTING)
        await self._put_on()
        self._cards = await self._bring(CODES, "A")
        await self._hear()

    async def _bring(self, count: int, series: str) -> list[Code]:
        """Bring a list of each kind, and give its codes with their tickets."""
        dice, brought = self._dice.stream(f"codes {series}"), []
        for kind in Kind:
            texts = [draw_code(kind, series, number, dice) for number in range(count // len(Kind))]
            column = "uid" if kind is Kind.WRISTBAND else "code"
            path = self.site.path
            _, found = await bring_list(self.owner, path, KIND, texts, self.pause, column)
            brought += [Code(text, ticket_id, kind=kind) for text, ticket_id in found]
        return brought

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._come_by(card)
        self._world.start(self._look_alike(self._dice.stream("look-alikes")))
        for number in range(GUESSERS):
            self._world.start(self._guess(self._dice.stream(f"guesser {number}")))
        self._world.start(self._bring_late(self._dice.stream("late")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    def _come_by(self, card: Code) -> None:
        self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))

    async def _come(self, card: Code, dice: Dice) -> None:
        """Come, and come again with a copy: scanned here, keyed in there."""
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 4))
            await self._hold(dice.pick(self.nodes), card, is_manual=dice.chance(KEYED_IN))

    async def _hold(self, node: GateNode, card: Code, *, is_manual: bool) -> None:
        """Show a code; nobody can key in what a wristband says."""
        asked = Scan(card.text, is_manual=is_manual)
        if card.kind is Kind.WRISTBAND:
            asked = Scan(on_tag(bytes.fromhex(card.text), len(self.visits) + 1))
        await self._present(node, card, asked)

    async def _look_alike(self, dice: Dice) -> None:
        """Show what somebody has made of a code that they saw in passing, and is not it."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 30))
            seen, node = dice.pick(self._cards), dice.pick(self.nodes)
            asked = Scan(dice.pick(seen.look_alikes()))
            if seen.kind is Kind.WRISTBAND and dice.chance(0.3):
                asked = Scan(on_tag(dice.bytes(7), len(self.visits) + 1))
            await self._present(node, Card(seen.text, NOBODYS), asked)

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
                await self._present(node, card, asked)

    async def _bring_late(self, dice: Dice) -> None:
        await self._at_part(dice, 10, 40)
        cards = await self._bring(LATE_CODES, "B")
        self.late = {card.ticket_id for card in cards}
        for card in cards:
            self._come_by(card)

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Come with every ticket once more, keyed in or scanned, when all have heard of all."""
        await self._hear()
        for number, card in enumerate(self._cards):
            node = self.nodes[number % NODES]
            await self._hold(node, card, is_manual=number % 3 == 0)
        return await self.rest()
