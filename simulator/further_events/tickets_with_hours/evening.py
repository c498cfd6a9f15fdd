"""One evening at two tills and two gates whose tickets have hours of their own.

Tonight's date is moved to and fro, the hours of types are set anew, and another date may be added,
while tills sell and gates let in, cut off by turns. Guests come again and again until they are in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gatekeeper.boxoffice.till_requests import one_type
from gatekeeper.gate.requests import Scan
from shared.kernel.id_types import EventId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import HOUR, SECOND, Duration, Instant, format_instant
from simulator.further_events.ended_keys_and_copied_events.ground import Site, open_doors
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.further_events.second_event.told import Told
from simulator.further_events.tickets_with_hours.record import (
    DOORS,
    ENDS,
    NEXT_STARTS,
    STARTS,
    Heard,
    Hours,
    Kind,
    Offer,
    Said,
    Signed,
    Terms,
    TimedCard,
    offsets_of,
)
from simulator.judging.seen_visits import Visit
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.venue import CLAIM_BUDGET_MS
from simulator.world import World

GATES: Final = 2
TILLS: Final = 2
SHIFTS: Final = (Duration(-8 * HOUR), Duration(0), Duration(8 * HOUR))
"""By how much tonight's date is later than announced: so far that hours are over, or come."""
ANEW: Final[Mapping[Kind, tuple[Hours, ...]]] = {
    Kind.LATE: ((Duration(4 * HOUR), None), (Duration(-3 * HOUR), None)),
    Kind.PLAIN: ((None, None), (Duration(4 * HOUR), None)),
}
"""What hours of these types are set to by turns, from the date's start."""
ACTS: Final = 6
SALES: Final = 30
"""Of each till, and half as many of the office."""
VISITS: Final = 6
AT_ONCE: Final[Duration] = 20 * SECOND
UNHEARD: Final[Duration] = 15 * SECOND
"""How long a gate is cut off before tonight's date is moved, and afterwards, on average."""
WHATS: Final = ("move", "move", "hours", "date")
OFFICE: Final = "office"
ID_OFFSET: Final = 1 << 63
BOOKS_EVERY: Final[Duration] = 5 * SECOND


