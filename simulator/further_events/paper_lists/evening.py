"""One evening at doors that scan, or go by a list on paper, which is keyed in afterwards."""

from __future__ import annotations

import asyncio
from typing import Final

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import KeyIn, Undo
from gatekeeper.gate.scanned import PickedTicket
from shared.journal.entry import ScanBody, UndoBody
from shared.kernel.errors import BadInput, BadSignature, GatekeeperError
from shared.kernel.id_types import TicketId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import SECOND, Duration, Instant
from shared.kernel.trouble import TroubleKind
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.further_events.paper_lists.record import PaperRecord, Tick
from simulator.further_events.second_event.ground import appoint
from simulator.judging.ledger_and_device_views import hold
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

NODES: Final = 2
TICKETS: Final = 20
KEPT_BACK: Final = 4
"""Tickets that nobody shows until doors are closed and all lists are keyed in."""
VISITS: Final = 3
BY_PAPER: Final = 0.5
EXACT: Final = 0.5
"""The share of lines that say a time, and not only when their page was begun and full."""
WORDS: Final = ("Ångström", "Brontë", "Çelik", "Dvořák")
LATE: Final = 2
"""Of these, so many are let in by a list whose last lines are keyed in when doors are closed."""
RESTS: Final[Duration] = 40 * SECOND
"""So old a line is at least that somebody keys in: no device's clock is so wrong."""
BY_NAME: Final = 0.4
"""The share of lines whose ticket is found by its holder's name."""
MISTAKEN: Final = 0.2
"""The share of lines that are taken back once they are keyed in: it was somebody else's ticket."""
REFUNDED: Final = 0.3
"""The share of tickets that the office is asked to take back, whoever has come in on them."""
TRIES: Final = 60


