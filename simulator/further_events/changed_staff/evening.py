"""One evening at two gates and a till, whose staff change while doors are open.

The organizer draws badges anew, withdraws them, removes people, changes PINs and rights, and takes
others on, while gates and till are cut off by turns. Copies of all badges go about, and are tried
with the PIN of now or of before. Supervisors let people in whom the rules would not, cashiers sell
by each other's drawers, and what they may not alone a supervisor allows. At the desk somebody
helps, with a program of their own, and may do less and less.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Override
from gatekeeper.supervisor.unlocking_and_locking_again import Badge
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.kernel.errors import GatekeeperError
from shared.kernel.instant import SECOND, Duration, Instant
from shared.sales.basket_pricing import WantedTickets
from shared.sales.tenders import Tender
from simulator.further_events.changed_staff.member_at_desk import MemberAtDesk
from simulator.further_events.changed_staff.record import AtTill, LetIn, Shown
from simulator.further_events.changed_staff.roll import Person, Roll
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.seen_visits import Card, Visit
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

GATES: Final = 2
TICKETS: Final = 30
VISITS: Final = 4
WORDS: Final = 30
TURNS: Final = 60
OLD: Final = 0.4
"""In so many cases it is a badge of any time that is shown, or a PIN; else the newest."""
STAYS: Final = 0.6
"""So many supervisors stay at a gate for a while, unlocked, and let in somebody else too."""
FLOAT: Final = 50_000
SMALL: Final = 100
WHY: Final = "organizer"
DRAWER_ACTS: Final = ("paid_out", "close", "hand_over")


class ChangedStaff(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        roll: Who works there.
        till: The till's node.
        shown: Badges and PINs, at gates and till.
        let_in: What supervisors decided at the gates.
        at_till: What was done at the till.
        helper: Who helps at the desk.
        unfinished: What nobody could do in the end who had to be able to, as sentences.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "staff", GATES)
        roll = self._dice.stream("roll")
        self.roll = Roll(world, self.owner, roll, self._read_version)
        self.till = world.device("stafftill")
        self.shown: list[Shown] = []
        self.let_in: list[LetIn] = []
        self.at_till: list[AtTill] = []
        self.helper = MemberAtDesk(world, "helper")
        self.unfinished: list[str] = []
        self._known: dict[tuple[str, int], Instant] = {}
        self._at_work: set[str] = set()
        self._is_put_on = False
        self._cards: list[Card] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, with its staff, and start gates and till."""
        await self.owner.sign_in()
        await self.roll.fill()
        await self._put_on()
        self._is_put_on = True
        await self._enrol_till(self.till)
        self._cards = await self._sell(TICKETS)
        await self.helper.settle(self.owner, self.site)
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            dice = self._dice.stream(f"guest {card.ticket_id}")
            self._world.start(self._come(card, dice))
        self._world.start(self._change(self._dice.stream("organizer")))
        self._world.start(self._serve(self._dice.stream("counter")))
        self._world.start(self._cut(self._dice.stream("cuts")))
        for node in self.nodes:
            self._world.start(self._hear_late(node, self._dice.stream(f"late {node.name}")))
        self.helper.begin(self._dice.stream("desk"))

    def end(self) -> None:
        """Begin nothing new."""
        super().end()
        self.helper.end()

    async def _read_version(self) -> int:
        """Read which plan of the event's is the newest; 0 before it is put on."""
        if not self._is_put_on:
            return 0
        asked = "SELECT plan_version FROM event WHERE id=?"
        ((version,),) = await self.read_books(asked, self.site.event_id)
        return int(version)

    def _version_at(self, node: GateNode) -> int:
        """Return which plan a device has heard of."""
        event = node.session.supervision.event() if node.is_up else None
        return 0 if event is None else event.config.sequence

    async def _change(self, dice: Dice) -> None:
        while True:
            await self.pause(dice.exponential(self.scenario.duration // WORDS))
            await self.roll.change_one(dice)

    async def _hear_late(self, node: GateNode, dice: Dice) -> None:
        """Cut a device off again and again, so that words come amid what was not told yet."""
        while True:
            await self.pause(dice.exponential(20 * SECOND))
            with self._cut_off(node):
                await self.pause(Duration(15 * SECOND + dice.exponential(25 * SECOND)))

    def _must_know(self, node: GateNode) -> Instant:
        """Return by when what the organizer was told must have been heard at a device by now."""
        run = node.name, node.starts
        known = self._known.get(run, Instant(0))
        if node.is_up and self._is_in_reach(node):
            known = max(known, Instant(self._world.stage.now() - self.scenario.hears))
        self._known[run] = known
        return known

    async def _ask(self, node: GateNode, task: Callable[[AttendedGate], Any]) -> Any:
        """Ask a device; None where it stopped, or said no."""

        async def work(session: AttendedGate) -> Any:
            made = task(session)
            return await made if hasattr(made, "__await__") else made

        if not node.is_up:
            return None
        try:
            _, answer = await node.work(work)
        except GatekeeperError as fault:
            self._world.stage.trace.note(node.name, f"nothing done: {fault}")
            return None
        return answer

    # -- badges ----------------------------------------------------------------------------------

    def _pick_badge(self, dice: Dice, *, is_cashier: bool) -> tuple[Person, str]:
        """Choose somebody and a badge that they have, or had: of some there are copies."""
        people = [one for one in self.roll.of_kind(is_cashier=is_cashier) if one.badges]
        there = [one for one in people if one.now.badge]
        person = dice.pick(people if dice.chance(OLD) or not there else there)
        badge = dice.pick(person.badges) if dice.chance(OLD) else person.badges[-1]
        return person, badge

    async def _look_at(
        self, node: GateNode, person: Person, badge: str, look: Callable[[AttendedGate], bool]
    ) -> bool:
        """Ask a device about a badge; what it says is noted, unless it stops."""
        shown = self._begin_shown(node, person, badge, "")
        return self._end_shown(shown, is_taken=await self._ask(node, look))

    def _begin_shown(self, node: GateNode, person: Person, badge: str, pin: str) -> Shown:
        now = self._world.stage.now()
        return Shown(
            node=node.name,
            person=person,
            badge=badge,
            pin=pin,
            known=self._must_know(node),
            heard=self._version_at(node),
            began=now,
            ended=now,
            is_taken=False,
        )

    def _end_shown(self, shown: Shown, *, is_taken: bool | None) -> bool:
        """Note what a device has said, if it has; tells whether it has taken it."""
        if is_taken is None:
            return False
        shown.ended, shown.is_taken = self._world.stage.now(), is_taken
        self.shown.append(shown)
        said = f"{shown.person.id} with {shown.badge[-5:]} {shown.pin}: {is_taken}"
        self._world.stage.trace.note(shown.node, said)
        return is_taken

    async def unlock(self, node: GateNode, person: Person, badge: str, pin: str) -> bool:
        """Show a supervisor's badge at a device, and type a PIN."""

        def find(session: AttendedGate) -> bool:
            session.forget_names()
            return session.find_badge(badge) is not None

        if not await self._look_at(node, person, badge, find):
            return False
        shown = self._begin_shown(node, person, badge, pin)
        answer = await self._ask(node, lambda session: session.unlock(Badge(person.id, ""), pin))
        if answer is None or (answer.wait and not answer.is_right):
            return False  # nothing was tried, or nothing is any more
        return self._end_shown(shown, is_taken=answer.is_right)

    def _pick_pin(self, person: Person, dice: Dice) -> str:
        pins = list(dict.fromkeys(one.pin for one in person.stands if one.pin))
        return dice.pick(pins) if dice.chance(OLD / 2) else pins[-1]

    # -- at the gates ----------------------------------------------------------------------------

    async def _come(self, card: Card, dice: Dice) -> None:
        """Come to either gate, with copies; whoever is turned away may find a supervisor."""
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // VISITS))
            node = self.nodes[dice.below(GATES)]
            visit = await self._present(node, card)
            if visit.answer is None or visit.is_green or node.name in self._at_work:
                continue
            self._at_work.add(node.name)
            await self._decide(node, visit, dice)
            self._at_work.discard(node.name)

    async def _decide(self, node: GateNode, visit: Visit[Card], dice: Dice) -> None:
        """Let a supervisor decide at a gate, alone at its screen."""
        person, badge = self._pick_badge(dice, is_cashier=False)
        if await self.unlock(node, person, badge, self._pick_pin(person, dice)):
            await self._override(node, visit, person, badge)
            if dice.chance(STAYS):
                await self._stay(node, person, badge, dice)
            await self._ask(node, lambda session: session.forget_names())

    async def _stay(self, node: GateNode, person: Person, badge: str, dice: Dice) -> None:
        """Stay at work for a while; the gate looks whether the badge is still good."""
        start = node.starts
        await self.pause(dice.exponential(30 * SECOND))
        visit = await self._present(node, dice.pick(self._cards))
        if node.starts != start or visit.answer is None or visit.is_green:
            return
        if await self._look_at(node, person, badge, lambda session: session.is_badge_good()):
            await self._override(node, visit, person, badge)

    async def _override(
        self, node: GateNode, visit: Visit[Card], person: Person, badge: str
    ) -> None:
        assert visit.answer is not None
        scan, began = visit.asked.after(visit.answer), self._world.stage.now()
        if node.starts != visit.start:
            return
        request = Override(scan, WHY, person.id)
        answer: ScanAnswer | None = await self._ask(
            node, lambda session: session.override(request)
        )
        if answer is not None and not answer.is_repeat:
            self.let_in.append(
                LetIn(
                    claim_id=answer.claim_id,
                    node=node.name,
                    seq=answer.seq,
                    person=person,
                    badge=badge,
                    began=began,
                    ended=self._world.stage.now(),
                )
            )

    # -- at the till -----------------------------------------------------------------------------

    async def _serve(self, dice: Dice) -> None:
        """Let one after another try to be at work at the till."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // TURNS))
            cashier, badge = self._pick_badge(dice, is_cashier=True)
            if not await self.sign_in(cashier, badge):
                continue
            if self._drawer_of() is None:
                await self.act("open", cashier, amount_minor=FLOAT)
                continue
            what = dice.pick((*["sell"] * 4, "comp", "paid_out", *["close"] * 2, "hand_over"))
            supervisor = None
            if what == "comp" or (what in DRAWER_ACTS and dice.chance(0.7)):
                supervisor = await self._call_supervisor(dice)
            if what in {"sell", "comp"}:
                await self.sell(what, cashier, supervisor)
            else:
                await self.act(what, cashier, supervisor, **self._said_of(what, dice))
            await self._ask(self.till, lambda session: session.forget_names())

    def _said_of(self, what: str, dice: Dice) -> dict[str, Any]:
        if what == "hand_over":
            to = dice.pick(self.roll.of_kind(is_cashier=True))
            return {"amount_minor": FLOAT, "receiver": to.id}
        return {"amount_minor": SMALL if what == "paid_out" else FLOAT}

    async def sign_in(self, cashier: Person, badge: str) -> bool:
        """Show a cashier's badge at the till."""

        def find(session: AttendedGate) -> bool:
            session.keep_drawer()
            found = session.staff.find_badge(badge)
            return found is not None and found.id == cashier.id

        return await self._look_at(self.till, cashier, badge, find)

    async def _call_supervisor(self, dice: Dice) -> tuple[Person, str] | None:
        person, badge = self._pick_badge(dice, is_cashier=False)
        if await self.unlock(self.till, person, badge, self._pick_pin(person, dice)):
            return person, badge
        return None

    def _drawer_of(self) -> str | None:
        """Return whose drawer is open by the till's journal; None for none, or if it is down."""
        if not self.till.is_up:
            return None
        whose: str | None = None
        for held in self.read_journals(self.till).values():
            if isinstance(held.body, ShiftBody):
                if held.body.act == ShiftAct.OPEN:
                    whose = held.body.cashier
                elif held.body.act == ShiftAct.HAND_OVER:
                    whose = held.body.receiver
                elif held.body.act == ShiftAct.CLOSE:
                    whose = None
        return whose

    def _has_stock(self) -> bool:
        """Tell whether the till gave no tickets back, or has told that it is at work again."""
        if not self.till.is_up:
            return False
        is_closed, opened = False, 0
        for (_, seq), held in self.read_journals(self.till).items():
            if isinstance(held.body, ShiftBody) and held.body.act == ShiftAct.CLOSE:
                is_closed, opened = True, 0
            elif isinstance(held.body, ShiftBody) and held.body.act == ShiftAct.OPEN:
                opened = seq
        first = self.till.session.store.journal.first_pending
        return not is_closed or 0 < opened < (opened + 1 if first is None else first)

    def _begin_act(
        self, act: str, cashier: Person, supervisor: tuple[Person, str] | None
    ) -> AtTill:
        person, badge = supervisor or (None, "")
        begun = AtTill(
            act=act,
            cashier=cashier,
            supervisor=person,
            badge=badge,
            is_owner=self._drawer_of() == cashier.id,
            known=self._must_know(self.till),
            heard=self._version_at(self.till),
            has_stock=self._has_stock(),
            began=self._world.stage.now(),
            ended=self._world.stage.now(),
        )
        self.at_till.append(begun)
        return begun

    async def sell(
        self, what: str, cashier: Person, supervisor: tuple[Person, str] | None = None
    ) -> AtTill:
        """Sell a ticket at the till, or give one away."""
        begun = self._begin_act(what, cashier, supervisor)
        request = SellRequest(
            lines=(WantedTickets(self.site.codes[0], 1),),
            tenders=(Tender(kind="comp" if what == "comp" else "cash"),),
            cashier=cashier.id,
            authorized_by=begun.supervisor.id if begun.supervisor else "",
            why="press" if what == "comp" else "",
        )
        answer = await self._ask(self.till, lambda session: session.till.sell(request))
        begun.ended = self._world.stage.now()
        if answer is not None:
            begun.reason = str(answer.reason)
            begun.seq = answer.sale.seq if answer.sale else 0
            self._say_act(begun)
        return begun

    async def act(
        self,
        act: str,
        cashier: Person,
        supervisor: tuple[Person, str] | None = None,
        **said: Any,
    ) -> AtTill:
        """Do something at the drawer."""
        begun = self._begin_act(act, cashier, supervisor)
        request = ShiftRequest(
            act=act,
            cashier=cashier.id,
            authorized_by=begun.supervisor.id if begun.supervisor else "",
            why="change",
            **said,
        )
        answer = await self._ask(self.till, lambda session: session.shifts.do(request))
        begun.ended = self._world.stage.now()
        if answer is not None:
            begun.reason = str(answer.reason)
            begun.seq, begun.number = answer.seq, answer.number
            self._say_act(begun)
        return begun

    def _say_act(self, one: AtTill) -> None:
        by = one.supervisor.id if one.supervisor else "nobody"
        said = f"{one.act} by {one.cashier.id} and {by}: {one.reason}"
        self._world.stage.trace.note(self.till.name, said)

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Try each badge once more at each device, and close the drawer that is left open."""
        cashier = await self.roll.take_on(is_cashier=True)
        supervisor = await self.roll.take_on(is_cashier=False)
        if unrest := await self._until_told():
            return unrest
        await self._try_all_badges()
        badge = supervisor.now.badge
        if not await self.sign_in(cashier, cashier.now.badge):
            self.unfinished.append("the last cashier is not known")
        if not await self.unlock(self.till, supervisor, badge, supervisor.now.pin):
            self.unfinished.append("the last supervisor is not known")
        acts: list[AtTill] = []
        if self._drawer_of() is not None:
            by = supervisor, badge
            acts.append(await self.act("close", cashier, by, amount_minor=FLOAT))
        acts.append(await self.act("open", cashier, amount_minor=FLOAT))
        acts.append(await self.sell("sell", cashier))
        acts.append(await self.act("close", cashier, amount_minor=FLOAT))
        self.unfinished += [f"{one.act}: {one.reason}" for one in acts if one.reason != "ok"]
        return await self._until_told()

    async def _try_all_badges(self) -> None:
        def knows(badge: str) -> Callable[[AttendedGate], bool]:
            return lambda session: session.find_badge(badge) is not None

        for person in self.roll.people:
            for badge in person.badges:
                if person.is_cashier:
                    await self.sign_in(person, badge)
                    continue
                for node in self.nodes:
                    await self._look_at(node, person, badge, knows(badge))
