"""One evening at three gates, whose devices are revoked or declared lost while they are cut off.

Another machine takes the place of each. The old one goes on with whoever comes to it until it
hears of that; what it brings then waits, and people at the office rule on it. Codes for devices
are stolen all the while, and taken back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from gatekeeper.store.profile import Profile
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.id_types import GateId, TicketId
from shared.kernel.instant import MINUTE, SECOND, Duration
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.replaced_devices.record import Place, Ruled, Said, Stand
from simulator.further_events.replaced_devices.stolen_codes import CODE_MINUTES, WithStolenCodes
from simulator.judging.seen_visits import Card, Visit
from simulator.kernel.dice import Dice
from simulator.kernel.loop import Process
from simulator.kernel.network import Refused
from simulator.nodes.enrolling import Newcomer, trade
from simulator.nodes.gate_node import GateNode
from simulator.world import World

GATES: Final = ("Gate 1", "Gate 2", "Gate 3")
POLICIES: Final = (
    OfflinePolicy.OPEN,
    OfflinePolicy.OPEN,
    OfflinePolicy.CLOSED,
    OfflinePolicy.HOME,
)
ROOMS: Final = (5_000, 5_000, 24)
TICKETS: Final = 40
KEPT_BACK: Final = 6
"""So many come when doors are closed alone."""
VISITS: Final = 3
AT_ONCE: Final = 0.3
"""The share of visits on which holder and copy come to two gates at once."""
AGAIN: Final = 0.3
"""The share of holders who queue at a device that is taken away, and in the end at each gate."""
ROUNDS: Final = 3
"""So many devices are taken away."""
TRADE_PATIENCE_S: Final = 10


class Replaced(WithStolenCodes):
    """A further event of a world, and everybody at it.

    Attributes:
        policy: Whom its gates let in that are cut off.
        room: How many its zone holds.
        stands: All devices, by node.
        ruled: What was ruled on.
        kept_back: Tickets that nobody shows before.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "replaced", len(GATES))
        self.policy = self._dice.stream("policy").pick(POLICIES)
        self.room = self._dice.stream("room").pick(ROOMS)
        self.stands: dict[str, Stand] = {}
        self.ruled: list[Ruled] = []
        self.kept_back: list[TicketId] = []
        self._cards: list[Card] = []
        self._at: dict[str, GateNode] = {}

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, print its tickets, and start the first devices."""
        await self.owner.sign_in()
        terms = Terms(
            gates=GATES,
            policy={"offline_policy": self.policy.value},
            zone={"capacity": self.room},
        )
        await self._put_on(terms)
        for node, gate_id in zip(self.nodes, self.site.gates, strict=True):
            self._note_stand(node, gate_id)
        self._cards = await self._sell(TICKETS + KEPT_BACK)
        self.kept_back = [one.ticket_id for one in self._cards[TICKETS:]]
        await self._hear()

    def _note_stand(self, node: GateNode, gate_id: str) -> None:
        stand = Stand(
            node=node.name, device_id=node.device_id, gate_id=gate_id, skew=node.clock.skew
        )
        self.stands[node.name] = stand
        self._at[gate_id] = node

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards[:TICKETS]:
            self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))
        self._world.start(self._sell_late(self._dice.stream("late")))
        self._world.start(self._take_away(self._dice.stream("taken away")))
        for number in range(2):
            self._world.start(self._rule(self._dice.stream(f"office {number}")))
        self._world.start(self._cut(self._dice.stream("cuts")))
        self._world.start(self._lose_codes(self._dice.stream("stolen codes")))

    async def _sell_late(self, dice: Dice) -> None:
        """Sell tickets while devices come and go, and bring them to the gates."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 8))
            for card in await self._sell(1):
                self._cards.append(card)
                self._world.start(self._come(card, self._dice.stream(f"late {card.ticket_id}")))

    async def _come(self, card: Card, dice: Dice) -> None:
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 3))
            await self._come_to(self.nodes, dice, AT_ONCE, lambda gate: self._show(gate, card))

    async def _show(self, node: GateNode, card: Card) -> Visit[Card]:
        return await self._present(node, card)

    # -- devices that go, and come ---------------------------------------------------------------

    async def _take_away(self, dice: Dice) -> None:
        """Take one device after the other away, and put a new one in its place."""
        part = self.scenario.duration // 20
        for number in range(ROUNDS):
            await self._at_part(dice, 5, 20)
            gate_id = dice.pick(self.site.gates)
            old = self._at[gate_id]
            with self._kept_from(old, self.nodes, dice, 0.8, 0.5):
                await self.pause(dice.exponential(part))
                comes_first = dice.chance(0.5)
                name = f"replaced{len(GATES) + number + 1:02}"
                if comes_first:
                    await self._put_up(name, gate_id)
                await self._say(old, dice)
                if not comes_first:
                    await self._put_up(name, gate_id)
                await self._queue_at(old, dice)
                await self.pause(Duration(part + dice.exponential(part)))

    async def _queue_at(self, node: GateNode, dice: Dice) -> None:
        """Go on scanning at a device that nobody has told that it was taken away."""
        for card in self._cards[:TICKETS]:
            if dice.chance(AGAIN):
                await self.pause(dice.exponential(SECOND))
                await self._show(node, card)

    async def _say(self, node: GateNode, dice: Dice) -> None:
        """Revoke a device, declare it lost, or both, in one act or in two."""
        how = dice.pick(("revoke", "lost", "both", "in turn"))
        if how in {"revoke", "in turn"}:
            await self._revoke(node)
        if how == "in turn":
            await self.pause(dice.exponential(MINUTE))
        if how != "revoke":
            await self._lose(node, revokes=how == "both")

    async def _revoke(self, node: GateNode) -> None:
        stand, said = self.stands[node.name], self._begin_word(node)
        await self.owner.must("POST", f"/devices/{node.device_id}/revoke", {"reason": "stolen"})
        stand.revoked = stand.revoked or self._end_word(said)

    async def _lose(self, node: GateNode, *, revokes: bool) -> None:
        stand, said = self.stands[node.name], self._begin_word(node)
        body = {"reason": "fell into the lake", "revokes": revokes}
        await self.owner.must("POST", f"{self.site.path}/devices/{node.device_id}/lost", body)
        stand.lost = stand.lost or self._end_word(said)
        if revokes:
            stand.revoked = stand.revoked or self._end_word(said)

    def _begin_word(self, node: GateNode) -> Said:
        now = self._world.stage.now()
        return Said(now, now, node.is_up and self._is_in_reach(node))

    def _end_word(self, said: Said) -> Said:
        return Said(said.began, self._world.stage.now(), said.was_in_reach)

    async def _put_up(self, name: str, gate_id: str) -> None:
        """Let a new machine become the device of a gate, and start it."""
        node = self._world.device(name)
        self._world.others.append(node)
        body = {"role": "gate", "event_id": self.site.event_id, "gate_id": gate_id}
        answer = await self.owner.must("POST", "/devices/codes", {**body, "minutes": CODE_MINUTES})
        newcomer = Newcomer(
            key=node.key,
            name=name,
            role="gate",
            gate_id=GateId(gate_id),
            event_id=self.site.event_id,
        )
        node.install(await self._trade(newcomer, answer["code"]))
        await node.start()
        self.nodes.append(node)
        self._note_stand(node, gate_id)

    async def _trade(self, newcomer: Newcomer, code: str) -> Profile:
        """Trade a code, again and again until an answer comes."""
        process, network = Process(newcomer.name), self._world.stage.network
        while True:
            try:
                async with asyncio.timeout(TRADE_PATIENCE_S):
                    return await trade(network, process, self.server, newcomer, code)
            except (TimeoutError, Refused):
                await self.pause(Duration(2 * SECOND))

    # -- the office ------------------------------------------------------------------------------

    async def _rule(self, dice: Dice) -> None:
        """Rule on some of what waits, again and again; two people do, not in step."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 20))
            for stand in list(self.stands.values()):
                waiting = await self._list_waiting(stand)
                some = [one for one in waiting if dice.chance(0.5)]
                if some:
                    await self.pause(dice.exponential(5 * SECOND))
                    await self._rule_on(stand, some, is_accepted=dice.chance(0.5))

    async def _list_waiting(self, stand: Stand) -> list[Place]:
        path = f"/devices/{stand.device_id}/unconfirmed?limit=200"
        answer = await self.owner.must("GET", path)
        return [
            (stand.device_id, bytes.fromhex(one["boot"]), one["dseq"]) for one in answer["items"]
        ]

    async def _rule_on(self, stand: Stand, places: Sequence[Place], *, is_accepted: bool) -> None:
        began = self._world.stage.now()
        entries = [{"boot": boot.hex(), "dseq": dseq} for _, boot, dseq in places]
        verb = "accept" if is_accepted else "dismiss"
        path = f"/devices/{stand.device_id}/unconfirmed/{verb}"
        answer: Any = await self.owner.must("POST", path, {"entries": entries})
        now = self._world.stage.now()
        self.ruled.append(Ruled(places, is_accepted, began, now, answer["ruled"]))

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Give up on all that was revoked, rule on the rest, and come with every ticket again.

        Returns:
            What keeps it from being quiet, or "".
        """
        dice = self._dice.stream("end")
        if unrest := await self.rest():
            return unrest
        for node in self.nodes:
            stand = self.stands[node.name]
            if stand.revoked is not None and stand.lost is None:
                await self._lose(node, revokes=False)
        for stand in self.stands.values():
            while waiting := await self._list_waiting(stand):
                await self._rule_on(stand, waiting, is_accepted=dice.chance(0.5))
        await self._hear()
        if unrest := await self.rest():
            return unrest
        for node in self.nodes:
            stand = self.stands[node.name]
            stand.disk = node.disk.dump()
            stand.is_erased = node.session.store.feeds.get(self.site.event_id).is_erased
        await self._notice()
        self.last = len(self.visits) + 1
        for card in self._cards:
            for node in (dice.pick(self.nodes), *self._at.values()):
                await self._show(node, card)
        await self._come_where_nobody_is_asked(dice)
        if unrest := await self.rest():
            return unrest
        for node in self.nodes:
            self.stands[node.name].entries = list(self.read_journals(node).values())
        return ""

    async def _come_where_nobody_is_asked(self, dice: Dice) -> None:
        """Come once more to gates that know who is inside, and can ask neither server nor peer."""
        for node in self._at.values():
            others = [one for one in self.nodes if one is not node]
            with self._cut_off(node), self._cut_from(node, others):
                for card in self._cards:
                    if dice.chance(AGAIN):
                        await self._show(node, card)

    async def unrest(self) -> str:
        """See `OneEvening.unrest`; a device that was revoked hears of nothing but that."""
        head = await self.told.head()
        for node in self.nodes:
            waiting = await self._unrest_of(node, self.site.event_id, head)
            if node.is_up and self.stands[node.name].revoked is not None:
                session = node.session
                is_told = session.store.feeds.get(self.site.event_id).manifest is None
                pending = session.store.journal.pending
                waiting = "" if is_told and not pending else f"{node.name}: {pending} pending"
            if waiting:
                return waiting
        return ""
