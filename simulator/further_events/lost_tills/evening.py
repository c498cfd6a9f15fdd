"""One evening at two gates and a till that is cut off, sells on, and is declared lost or revoked.

Its stock is free again, and the office sells some or all of it. The till is found while doors are
open or later, and tells what it had sold; where it was revoked, that waits, and somebody at the
office rules. In the end the till gives back what it has, and the office sells all that is left.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from gatekeeper.boxoffice.till_requests import one_type
from shared.kernel.id_types import TicketId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import SECOND, Instant
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.ledger_and_device_views import HeldEntry
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.world import World

GATES: Final = 2
LIMIT: Final = 60
"""So many tickets of the one type there are."""
PRESOLD: Final = 10
MOST: Final = 3
SALES: Final = 40
"""Of the till, were it at work all evening."""
VISITS: Final = 2
SOME: Final = 20
"""So many tickets the office sells at most of those that are free, where it does not sell all."""


class Word(StrEnum):
    """What the organizer says of the till."""

    NOTHING = "nothing"
    LOST = "lost"
    REVOKED = "revoked"
    BOTH = "both"


class Sold(msgspec.Struct, frozen=True):
    """A sale that the till has shown.

    Attributes:
        sale_id: The till's number of it.
        total: What was taken, in minor units.
        tickets: What was handed over.
        at: True time.
    """

    sale_id: str
    total: int
    tickets: tuple[TicketId, ...]
    at: Instant


class LostTills(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        till: The till's node.
        word: What is said of it.
        said: When that was answered; None while it was not.
        sold: What the till has sold, in order.
        office: How many tickets the office has sold.
        held: What the till has on record, in the end.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "losttills", GATES)
        self.till = world.device("losttill")
        self.word = self._dice.stream("word").pick(tuple(Word))
        self.said: Instant | None = None
        self.sold: list[Sold] = []
        self.office = 0
        self.held: list[HeldEntry] = []
        self._cards: list[Card] = []
        self._is_found = False
        dice = self._dice.stream("free")
        self._most = LIMIT if dice.chance(0.5) else dice.between(1, SOME)

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, sell some tickets, and start gates and till."""
        await self.owner.sign_in()
        await self._put_on(Terms(limit=LIMIT))
        await self._enrol_till(self.till)
        self._cards = await self._sell(PRESOLD)
        self.office = PRESOLD
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._send(card)
        self._world.start(self._sell_at_till(self._dice.stream("sales")))
        self._world.start(self._lose(self._dice.stream("lost")))
        self._world.start(self._cut_gate(self._dice.stream("cuts")))

    def _send(self, card: Card) -> None:
        self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))

    async def _come(self, card: Card, dice: Dice) -> None:
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 4))
            await self._present(dice.pick(self.nodes[:GATES]), card)

    async def _cut_gate(self, dice: Dice) -> None:
        """Cut one gate off now and then: the other one can always ask."""
        part = self.scenario.duration // 12
        while True:
            await self.pause(dice.exponential(part))
            with self._cut_off(self.nodes[0]):
                await self.pause(dice.exponential(part))

    async def _sell_at_till(self, dice: Dice) -> None:
        """Sell until somebody has found it who does not sell."""
        while not self._is_found:
            await self.pause(dice.exponential(self.scenario.duration // SALES))
            if self.till.is_up and not self._is_found:
                await self._sell_some(dice.between(1, MOST))

    async def _sell_some(self, count: int) -> None:
        sale = await self._sell_there(self.till, one_type(self.site.codes[0], count))
        if sale is None:
            return
        cards = [Card(one.digits, parse_ticket_id(one.ticket_id)) for one in sale.tickets]
        tickets = tuple(one.ticket_id for one in cards)
        total, now = sale.total.minor_units, self._world.stage.now()
        self.sold.append(Sold(sale.sale_id, total, tickets, now))
        self._cards += cards
        for card in cards:
            self._send(card)

    async def _lose(self, dice: Dice) -> None:
        """Let the till be out of the server's sight, say so, sell what is free, and find it."""
        await self._at_part(dice, 10, 25)
        with self._cut_off(self.till):
            await self._at_part(dice, 15, 25)
            await self._say()
            await self._at_part(dice, 1, 5)
            await self._sell_what_is_free(dice)
            await self._at_part(dice, 5, 60)
        self._is_found = True

    async def _say(self) -> None:
        device_id = self.till.device_id
        if self.word is Word.REVOKED:
            path, body = f"/devices/{device_id}/revoke", {"reason": "stolen"}
            await self.owner.must("POST", path, body)
        elif self.word is not Word.NOTHING:
            path = f"{self.site.path}/devices/{device_id}/lost"
            lost = {"reason": "fell into the lake", "revokes": self.word is Word.BOTH}
            await self.owner.must("POST", path, lost)
        self.said = self._world.stage.now()
        self._world.stage.trace.note("organizer", f"says of the till: {self.word}")

    async def _sell_what_is_free(self, dice: Dice) -> None:
        """Sell at the office until that has nothing more, or nobody wants more."""
        most = self.office + self._most
        while cards := await self._try_to_sell(dice.between(1, MOST), self.site.kind):
            self.office += len(cards)
            if self.office >= most:
                return
            self._cards += cards
            for card in cards:
                self._send(card)
            await self.pause(dice.exponential(SECOND))

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Rule on what waits, and let everybody come once more when all is told.

        Returns:
            What keeps it from being quiet, or "".
        """
        self._is_found = True
        if unrest := await self.rest():
            return unrest
        await self._rule(self._dice.stream("office"))
        if unrest := await self._until_told() or await self._sell_the_rest():
            return unrest
        for number, card in enumerate(self._cards):
            await self._present(self.nodes[number % GATES], card)
        self.held = list(self.read_journals(self.till).values())
        return await self.rest()

    async def _sell_the_rest(self) -> str:
        """Ask the till for what it has, and sell all that is left, to people who do not come."""
        if not self.is_revoked:
            body = {"types": [{"ticket_type_id": self.site.kind, "size": 0}]}
            path = f"{self.site.path}/till-stock/{self.till.device_id}"
            await self.owner.must("PUT", path, body)
            if unrest := await self._until_told():
                return unrest
        for count in (MOST, 1):
            while await self.can_buy(count):
                self.office += count
        return ""

    @property
    def is_revoked(self) -> bool:
        """Whether the till's word was taken away."""
        return self.said is not None and self.word in {Word.REVOKED, Word.BOTH}

    async def _rule(self, dice: Dice) -> None:
        path = f"/devices/{self.till.device_id}/unconfirmed"
        waiting = (await self.owner.must("GET", f"{path}?limit=500"))["items"]
        for one in waiting:
            verb = dice.pick(("accept", "dismiss"))
            entries = [{"boot": one["boot"], "dseq": one["dseq"]}]
            await self.owner.must("POST", f"{path}/{verb}", {"entries": entries})

    async def unrest(self) -> str:
        """See `OneEvening.unrest`; a till that was revoked hears of nothing but that."""
        head = await self.told.head()
        for node in self.nodes:
            waiting = await self._unrest_of(node, self.site.event_id, head)
            if node is self.till and node.is_up and self.is_revoked:
                pending = node.session.store.journal.pending
                waiting = f"{node.name}: {pending} pending" if pending else ""
            if waiting:
                return waiting
        return ""
