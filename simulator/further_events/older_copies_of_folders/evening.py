"""One evening at three gates and a till, whose folders are put back, or at work twice.

A copy of a folder is taken, while its program runs or between two starts; later the copy is put in
the folder's place. What was done in between is lost, or lies on another disk that somebody finds.
Or the copy is started on a second machine, and two programs are one device. The gates are cut off
from the server by turns and all at once, one of them from the others too.
"""

from __future__ import annotations

import asyncio
from typing import Final

from gatekeeper.boxoffice.till_requests import one_type
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import MINUTE, SECOND, Duration, Instant
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.older_copies_of_folders.record import Life, Seen, Sold
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.ledger_and_device_views import HeldEntry
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.kernel.disk import SimDisk
from simulator.nodes.gate_node import GateNode
from simulator.world import QUIET_LIMIT, World

GATES: Final = 3
TICKETS: Final = 40
VISITS: Final = 3
AT_ONCE: Final = 0.2
"""The share of visits with a copy that is shown at two gates in the same moment."""
POLICIES: Final = (
    OfflinePolicy.OPEN,
    OfflinePolicy.OPEN,
    OfflinePolicy.CLOSED,
    OfflinePolicy.HOME,
)
ALONE: Final = 0.6
"""The share of lost stretches in which the server does not reach the device."""
APART: Final = 0.4
"""And of these, the share in which the other gates do not either."""
FOUND: Final = 0.5
"""The share of lost folders that somebody finds when doors are closed."""
WHILE_AT_WORK: Final = 0.5
"""The share of copies that are taken while the program runs, at one instant, as by a snapshot."""
ROOMS: Final = (5_000, 5_000, 35)
"""How many the zone holds; the least is fewer than come."""
TWICE: Final = 0.5
"""The share of evenings on which a copy is at work beside its folder."""
MOST: Final = 2
AGAIN: Final = 4
"""So many at most come again at once to a gate that has forgotten them."""


