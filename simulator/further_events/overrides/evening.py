"""One evening at two gates at which supervisors let people in whom the rules would not.

Tickets come with copies, some are blocked or cancelled, some codes are forged. Whoever is turned
away may be let in by a supervisor, whose badge lies there or not; some of that is taken back.
Conflicts that a gate has heard of are ruled on there, again with the badge or without, and at the
office by two people, who rule anew on what they or the gates have ruled on before.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Final

import msgspec

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Override, Scan, Settle, Undo
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import ClaimId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import SECOND, Duration, Instant
from shared.wire.feed import ConflictNotice
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.further_events.overrides.desk import Desk
from simulator.further_events.second_event.ground import appoint
from simulator.judging.seen_visits import Card, Visit
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

GATES: Final = 2
TICKETS: Final = 30
BLOCKED: Final = 12
"""So many of these are blocked before doors, and let go one after another."""
VISITS: Final = 4
COPIED: Final = 0.5
OVERRIDDEN: Final = 0.6
SIGNED: Final = 0.7
UNDONE: Final = 0.3
CANCELLED: Final = 0.3
WHY: Final = "organizer"
RULINGS: Final = ("let_stay", "fraud", "our_error")


class LetIn(msgspec.Struct, kw_only=True):
    """A supervisor's word at a gate.

    Attributes:
        visit: What was shown before, and how that was answered.
        is_signed: Their badge lay there.
        cursor: How far the gate had read the feed.
        began: True time.
        answer: What the gate showed; None where it refused, or nobody saw it.
        is_refused: It said no.
    """

    visit: Visit[Card]
    is_signed: bool
    cursor: int
    began: Instant
    answer: ScanAnswer | None = None
    is_refused: bool = False


class Ruling(msgspec.Struct, frozen=True):
    """What a supervisor said at a gate became of a conflict.

    Attributes:
        conflict_id: Which.
        disposition: What of it.
        is_signed: Their badge lay there.
        sides: How many claims it named by then.
    """

    conflict_id: str
    disposition: str
    is_signed: bool
    sides: int


class Overridden(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        heard: How far the gate had read the feed before each, by its number.
        heads: And the feed's newest number.
        let_in: What supervisors decided.
        undone: Claims that were taken back, as the gate said.
        rulings: On conflicts.
        cancelled: When the office had cancelled a ticket: the feed's newest number.
        desk: Who rules at the office.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "overridden", GATES)
        self.heard: dict[int, int] = {}
        self.heads: dict[int, int] = {}
        self.let_in: list[LetIn] = []
        self.undone: set[str] = set()
        self.rulings: list[Ruling] = []
        self.cancelled: dict[TicketId, int] = {}
        self.desk = Desk(self)
        self._cards: list[Card] = []
        self._person = self._badge = ""

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, with its supervisor, and start the gates."""
        world = self._world
        await self.owner.sign_in()
        await self.desk.sign_in()
        self._person, self._badge = await appoint(world, "Kim")
        await self._put_on()
        self._cards = await self._sell(TICKETS)
        for card in self._cards[:BLOCKED]:
            await self._block(card, is_blocked=True)
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            dice = self._dice.stream(f"guest {card.ticket_id}")
            self._world.start(self._come(card, dice))
            if dice.chance(COPIED):
                self._world.start(self._come(card, dice.stream("copy")))
            if dice.chance(CANCELLED):
                self._world.start(self._cancel(card, dice.stream("cancel")))
        self._world.start(self._cut(self._dice.stream("cuts")))
        self._world.start(self._let_go(self._dice.stream("blocked")))
        self._world.start(self._rule(self._dice.stream("rulings")))
        self._world.start(self.desk.rule(self._dice.stream("desk")))

    async def _come(self, card: Card, dice: Dice) -> None:
        """Come to either gate; whoever is turned away may find a supervisor."""
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // VISITS))
            node = self.nodes[dice.below(GATES)]
            shown = card
            if dice.chance(0.1):
                shown = Card(card.text[:-4] + f"{dice.below(10_000):04}", card.ticket_id)
            visit = await self.show(node, shown)
            if visit.answer is not None and visit.is_green:
                if not dice.chance(UNDONE):
                    return
                await self._undo(node, visit.answer, dice)
                continue
            if visit.answer is not None and dice.chance(OVERRIDDEN):
                asked = await self._override(node, visit, is_signed=dice.chance(SIGNED))
                if asked.answer is not None and dice.chance(UNDONE):
                    await self._undo(node, asked.answer, dice)

    async def show(self, node: GateNode, card: Card) -> Visit[Card]:
        """Present a ticket at a gate."""
        head = await self.told.head()
        number = len(self.visits) + 1
        self.heads[number], self.heard[number] = head, self._cursor_of(node)
        return await self._present(node, card, Scan(card.text, direction="in"))

    def _cursor_of(self, node: GateNode) -> int:
        if not node.is_up:
            return 0
        return node.session.store.feeds.get(self.site.event_id).cursor

    def _lay_badge(self, session: GateSession, *, is_signed: bool) -> None:
        if is_signed:
            session.names.take_badge(self._person, self._badge)
        else:
            session.names.forget()

    async def _override(self, node: GateNode, visit: Visit[Card], *, is_signed: bool) -> LetIn:
        asked = LetIn(
            visit=visit,
            is_signed=is_signed,
            cursor=self._cursor_of(node),
            began=self._world.stage.now(),
        )
        self.let_in.append(asked)
        assert visit.answer is not None
        scan = visit.asked.after(visit.answer)

        def let(session: GateSession) -> ScanAnswer:
            self._lay_badge(session, is_signed=is_signed)
            return session.supervision.override(Override(scan, WHY, self._person))

        if not node.is_up or node.starts != visit.start:
            return asked
        try:
            _, asked.answer = await node.call(let)
        except GatekeeperError as fault:
            asked.is_refused = True
            self._world.stage.trace.note(node.name, f"no override: {fault}")
            return asked
        name = format_ticket_id(visit.card.ticket_id)
        self._world.stage.trace.note(node.name, f"override of {name}, signed {is_signed}")
        return asked

    async def _undo(self, node: GateNode, answer: ScanAnswer, dice: Dice) -> None:
        """Let the supervisor take back whom somebody has let in, a little later."""
        await self.pause(Duration(dice.below(self.scenario.duration // 20)))
        claim_id = ClaimId(answer.claim_id)

        def undo(session: GateSession) -> int:
            return session.supervision.do(Undo(claim_id, "mistake", self._person))

        if not node.is_up:
            return
        try:
            _, seq = await node.call(undo)
        except GatekeeperError as fault:
            self._world.stage.trace.note(node.name, f"no undo: {fault}")
            return
        if seq is not None:
            self.undone.add(claim_id)

    async def _block(self, card: Card, *, is_blocked: bool) -> None:
        path = f"{self.site.path}/tickets/{format_ticket_id(card.ticket_id)}/block"
        # What was cancelled meanwhile is blocked no more.
        await self.owner.attempt("PUT", path, {"blocked": is_blocked})

    async def _let_go(self, dice: Dice) -> None:
        """Let the blocked tickets go, one after another."""
        for card in self._cards[:BLOCKED]:
            await self.pause(dice.exponential(self.scenario.duration // BLOCKED))
            await self._block(card, is_blocked=False)

    async def _cancel(self, card: Card, dice: Dice) -> None:
        """Cancel a ticket at the office, where that has not heard that somebody came in by it."""
        await self.pause(Duration(dice.below(self.scenario.duration)))
        path = f"{self.site.path}/tickets/{format_ticket_id(card.ticket_id)}/refund"
        status, _ = await self.owner.attempt("POST", path, {"reason": "guest"})
        if status // 100 == 2:
            self.cancelled[card.ticket_id] = await self.told.head()

    async def _rule(self, dice: Dice) -> None:
        """Rule on what a gate has heard of, also where it cannot hear what the desk just said."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 15))
            node, is_signed = dice.pick(self.nodes), dice.chance(SIGNED)
            found = node.session.supervision.conflicts() if node.is_up else ()
            if not found:
                continue
            one = dice.pick(found)
            with self._cut_off(node) if dice.chance(0.5) else nullcontext():
                if dice.chance(0.5):
                    await self.desk.say(one.conflict_id, dice)
                    await self.pause(dice.exponential(10 * SECOND))
                await self._rule_at(node, one, dice, is_signed=is_signed)

    async def _rule_at(
        self, node: GateNode, one: ConflictNotice, dice: Dice, *, is_signed: bool
    ) -> None:
        if not node.is_up:
            return
        disposition = dice.pick(RULINGS)
        settle = Settle(one.conflict_id, disposition, self._person)

        def rule(session: GateSession) -> int:
            self._lay_badge(session, is_signed=is_signed)
            return session.supervision.do(settle)

        try:
            _, seq = await node.call(rule)
        except GatekeeperError as fault:
            self._world.stage.trace.note(node.name, f"no ruling: {fault}")
            return
        if seq is not None:
            ruling = Ruling(one.conflict_id, disposition, is_signed, len(one.claim_ids))
            self.rulings.append(ruling)
            self._world.stage.trace.note(node.name, f"{one.conflict_id} is {disposition}")

    # -- after doors -----------------------------------------------------------------------------

    async def come_again(self) -> None:
        """Come with every ticket, when none is blocked and all gates have heard of everything."""
        for card in self._cards[:BLOCKED]:
            await self._block(card, is_blocked=False)
        await self._hear()
        for number, card in enumerate(self._cards):
            await self.show(self.nodes[number % GATES], card)
