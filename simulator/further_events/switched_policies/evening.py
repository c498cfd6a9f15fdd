"""One evening at three gates, whose policy the organizer switches between `home` and `closed`.

Gates are cut off from the server and from each other all the while, so that some go by what holds
no more. Holders and their copies come to all of them.
"""

from __future__ import annotations

from typing import Final

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.instant import MINUTE, SECOND
from simulator.further_events.devices_sent_to_other_zones.ground import say_policy
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.heard_policies import Set
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.world import World

GATES: Final = ("Gate 1", "Gate 2", "Gate 3")
POLICIES: Final = (OfflinePolicy.HOME, OfflinePolicy.CLOSED)
TICKETS: Final = 40
VISITS: Final = 3
AT_ONCE: Final = 0.3
"""The share of visits on which holder and copy come to two gates at once."""


class Switched(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        words: Policies, in order.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "switched", len(GATES))
        self.words: list[Set] = []
        self._cards: list[Card] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on under either policy, and print its tickets."""
        await self.owner.sign_in()
        policy, began = self._dice.stream("policy").pick(POLICIES), self._world.stage.now()
        await self._put_on(Terms(gates=GATES, policy=say_policy(policy)))
        self.words.append(Set(policy, began, self._world.stage.now(), 0))
        self._cards = await self._sell(TICKETS)
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))
        self._world.start(self._switch(self._dice.stream("switches")))
        for number in range(2):
            self._world.start(self._cut(self._dice.stream(f"cuts {number}")))
        self._world.start(self._part(self._dice.stream("parts")))
        self._world.start(self._sell_late(self._dice.stream("late")))

    async def _come(self, card: Card, dice: Dice) -> None:
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 3))
            await self._come_to(self.nodes, dice, AT_ONCE, lambda gate: self._present(gate, card))

    async def _sell_late(self, dice: Dice) -> None:
        """Sell tickets under whichever policy holds."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 8))
            for card in await self._sell(1):
                self._cards.append(card)
                self._world.start(self._come(card, self._dice.stream(f"late {card.ticket_id}")))

    async def _switch(self, dice: Dice) -> None:
        """Let the organizer change their mind, mostly while some gate does not hear of it."""
        await self.owner.must("POST", f"{self.site.path}/freeze/lift", {"reason": "network"})
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 4))
            with self._cut_off(dice.pick(self.nodes)):
                await self.pause(dice.exponential(30 * SECOND))
                await self._set_other()
                await self.pause(dice.exponential(MINUTE))

    async def _set_other(self) -> None:
        (policy,) = (one for one in POLICIES if one != self.words[-1].policy)
        began = self._world.stage.now()
        await self.owner.must("PATCH", self.site.path, {"policy": say_policy(policy)})
        now, head = self._world.stage.now(), await self.told.head()
        self.words.append(Set(policy, began, now, head))
        self._world.stage.trace.note("organizer", f"says {policy.value}")

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Let everybody come to every gate when all is told.

        Returns:
            What keeps it from being quiet, or "".
        """
        if unrest := await self._until_told():
            return unrest
        for card in self._cards:
            for node in self.nodes:
                await self._present(node, card)
        return await self.rest()
