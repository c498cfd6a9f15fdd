"""One evening at three devices, each the home of some tickets; somebody else has one of them.

Whoever has it writes down that it gave entries away: to the other gates, which have asked nothing;
and that people came in on tickets which it never saw. On half of all evenings its machine also
gives every entry to whoever asks, as often as they do; on the others it is an honest home.
"""

from __future__ import annotations

import asyncio
from typing import Final

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from shared.admission.offline_policy import OfflinePolicy
from shared.admission.reasons import Reason
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
from shared.kernel.instant import MINUTE, SECOND, Duration
from simulator.evening.made_up_entries import make_up_passage, make_up_proof, write_made_up
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.kernel.entropy import SimEntropy
from simulator.nodes.gate_node import GateNode
from simulator.world import World

GATES: Final = 2
TICKETS: Final = 24
VISITS: Final = 2
AT_ONCE: Final = 0.3
"""The share of visits with a copy that is shown at the honest gates in the same moment."""
GIFTS: Final = 6
NAMES_A_GATE: Final = 0.8
"""The share of gifts that are said to be another gate's; the others are nobody's."""


class GivenAway(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        rogue: The machine whose device gives away what nobody has asked for.
        made_up: The claim ids that it has named.
        said_to_be_in: Tickets of whose holders it has said that they came in.
        given_up: Those of them, and others, of which it is the home: it may say what it likes.
        is_generous: It gives entries away as often as it is asked.
        in_touch: Of each visit by its number, the gates that heard each other all the while.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "given", GATES)
        self.rogue: GateNode = world.device("givenrogue")
        self.made_up: set[ClaimId] = set()
        self.said_to_be_in: set[TicketId] = set()
        self.given_up: set[TicketId] = set()
        self.is_generous = self._dice.stream("rogue").chance(0.5)
        self.in_touch: dict[int, frozenset[str]] = {}
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
        self._world.start(self._lose_server_and_come(self._dice.stream("server lost")))

    async def _lose_server_and_come(self, dice: Dice) -> None:
        """Cut all gates off at once now and then, so that they have each other alone.

        Then two come with copies of one of the rogue's tickets to both honest gates at once, and
        those of whom it has said that they are inside.
        """
        while True:
            await self.pause(dice.exponential(MINUTE))
            with self._cut_off():
                await self.pause(Duration(30 * SECOND + dice.exponential(MINUTE)))
                shown = {one.card.ticket_id for one in self.visits}
                own = self._own_of(self.rogue.session) if self.rogue.is_up else []
                left = [card for card in self._cards if card.ticket_id in {*own} - shown]
                if left:
                    await self._show_twice(dice.pick(left))
                for card in self._cards:
                    if card.ticket_id in self.said_to_be_in - shown - {*own}:
                        await self._show(dice.pick(self.nodes[:GATES]), card)

    async def _come(self, card: Card, dice: Dice) -> None:
        """Come to any gate, and again with a copy, or at once with one."""
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 3))
            if dice.chance(AT_ONCE):
                await self._show_twice(card)
            else:
                await self._show(dice.pick(self.nodes), card)

    async def _show_twice(self, card: Card) -> None:
        await asyncio.gather(*(self._show(node, card) for node in self.nodes[:GATES]))

    async def _show(self, node: GateNode, card: Card) -> None:
        if self.is_generous and self.rogue.is_up:
            _give_everything(self.rogue.session)
        before = self._world.peers_of(node, self.nodes)
        visit = await self._present(node, card, Scan(card.text))
        self.in_touch[visit.number] = before & self._world.peers_of(node, self.nodes)

    async def _give_all_evening(self, dice: Dice) -> None:
        for _ in range(GIFTS):
            await self.pause(dice.exponential(self.scenario.duration // (2 * GIFTS)))
            await self._make_up(dice)

    async def _make_up(self, dice: Dice) -> None:
        """Write down a gift, or a passage, with a proof of one's own making."""
        if dice.chance(0.5):
            await self._give(dice)
        else:
            await self._let_in(dice)

    async def _let_in(self, dice: Dice) -> None:
        """Write down that somebody came in on any ticket: the other gates hear of it."""
        if not self.rogue.is_up:
            return
        device_id = self.rogue.session.profile.device_id
        claim_id = draw_claim_id(device_id, SimEntropy(dice.stream(f"{len(self.made_up)}")))
        ticket_id = dice.pick(self._cards).ticket_id

        def write(session: GateSession) -> bool:
            event, gate_id = session.knowledge.event, GateId(self.site.gates[0])
            if event is None:
                return False
            self.given_up |= {ticket_id} & {*self._own_of(session)}
            zone_id = event.index.gates[gate_id].zone_id
            passage = make_up_passage(claim_id, gate_id, ticket_id, zone_id, make_up_proof(dice))
            return bool(write_made_up(session, EventId(self.site.event_id), [passage]))

        _, is_written = await self.rogue.call(write)
        if is_written:
            self.made_up.add(claim_id)
            self.said_to_be_in.add(ticket_id)

    async def _give(self, dice: Dice) -> None:
        """Write down a gift of one of the device's own tickets."""
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
            ticket_id = dice.pick(own)
            self.given_up.add(ticket_id)
            gift = self._gift(dice, claim_id, ticket_id, device_id, zone_id)
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
            proof=AskProof(seen=make_up_proof(dice), asked=dice.bytes(64)),
        )

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Come with every ticket to each gate in turn: its home's is among them."""
        await self._let_in(self._dice.stream("last passage"))
        await self._give(self._dice.stream("last gift"))
        await self._hear()
        for card in self._cards:
            for node in self.nodes:
                await self._show(node, card)
        return await self.rest()


def _give_everything(session: GateSession) -> None:
    """Let a home give whatever it is asked for, whoever was let in before."""
    homes = session.engine._exchange._homes  # noqa: SLF001 - who has the device has its parts
    vars(homes)["_reason"] = lambda *_: Reason.OK