class Timed(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        heard: What the gate had heard before each, by its number, and what it had afterwards.
        cards: All that was sold.
        offers: What the office was asked for.
        said: Each change of the plan, in order; the first is how it began.
        booked: When the office was first seen to know a ticket.
        tills: The tills' nodes.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "timed", GATES)
        self.heard: dict[int, tuple[Heard, Heard]] = {}
        self.cards: list[TimedCard] = []
        self.offers: list[Offer] = []
        self.said: list[Said] = []
        self.booked: dict[int, Instant] = {}
        self.tills = [world.device(f"timedtill{n}") for n in range(1, TILLS + 1)]
        self._kinds: dict[Kind, Any] = {}
        self._dates: list[str] = []
        self._names_date = True

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, and start its gates and tills."""
        await self.owner.sign_in()
        dice, now = self._dice.stream("plan"), self._world.stage.now()
        middle = Instant((now + self.scenario.duration // 2) // SECOND * SECOND)
        has_next = dice.chance(0.5)
        # Of an event with one date a type may name none.
        self._names_date = has_next or dice.chance(0.5)
        terms = Terms(starts=STARTS, hours=offsets_of(middle), has_next=has_next)
        self.site = await self._put_on_hours(terms)
        self.told = Told(self._world, self.site.event_id)
        self._world.others += self.nodes
        for node, gate_id in zip(self.nodes, self.site.gates, strict=True):
            await self._enrol(node, gate_id, self.site.event_id)
        for node in self.tills:
            await self._enrol_till(node)
        await self._hear()
        self.said.append(Said(terms=terms, version=0, before=0, began=now, ended=now))

    async def _put_on_hours(self, terms: Terms) -> Site:
        owner = self.owner
        policy = {"offline_policy": "open", "claim_budget_ms": CLAIM_BUDGET_MS}
        body = {"name": "Hours", "timezone": "Europe/Zurich", "currency": "CHF", "policy": policy}
        event_id = EventId((await owner.must("POST", "/events", body))["id"])
        path = f"/events/{event_id}"
        await self._add_date(path, "Tonight", terms.starts)
        if terms.has_next:
            await self._add_date(path, "Another day", NEXT_STARTS)
        for kind in Kind:
            if kind is not Kind.NEXT or terms.has_next:
                await self._add_type(path, kind, terms)
        zone = await owner.must("POST", f"{path}/zones", {"name": "Floor"})
        gates = []
        for number in range(1, GATES + 1):
            gate = {"name": f"Gate {number}", "zone_id": zone["id"]}
            gates.append(str((await owner.must("POST", f"{path}/gates", gate))["id"]))
        await open_doors(owner, path)
        made = [self._kinds[kind] for kind in self._kinds]
        return Site(
            event_id=event_id,
            gates=tuple(gates),
            kinds=tuple(str(one["id"]) for one in made),
            codes=tuple(int(one["code"]) for one in made),
        )

    async def _add_date(self, path: str, name: str, starts: Instant) -> None:
        date = {"name": name} | _times(starts)
        made = await self.owner.must("POST", f"{path}/occurrences", date)
        self._dates.append(str(made["id"]))

    async def _add_type(self, path: str, kind: Kind, terms: Terms) -> None:
        body = self._body_of(kind, terms)
        self._kinds[kind] = await self.owner.must("POST", f"{path}/ticket-types", body)

    def _body_of(self, kind: Kind, terms: Terms) -> dict[str, object]:
        """Say what a type is; its hours are instants there."""
        is_next = kind is Kind.NEXT
        starts = NEXT_STARTS if is_next else terms.starts
        first, last = terms.hours[kind]
        return {
            "name": f"It is {kind}",
            "price_minor": 2_500,
            "occurrence_id": self._dates[is_next] if is_next or self._names_date else None,
            "valid_from": None if first is None else format_instant(Instant(starts + first)),
            "valid_until": None if last is None else format_instant(Instant(starts + last)),
        }

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        dice = self._dice
        for node in self.tills:
            self._world.start(self._sell_at(node, dice.stream(f"sales of {node.name}")))
        for work in (
            self._sell_at_office(dice.stream("office")),
            self._change(dice.stream("organizer")),
            self._watch_books(),
            self._cut(dice.stream("cuts")),
            self._cut(dice.stream("more cuts")),
            self._cut_long(dice.stream("long cut")),
        ):
            self._world.start(work)

    async def _sell_at(self, node: GateNode, dice: Dice) -> None:
        every = Duration(self.scenario.duration // SALES)
        while True:
            await self.pause(dice.exponential(every))
            kind = dice.pick(tuple(self._kinds))
            if node.is_up and (card := await self._sell_one(node, kind)) is not None:
                self._welcome(card, dice)

    async def _sell_one(self, node: GateNode, kind: Kind) -> TimedCard | None:
        began, heard = self._world.stage.now(), self._heard_by(node)
        sale = await self._sell_there(node, one_type(int(self._kinds[kind]["code"]), 1))
        if sale is None:
            return None
        (ticket,) = sale.tickets
        return TimedCard(
            ticket.digits,
            parse_ticket_id(ticket.ticket_id),
            kind=kind,
            seller=node.name,
            began=began,
            ended=self._world.stage.now(),
            heard=heard.version,
            hears=self._heard_by(node).version,
        )

    def _heard_by(self, node: GateNode) -> Heard:
        if not node.is_up:
            return Heard(0, 0)
        session = node.session
        event = session.knowledge.event
        version = 0 if event is None else event.config.sequence
        return Heard(session.store.feeds.get(self.site.event_id).cursor, version)

    async def _sell_at_office(self, dice: Dice) -> None:
        every = Duration(self.scenario.duration * 2 // SALES)
        while True:
            await self.pause(dice.exponential(every))
            kind, began = dice.pick(tuple(self._kinds)), self._world.stage.now()
            sold = await self._try_to_sell(1, str(self._kinds[kind]["id"]))
            ended = self._world.stage.now()
            self.offers.append(Offer(kind=kind, began=began, ended=ended, is_sold=bool(sold)))
            for one in sold:
                card = TimedCard(
                    one.text, one.ticket_id, kind=kind, seller=OFFICE, began=began, ended=ended
                )
                self._welcome(card, dice)

    def _welcome(self, card: TimedCard, dice: Dice) -> None:
        self.cards.append(card)
        name = format_ticket_id(card.ticket_id)
        self._world.stage.trace.note("timed", f"{card.seller} sells {card.kind} {name}")
        self._world.start(self._come(card, dice.stream(name)))

    async def _come(self, card: TimedCard, dice: Dice) -> None:
        """Come to either gate, the first time soon, until the lamp is green."""
        await self.pause(dice.exponential(AT_ONCE))
        for _ in range(VISITS):
            if (await self.show(dice.below(GATES), card)).is_green:
                return
            await self.pause(dice.exponential(self.scenario.duration // VISITS))

    async def show(self, number: int, card: TimedCard) -> Visit[TimedCard]:
        """Present a ticket at a gate."""
        node = self.nodes[number]
        number, before = len(self.visits) + 1, self._heard_by(node)
        self.heard[number] = before, before
        visit = await self._present(node, card, Scan(card.text))
        if node.is_up and node.starts == visit.start:
            self.heard[number] = before, self._heard_by(node)
        return visit

    async def _cut_long(self, dice: Dice) -> None:
        """Keep one till, and then the other, from the server for a quarter of the evening."""
        for node in self.tills:
            await self._at_part(dice, 5, 25)
            with self._cut_off(node):
                await self._at_part(dice, 20, 30)

    async def _watch_books(self) -> None:
        """Look again and again which tickets the office knows by now."""
        while True:
            await self._look_at_books()
            await self.pause(BOOKS_EVERY)

    async def _look_at_books(self) -> None:
        sql = "SELECT ticket_id FROM ticket WHERE event_id=?"
        for (number,) in await self.read_books(sql, self.site.event_id):
            self.booked.setdefault(number + ID_OFFSET, self._world.stage.now())

    # -- what the organizer does -----------------------------------------------------------------

    async def _change(self, dice: Dice) -> None:
        """Move tonight's date, set hours anew, or add another date, one after another."""
        for _ in range(ACTS):
            await self.pause(dice.exponential(self.scenario.duration // ACTS))
            what = dice.pick(WHATS)
            if what == "hours":
                await self._set_hours(dice.pick(tuple(ANEW)))
            elif what == "date" and self._names_date and not self._terms.has_next:
                await self._add_next()
            else:
                await self._move_unheard(dice)

    async def _move_unheard(self, dice: Dice) -> None:
        """Move tonight's date while a gate lets people in of whom the office hears later."""
        with self._cut_off(dice.pick(self.nodes[:GATES])):
            await self.pause(dice.exponential(UNHEARD))
            await self._move(dice)
            await self.pause(dice.exponential(UNHEARD))

    @property
    def _terms(self) -> Terms:
        return self.said[-1].terms

    async def _move(self, dice: Dice) -> None:
        starts = dice.pick([one for one in map(_later, SHIFTS) if one != self._terms.starts])
        date = {"occurrence_id": self._dates[0]} | _times(starts)
        began, before = self._world.stage.now(), await self.told.head()
        await self.owner.must("POST", f"{self.site.path}/move", {"dates": [date]})
        await self._note(msgspec.structs.replace(self._terms, starts=starts), began, before)

    async def _set_hours(self, kind: Kind) -> None:
        """Set a type's hours anew: for that gates are handed the plan once more."""
        (anew,) = [one for one in ANEW[kind] if one != self._terms.hours[kind]]
        hours = dict(self._terms.hours) | {kind: anew}
        terms = msgspec.structs.replace(self._terms, hours=hours)
        path = f"{self.site.path}/ticket-types/{self._kinds[kind]['id']}"
        began, before = await self._lift()
        await self.owner.must("PUT", path, self._body_of(kind, terms))
        await self._note(terms, began, before)
        await self.owner.must("POST", f"{self.site.path}/handover", {})

    async def _add_next(self) -> None:
        terms = msgspec.structs.replace(self._terms, has_next=True)
        began, before = await self._lift()
        await self._add_date(self.site.path, "Another day", NEXT_STARTS)
        await self._note(terms, began, before)
        await self._add_type(self.site.path, Kind.NEXT, terms)
        await self.owner.must("POST", f"{self.site.path}/handover", {})

    async def _lift(self) -> tuple[Instant, int]:
        reason = {"reason": "it is another evening than we thought"}
        await self.owner.must("POST", f"{self.site.path}/freeze/lift", reason)
        return self._world.stage.now(), await self.told.head()

    async def _note(self, terms: Terms, began: Instant, before: int) -> None:
        now = self._world.stage.now()
        ((version,),) = await self.read_books(
            "SELECT plan_version FROM event WHERE id=?", self.site.event_id
        )
        said = Said(terms=terms, version=version, before=before, began=began, ended=now)
        self.said.append(said)
        late = terms.starts - STARTS
        self._world.stage.trace.note("timed", f"plan {len(self.said) - 1}: {late // HOUR} h later")

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Come with every ticket that has let nobody in, when all have heard of everything."""
        await self._hear()
        await self._look_at_books()
        came = {one.card.ticket_id for one in self.visits if one.is_green}
        for number, card in enumerate(self.cards):
            if card.ticket_id not in came:
                await self.show(number % GATES, card)
        return await self.rest()

    async def read_hours(self) -> dict[int, Signed]:
        """Read when each ticket is good by the office's books."""
        rows = await self.read_books(
            "SELECT ticket_id, valid_from, valid_until FROM ticket WHERE event_id=?",
            self.site.event_id,
        )
        return {row[0] + ID_OFFSET: (row[1], row[2]) for row in rows}


def _later(shift: Duration) -> Instant:
    return Instant(STARTS + shift)


def _times(starts: Instant) -> dict[str, str]:
    return {
        "starts_at": format_instant(starts),
        "doors_at": format_instant(Instant(starts + DOORS)),
        "ends_at": format_instant(Instant(starts + ENDS)),
    }
