"""One evening at three devices, each the home of some tickets; somebody else has one of them.

Whoever has it writes down that it gave entries away: to the other gates, which have asked nothing.
The machine itself goes on as an honest home.
"""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.requests import Scan
from gatekeeper.session import GateSession
from shared.admission.offline_policy import OfflinePolicy
from shared.journal.claim_ids import draw_claim_id
from shared.journal.entry import AskProof, GiveBody
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    TicketId,
    ZoneId,
)
from shared.manifest.seen_codes import SeenForm
from simulator.dice import Dice
from simulator.editions.ground import Terms
from simulator.entropy import SimEntropy
from simulator.gate_node import GateNode
from simulator.made_up_entries import write_made_up
from simulator.one_evening import OneEvening
from simulator.visits import Card, Visit
from simulator.world import World

GATES: Final = 2
TICKETS: Final = 24
VISITS: Final = 2
GIFTS: Final = 6
NAMES_A_GATE: Final = 0.8
"""The share of gifts that are said to be another gate's; the others are nobody's."""
_PROOF_SIZE: Final = 16


class GivenAway(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        visits: Presentations at gates, in order of beginning.
        rogue: The machine whose device gives away what nobody has asked for.
        made_up: The claim ids that it has named.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "given", GATES)
        self.visits: list[Visit[Card]] = []
        self.rogue: GateNode = world.device("givenrogue")
        self.made_up: set[ClaimId] = set()
        self._cards: list[Card] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, start the gates, and sell tickets, which are given homes."""
        await self.owner.sign_in()
        await self._put_on(Terms(policy={"offline_policy": OfflinePolicy.HOME.value}))
        self._world.others.append(self.rogue)
        await self._enrol(self.rogue, self.site.gates[0], self.site.event_id)
        self.nodes.append(self.rogue)
        self._cards = await self._sell(TICKETS)
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            dice = self._dice.stream(f"guest {card.ticket_id}")
            if dice.chance(0.5):  # the others come when all is quiet
                self._world.start(self._come(card, dice))
        self._world.start(self._give_all_evening(self._dice.stream("gifts")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _come(self, card: Card, dice: Dice) -> None:
        """Come to any gate, and again with a copy."""
        for _ in range(VISITS):
            await self._pause(dice.exponential(self.scenario.duration // 3))
            await self._present(self.visits, dice.pick(self.nodes), card, Scan(card.text))

    async def _give_all_evening(self, dice: Dice) -> None:
        for _ in range(GIFTS):
            await self._pause(dice.exponential(self.scenario.duration // (2 * GIFTS)))
            await self._give(dice)

    async def _give(self, dice: Dice) -> None:
        """Write down a gift of one of the device's own tickets, with a proof of its own making."""
        asker, names_gate = dice.pick(self.nodes[:-1]), dice.chance(NAMES_A_GATE)
        if not self.rogue.is_up or not asker.is_up:
            return
        device_id = asker.session.profile.device_id if names_gate else DeviceId("dv_of_nobody")
        claim_id = draw_claim_id(device_id, SimEntropy(dice.stream(f"{len(self.made_up)}")))

        def write(session: GateSession) -> bool:
            event, own = session.knowledge.event, self._own_of(session)
            if event is None or not own:
                return False
            zone_id = event.index.gates[GateId(self.site.gates[0])].zone_id
            gift = self._gift(dice, claim_id, dice.pick(own), device_id, zone_id)
            return bool(write_made_up(session, EventId(self.site.event_id), [gift]))

        _, is_written = await self.rogue.call(write)
        if is_written:
            self.made_up.add(claim_id)

    def _own_of(self, session: GateSession) -> list[TicketId]:
        """List the tickets whose home a device knows itself to be."""
        event = session.knowledge.event
        rows = [None if event is None else event.find(card.ticket_id) for card in self._cards]
        me = session.profile.device_id
        return [
            row.ticket_id for row in rows if row is not None and row.facts.home_device_id == me
        ]

    def _gift(
        self,
        dice: Dice,
        claim_id: ClaimId,
        ticket_id: TicketId,
        device_id: DeviceId,
        zone_id: ZoneId,
    ) -> GiveBody:
        return GiveBody(
            claim_id=claim_id,
            ticket_id=ticket_id,
            zone_id=zone_id,
            occurrence_id=OccurrenceId(""),
            count=1,
            device_id=device_id,
            gate_id=GateId(self.site.gates[0]),
            reason="ok",
            proof=AskProof(
                seen=bytes((SeenForm.MANUAL,)) + dice.bytes(_PROOF_SIZE), asked=dice.bytes(64)
            ),
        )

    # -- after doors -----------------------------------------------------------------------------

    async def come_again(self) -> None:
        """Come with every ticket to each gate in turn: its home's is among them."""
        await self._give(self._dice.stream("last gift"))
        await self._hear()
        for card in self._cards:
            for node in self.nodes:
                await self._present(self.visits, node, card, Scan(card.text))