class ByPaper(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        record: What was seen.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "paper", NODES)
        self.record = PaperRecord()
        self.visits = self.record.visits
        self._person = self._badge = ""
        self._cards: list[Card] = []
        self._kept_back: list[Card] = []
        self._names: dict[TicketId, str] = {}
        self._lists: list[set[int]] = [set() for _ in range(NODES)]

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Give somebody a badge, put the evening on, print its tickets, and start the gates."""
        world = self._world
        await self.owner.sign_in()
        self._person, self._badge = await appoint(world, "Robin")
        await self._put_on(Terms(policy={"names_at_gates": True}))
        cards = await self._sell(TICKETS)
        self._kept_back, self._cards = cards[:KEPT_BACK], cards[KEPT_BACK:]
        await self._name(cards)
        await self._hear()

    async def _name(self, cards: list[Card]) -> None:
        """Say who holds which ticket, and tell it to gates."""
        for number, card in enumerate(cards):
            self._names[card.ticket_id] = f"Guest {WORDS[number % len(WORDS)]} {number:03}"
            path = f"{self.site.path}/tickets/{format_ticket_id(card.ticket_id)}/holder"
            await self.owner.must("PUT", path, {"name": self._names[card.ticket_id]})
        await self.owner.must("POST", f"{self.site.path}/handover", {})

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            guest = self._dice.stream(f"guest {card.ticket_id}")
            self._world.start(self._come(card, guest))
            if guest.stream("refund").chance(REFUNDED):
                self._world.start(self._refund(card, guest.stream("office")))
        self._world.start(self._key_in(self._dice.stream("keying in")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _come(self, card: Card, dice: Dice) -> None:
        """Come to a gate, or to a door that goes by its list; some with copies, again."""
        whole = self._world.scenario.duration
        for _ in range(VISITS):
            await self.pause(dice.exponential(whole // 4))
            number = dice.below(NODES)
            if dice.chance(BY_PAPER):
                self._tick(number, card, dice)
            else:
                await self._present(self.nodes[number], card)

    async def _refund(self, card: Card, dice: Dice) -> None:
        """Have a ticket's money back at the office, which may know nothing of a line on paper."""
        await self.pause(Duration(dice.below(self.scenario.duration)))
        self.record.asked.add(card.ticket_id)
        path = f"{self.site.path}/tickets/{format_ticket_id(card.ticket_id)}/refund"
        status, _ = await self.owner.attempt("POST", path, {"reason": "guest"})
        if status // 100 == 2:
            self.record.refunded.add(card.ticket_id)

    def _tick(self, number: int, card: Card, dice: Dice) -> None:
        """Let somebody in by a door's list, unless their box is ticked there."""
        if card.ticket_id in self._lists[number]:
            return
        self._lists[number].add(card.ticket_id)
        stage = self._world.stage
        first = last = at = stage.now()
        if not dice.chance(EXACT):
            page = self._world.scenario.duration // 8
            first, last = Instant(at - dice.below(page)), Instant(at + dice.below(page))
        ticks = self.record.ticks
        ticks.append(Tick(number=len(ticks) + 1, card=card, at=at, first=first, last=last))
        stage.trace.note("paper", f"line {len(ticks)}: {card.ticket_id:016x} at door {number}")

    # -- keying in -------------------------------------------------------------------------------

    async def _key_in(self, dice: Dice) -> None:
        """Sit down now and then and key in what is on the lists, at whichever gate works."""
        while True:
            await self.pause(dice.exponential(self._world.scenario.duration // 8))
            await self._key_all(dice)

    async def _key_all(self, dice: Dice) -> None:
        for tick in self.record.ticks:
            is_old = tick.last + RESTS < self._world.stage.now()
            if not tick.seq and is_old:
                await self._key(tick, dice.pick(self.nodes))
            if tick.seq > 0 and not tick.undone and is_mistaken(tick):
                await self._take_back(tick)

    async def _key(self, tick: Tick, node: GateNode) -> None:
        """Key a line in; who does not know whether it was taken looks first, at that gate."""
        if tick.node:
            node = self._node_of(tick)
        if not node.is_up:
            return
        tick.node = node.name
        try:
            _, seq = await node.call(lambda session: self._say(session, tick))
        except BadInput as fault:
            if fault.kind is TroubleKind.PAPER_TIMES and not self.scenario.has_true_server:
                return  # it is not past yet by the server's clock: whoever keys it in waits
            self.record.wrong.append(f"{tick}: {fault}")
            tick.seq = -1
            return
        except GatekeeperError:
            return
        if seq is not None:
            tick.seq, tick.keyed = seq, self._world.stage.now()
            self._world.stage.trace.note(node.name, f"keys in line {tick.number} seq {seq}")

    async def _take_back(self, tick: Tick) -> None:
        """Take a line back by a further entry; who does not know whether it was, looks first."""
        node = self._node_of(tick)
        if not node.is_up:
            return
        try:
            _, seq = await node.call(lambda session: self._undo(session, tick))
        except GatekeeperError:
            return
        if seq is not None:
            tick.undone, tick.taken_back = seq, self._world.stage.now()
            self._world.stage.trace.note(node.name, f"takes line {tick.number} back seq {seq}")

    def _undo(self, session: GateSession, tick: Tick) -> int:
        journal = session.store.journal
        line = next(hold(signed).body for seq, signed in journal.read(tick.seq, tick.seq))
        assert isinstance(line, ScanBody)
        for seq, signed in journal.read(tick.seq, journal.last_seq):
            body = hold(signed).body
            if isinstance(body, UndoBody) and body.claim_id == line.claim_id:
                return seq
        return session.supervision.do(Undo(line.claim_id, "mistake", self._person))

    def _say(self, session: GateSession, tick: Tick) -> int:
        journal = session.store.journal
        for seq, signed in journal.read(1, journal.last_seq):
            body = hold(signed).body
            if not isinstance(body, ScanBody) or body.ticket_id != tick.card.ticket_id:
                continue
            if (body.happened_from, body.happened_until) == (tick.first, tick.last):
                return seq
        session.names.take_badge(self._person, self._badge)
        request = KeyIn(
            code=self._found(session, tick) or tick.card.manual_code,
            first=tick.first,
            last=tick.last,
            person=self._person,
            is_sure=True,
        )
        return session.supervision.do(request)

    def _found(self, session: GateSession, tick: Tick) -> PickedTicket | None:
        """Find a line's ticket by its holder's name; some are keyed in by their code."""
        if not self._dice.stream(f"name {tick.number}").chance(BY_NAME):
            return None
        name = self._names[tick.card.ticket_id]
        try:
            found = session.names.search(name.rpartition(" ")[2], self._person)
        except BadSignature:  # a power cut took the names, which come again with the next sync
            return None
        if [one.name for one in found] != [name]:
            self.record.wrong.append(f"{tick}: {name} is looked for, and found is {found}")
            return None
        return PickedTicket(parse_ticket_id(found[0].ticket_id), self._person, "paper")

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Key in the last lines at gates that cannot ask, and come there; then everywhere."""
        dice = self._dice.stream("the rest")
        for number, card in enumerate(self._kept_back[:LATE]):
            self._tick(number % NODES, card, dice)
        with self._cut_off():
            for _ in range(TRIES):
                await asyncio.sleep(RESTS / SECOND)
                late = [tick for tick in self.record.ticks if not tick.seq]
                await self._key_all(dice)
                for tick in late:
                    if tick.seq > 0:
                        await self._present(self._node_of(tick), tick.card)
                if all(
                    tick.seq and (tick.undone or not is_mistaken(tick))
                    for tick in self.record.ticks
                ):
                    break
        if unrest := await self.rest():
            return unrest
        await self._notice()
        known = list({one.card.ticket_id: one.card for one in self.record.ticks}.values())
        for number, card in enumerate((*self._kept_back[LATE:], *known)):
            await self._present(self.nodes[number % NODES], card)
        return await self.rest()

    def _node_of(self, tick: Tick) -> GateNode:
        return next(one for one in self.nodes if one.name == tick.node)


def is_mistaken(tick: Tick) -> bool:
    """Tell whether a line is of somebody else's ticket, and is taken back when that is seen."""
    return Dice(f"{tick.card.ticket_id} {tick.number}").chance(MISTAKEN)
