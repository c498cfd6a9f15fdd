"""One evening at two gates and a third device that claims tickets among them which it never saw.

It ends none of these claims, so that whoever heard them lets nobody in on such a ticket. At last
the organizer revokes it, and when all have heard of that everybody comes once more.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.asking_peers import LanPeers
from gatekeeper.lan.lan_verdict import LanAnswer
from shared.journal.claim_ids import draw_claim_id
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import GateId, OccurrenceId, TicketId
from shared.kernel.instant import MINUTE, SECOND, Duration, Instant
from shared.lan.claims import ClaimKey
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
AT_ONCE: Final = 0.2
HOLDS: Final = 10
BUDGET_MS: Final = 500
LOOKS_EVERY: Final[Duration] = 5 * SECOND
NAMED_WITHIN: Final[Duration] = 6 * MINUTE + 30 * SECOND
"""After so long at a gate that hears it all the while, a device that ends nothing is named."""
NAMED_NO_SOONER: Final[Duration] = 4 * MINUTE
YIELDS_WITHIN: Final[Duration] = MINUTE + 20 * SECOND
"""So long after the gates have heard of the revocation the ledger's word is enough."""


class FalseHold(msgspec.Struct, frozen=True):
    """A right that the device has claimed without ever seeing the ticket.

    Attributes:
        ticket_id: Of which ticket.
        began: When it asked.
        ended: When all gates that it hears had answered; None where some had not.
        heard: The gates that heard it and were heard by it all the while, by name.
    """

    ticket_id: TicketId
    began: Instant
    ended: Instant | None
    heard: frozenset[str]


class FalseHolds(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        rogue: The machine that claims, and ends nothing.
        holds: What it has claimed, in order.
        revoked: When the organizer was told that its device is revoked; None before.
        must_be_named: The gates that heard a claim of it, and then it itself for so long that
            they must have named it.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "held", GATES)
        self.rogue: GateNode = world.device("heldrogue")
        self.holds: list[FalseHold] = []
        self.revoked: Instant | None = None
        self.must_be_named: set[str] = set()
        self._cards: list[Card] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, start the gates, and sell tickets."""
        await self.owner.sign_in()
        await self._put_on(Terms())
        self._world.others.append(self.rogue)
        await self._enrol(self.rogue, self.site.gates[0], self.site.event_id)
        self._cards = await self._sell(TICKETS)
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            dice = self._dice.stream(f"guest {card.ticket_id}")
            if dice.chance(0.6):  # the others come when all is quiet
                self._world.start(self._come(card, dice))
        self._world.start(self._hold_all_evening(self._dice.stream("holds")))
        self._world.start(self._look())
        self._world.start(self._cut(self._dice.stream("cuts")))
        self._world.start(self._lose_server(self._dice.stream("server lost")))
        if self._dice.stream("when").chance(0.5):
            self._world.start(self._revoke_amid(self._dice.stream("revoked")))

    async def _come(self, card: Card, dice: Dice) -> None:
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 4))
            await self._come_to(self.nodes, dice, AT_ONCE, lambda node: self._present(node, card))

    async def _hold_all_evening(self, dice: Dice) -> None:
        """Claim tickets, most of them early."""
        for _ in range(HOLDS):
            await self.pause(dice.exponential(self.scenario.duration // (4 * HOLDS)))
            await self._hold(dice)

    async def _hold(self, dice: Dice) -> None:
        rung = self.rogue.session.lan.rung if self.rogue.is_up else None
        if rung is None or self.revoked is not None:
            return  # gates do not ask each other here, or it is out of their roster
        ticket_id, gate_id = dice.pick(self._cards).ticket_id, GateId(self.site.gates[0])
        number = len(self.holds)
        claim_id = draw_claim_id(self.rogue.device_id, SimEntropy(dice.stream(f"{number}")))
        stage = self._world.stage

        async def claim(session: GateSession) -> LanAnswer:
            peers = session.lane.peers
            assert isinstance(peers, LanPeers)
            # An honest program ends what is no scan's at work.
            peers._at_work.add(claim_id)  # noqa: SLF001 - who has the device has its parts
            event = session.knowledge.event
            assert event is not None
            zone_id = event.index.gates[gate_id].zone_id
            key = ClaimKey(ticket_id=ticket_id, zone_id=zone_id, occurrence_id=OccurrenceId(""))
            verdict = await peers.rung.claim(
                key,
                claim_id,
                1,
                gate_id=gate_id,
                at=stage.now(),
                budget_ms=BUDGET_MS,
            )
            return verdict.answer

        before, began = self._world.peers_of(self.rogue, self.nodes), stage.now()
        try:
            _, answer = await self.rogue.work(claim)
        except GatekeeperError as fault:
            stage.trace.note(self.rogue.name, f"claims nothing: {fault}")
            answer = None
        heard = before & self._world.peers_of(self.rogue, self.nodes)
        ended = stage.now() if answer is LanAnswer.FREE else None
        self.holds.append(FalseHold(ticket_id, began, ended, heard))
        stage.trace.note(self.rogue.name, f"holds {ticket_id:016x}: {answer}")

    async def _look(self) -> None:
        """Watch for how long each gate has heard the device, since it was told of a claim."""
        since: dict[str, tuple[int, Instant]] = {}
        while self.revoked is None:
            await self.pause(LOOKS_EVERY)
            now = self._world.stage.now()
            met = self._world.peers_of(self.rogue, self.nodes)
            for node in self.nodes:
                told = [
                    one.ended
                    for one in self.holds
                    if one.ended is not None and node.name in one.heard
                ]
                if not told or node.name not in met or not node.is_up:
                    since.pop(node.name, None)
                    continue
                starts, began = since.setdefault(node.name, (node.starts, now))
                if starts != node.starts:
                    since[node.name] = (node.starts, now)
                elif now - began > NAMED_WITHIN:
                    self.must_be_named.add(node.name)

    async def _revoke_amid(self, dice: Dice) -> None:
        await self._at_part(dice, 60, 80)
        await self._revoke()

    async def _revoke(self) -> None:
        if self.revoked is None:
            path = f"/devices/{self.rogue.device_id}/revoke"
            await self.owner.must("POST", path, {"reason": "stolen"})
            self.revoked = self._world.stage.now()

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Revoke the device, and let everybody come once more when that is heard and old.

        Returns:
            What keeps it from being quiet, or "".
        """
        await self._revoke()
        if unrest := await self._until_told():
            return unrest
        await asyncio.sleep((self.scenario.hears + YIELDS_WITHIN) / SECOND)
        self.last = len(self.visits) + 1
        for number, card in enumerate(self._cards):
            await self._present(self.nodes[number % GATES], card)
        return await self.rest()