class OlderCopies(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        gates: Its gates' machines, those with a copy of another's folder too.
        till: The till's.
        seen: Presentations at gates, in order of beginning.
        sold: Sales that were shown, in order.
        lives: Of all devices, in order of beginning.
        room: How many its zone holds.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "older", GATES)
        self.gates = list(self.nodes)
        self.till = world.device("oldertill")
        self.seen: list[Seen] = []
        self.sold: list[Sold] = []
        self.lives: list[Life] = []
        self.room = 0
        self._cards: list[Card] = []
        self._now: dict[str, Life] = {}
        self._found: list[tuple[GateNode, SimDisk, Life]] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, and start its gates and its till."""
        await self.owner.sign_in()
        policy = self._dice.stream("policy").pick(POLICIES)
        self.room = self._dice.stream("room").pick(ROOMS)
        terms = Terms(
            gates=("1", "2", "3"),
            policy={"offline_policy": policy.value},
            zone={"capacity": self.room},
        )
        await self._put_on(terms)
        self._world.events_beside.append(self.site.event_id)
        await self._enrol_till(self.till)
        for node in self.nodes:
            self._begin_life(node)
        self._cards = await self._sell(TICKETS)
        await self._hear()

    def _begin_life(self, node: GateNode) -> Life:
        assert node.profile is not None
        life = Life(
            device_id=node.profile.device_id,
            node=node.name,
            began=self._world.stage.now(),
            first=node.starts,
        )
        self._now[node.name] = life
        self.lives.append(life)
        return life

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))
        self._world.start(self._sell_at_till(self._dice.stream("sales")))
        self._world.start(self._cut(self._dice.stream("cuts")))
        self._world.start(self._lose_server(self._dice.stream("server lost"), 5 * MINUTE))
        for node in (self.gates[0], self.gates[1], self.till):
            self._world.start(self._put_back(node, self._dice.stream(f"copies of {node.name}")))
        twice = self._dice.stream("twice")
        if twice.chance(TWICE):
            self._world.start(self._work_twice(self.gates[2], twice))

    async def _come(self, card: Card, dice: Dice) -> None:
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 3))
            if dice.chance(AT_ONCE):
                first = dice.pick(self.gates)
                other = dice.pick([one for one in self.gates if one is not first])
                await asyncio.gather(self._show(first, card), self._show(other, card))
            else:
                await self._show(dice.pick(self.gates), card)

    async def _show(self, node: GateNode, card: Card) -> None:
        life, before = self._now[node.name], self._world.peers_of(node, self.gates)
        self._note_sure(node)
        visit = await self._present(node, card)
        self.seen.append(Seen(visit, life, before & self._world.peers_of(node, self.gates)))

    def _note_sure(self, node: GateNode) -> None:
        """Note by when a device in reach has surely told the server of everything."""
        if node.is_up and self._is_in_reach(node):
            polls = 2 * self.scenario.poll + 5 * SECOND
            self._now[node.name].sure = Instant(self._world.stage.now() - polls)

    async def _sell_at_till(self, dice: Dice) -> None:
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 40))
            await self._sell_some(dice)

    async def _sell_some(self, dice: Dice) -> None:
        node, life = self.till, self._now[self.till.name]
        if not node.is_up:
            return
        self._note_sure(node)
        request = one_type(self.site.codes[0], dice.between(1, MOST))
        sale = await self._sell_there(node, request)
        if sale is None:
            return
        cards = [
            Card(one.digits, parse_ticket_id(one.ticket_id), one.manual_code)
            for one in sale.tickets
        ]
        tickets, total = tuple(one.ticket_id for one in cards), sale.total.minor_units
        at = self._world.stage.now()
        self.sold.append(Sold(life, sale.sale_id, sale.receipt_number, tickets, total, at))
        self._world.stage.trace.note(node.name, f"sells receipt {sale.receipt_number}")
        for card in cards:
            guest = self._dice.stream(f"guest {sale.sale_id} {card.ticket_id}")
            self._world.start(self._come_soon(card, guest))

    async def _come_soon(self, card: Card, dice: Dice) -> None:
        for _ in range(dice.between(1, 2)):
            await self.pause(dice.exponential(2 * MINUTE))
            await self._show(dice.pick(self.gates), card)

    # -- folders ---------------------------------------------------------------------------------

    async def _put_back(self, node: GateNode, dice: Dice) -> None:
        """Copy a device's folder, go on, and put the copy in its place, once or twice."""
        for first in (5, 55):
            await self._at_part(dice, first, first + 10)
            copy = await self._copy(node, dice)
            part = Duration(self.scenario.duration // 20)
            await self.pause(dice.exponential(part))
            with self._kept_from(node, self.gates, dice, ALONE, APART):
                await self.pause(Duration(part + dice.exponential(part)))
                life = await self._end_life(node)
                lost = node.put_disk(copy)
                life.is_kept = dice.chance(FOUND)
                if life.is_kept:
                    self._found.append((node, lost, life))
                else:
                    _throw_away(lost)
                self._world.stage.trace.note(node.name, "its folder is put back")
                self._begin_life(node).first += 1
                await node.start()
                await self.pause(Duration(part + dice.exponential(part)))
                await self._come_again(node, life, dice)

    async def _come_again(self, node: GateNode, life: Life, dice: Dice) -> None:
        """Come once more to a gate that was put back with what it has let in and forgotten."""
        assert life.copied is not None
        lost = [one.visit for one in self.seen if one.life is life and one.visit.is_entry]
        cards = [one.card for one in lost if one.began > life.copied]
        dice.shuffle(cards)
        for card in cards[:AGAIN]:
            await self._show(node, card)
            await self.pause(SECOND)

    async def _copy(self, node: GateNode, dice: Dice) -> SimDisk:
        """Copy a device's folder, while its program runs or between two starts of it."""
        await self._until_up(node)
        runs_on = dice.chance(WHILE_AT_WORK)
        if not runs_on:
            node.stop(has_power=True)
        copy = node.disk.copy()
        self._now[node.name].copied = self._world.stage.now()
        self._world.stage.trace.note(node.name, "its folder is copied")
        if not runs_on:
            await node.start()
        return copy

    async def _end_life(self, node: GateNode) -> Life:
        """End a device's program for good in this folder, as soon as it runs."""
        await self._until_up(node)
        self._note_sure(node)
        life = self._now[node.name]
        self._look_at(node, life)
        life.ended = self._world.stage.now()
        node.stop(has_power=True)
        return life

    def _look_at(self, node: GateNode, life: Life) -> None:
        life.held = list(self.read_journals(node).values())
        life.last, life.trouble = node.starts, node.session.status().trouble

    async def _until_up(self, node: GateNode) -> None:
        while not node.is_up:
            await self.pause(SECOND)

    async def _work_twice(self, node: GateNode, dice: Dice) -> None:
        """Start a copy of a gate's folder on a second machine, and go on with both."""
        await self._at_part(dice, 20, 50)
        copy = await self._copy(node, dice)
        twin = self._beside(node, f"{node.name}twin", copy)
        with self._kept_from(twin, self.gates, dice, ALONE, APART):
            await twin.start()
            self._begin_life(twin)
            self.nodes.append(twin)
            self.gates.append(twin)
            await self.pause(dice.exponential(self.scenario.duration // 6))

    def _beside(self, node: GateNode, name: str, disk: SimDisk) -> GateNode:
        """Give a second machine with a device's folder."""
        twin = self._world.device(name)
        twin.profile, twin.key = node.profile, node.key
        _throw_away(twin.put_disk(disk))
        self._world.others.append(twin)
        return twin

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Bring what was found to the server, and come with every ticket once more.

        Returns:
            What keeps it from being quiet, or "".
        """
        for number, (node, disk, life) in enumerate(self._found, 1):
            if trouble := await self._bring(node, f"{node.name}found{number}", disk, life):
                return trouble
        if unrest := await self.rest():
            return unrest
        await self._hear()
        dice = self._dice.stream("last")
        cards = {one.visit.card.text: one.visit.card for one in self.seen}
        for card in [*cards.values(), *self._cards]:
            await self._show(dice.pick(self.gates), card)
        if unrest := await self.rest():
            return unrest
        for node in self.nodes:
            self._look_at(node, self._now[node.name])
        return ""

    async def _bring(self, node: GateNode, name: str, disk: SimDisk, life: Life) -> str:
        """Close the device's program, let a lost folder tell the server all, and go on."""
        if node.is_up:
            node.stop(has_power=True)
        beside = self._beside(node, name, disk)
        waited = 0
        while waited < QUIET_LIMIT:
            if beside.is_stopped:
                await beside.start()
            await asyncio.sleep(5)
            waited += 5 * SECOND
            if beside.is_up and not beside.session.store.journal.pending:
                break
        else:
            return f"{name} has not told all"
        life.held = list(self.read_journals(beside).values())
        beside.stop(has_power=True)
        await node.start()
        self._now[node.name].brought = node.starts
        return ""

    def held(self) -> list[HeldEntry]:
        """Give what devices had on record in any of their lives, each entry once."""
        found = {one.signed.entry: one for life in self.lives for one in life.held}
        return list(found.values())


def _throw_away(disk: SimDisk) -> None:
    disk.discard()
    disk.release()
