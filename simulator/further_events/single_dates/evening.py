"""One evening of the series: what the organizer does with its dates, and who comes."""

from __future__ import annotations

from typing import Any, Final

from gatekeeper.gate.requests import Scan
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import Duration
from simulator.evening.imported_lists import becomes, bring_list
from simulator.further_events.further_event import FurtherEvent
from simulator.further_events.second_event.told import Told
from simulator.further_events.single_dates.ground import (
    GATES,
    MOVED,
    PRICES,
    STARTS,
    Programme,
    put_on,
    times_of,
)
from simulator.further_events.single_dates.record import DatedCard, Day, Order, Said, SeriesRecord
from simulator.judging.seen_visits import Visit
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

FIRST_ORDERS: Final = 10
CARDS: Final = 3
"""At most so many tickets of a date in one order."""
TENDERS: Final = ("card", "card", "cash", "online", "transfer")
VISITS: Final = 4
LIST: Final = 4
"""Codes on the list that is taken back."""


class Series(FurtherEvent):
    """The third event of a world, and everybody at it.

    Attributes:
        record: What was seen.
        programme: What was put on.
        told: What gates are told.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "series", len(GATES))
        self.record = SeriesRecord()
        self.visits = self.record.seen
        self.programme: Programme

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put it on, sell, and start the gates."""
        world = self._world
        await self.owner.sign_in()
        self.programme = await put_on(self.owner)
        self.told = Told(world, self.programme.event_id)
        world.others += self.nodes
        for node, name in zip(self.nodes, GATES, strict=True):
            await self._enrol(node, self.programme.gates[name], self.programme.event_id)
        dice = self._dice.stream("orders")
        self._first = [card for _ in range(FIRST_ORDERS) for card in await self._sell(dice)]
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        dice = self._dice
        for card in self._first:
            self._world.start(self._come(card, dice.stream(f"guest {card.ticket_id}")))
        for work in (
            self._sell_on(dice.stream("shop")),
            self._cut(dice.stream("cuts")),
            self._call_off(dice.stream("off")),
            self._move(Day.AWAY, dice.stream("away")),
            self._move(Day.HERE, dice.stream("here")),
            self._import(dice.stream("list")),
            self._try_locked(dice.stream("locked")),
        ):
            self._world.start(work)

    # -- guests ----------------------------------------------------------------------------------

    async def _come(self, card: DatedCard, dice: Dice) -> None:
        """Come any time, again and again; whoever is inside goes out now and then."""
        whole = self._world.scenario.duration
        await self.pause(Duration(dice.below(whole // 2)))
        inside = False
        for _ in range(VISITS):
            shown = await self.show(dice.pick(self.nodes), card, "out" if inside else "in")
            if shown.is_green:
                inside = not inside
            await self.pause(dice.exponential(whole // 6))

    async def show(
        self, node: GateNode, card: DatedCard, direction: str = "in"
    ) -> Visit[DatedCard]:
        """Present a card at a gate, and look at its lamp."""
        asked = Scan(card.text, direction=direction)
        return await self._present(node, card, asked)

    # -- orders ----------------------------------------------------------------------------------

    async def _sell_on(self, dice: Dice) -> None:
        while True:
            await self.pause(dice.exponential(self._world.scenario.duration // 12))
            for card in await self._sell(dice):
                self._world.start(self._come(card, dice.stream(f"guest {card.ticket_id}")))

    async def _sell(self, dice: Dice) -> list[DatedCard]:
        """Sell tickets of some dates in one order, paid by one tender or two, and print them."""
        gone = {one.day for one in self.record.said if one.what == "off"}
        days = [day for day in Day if day not in gone and dice.chance(0.5)] or [Day.STAYS]
        path, began = self.programme.path, self._world.stage.now()
        lines = [
            {"ticket_type_id": self.programme.kinds[day], "quantity": dice.between(1, CARDS)}
            for day in days
        ]
        said = {"lines": lines, "payment": "pending", "hold_s": 3_600}
        made = await self.owner.ask("POST", f"{path}/orders", said)
        if made is None:
            if Day.OFF in days:
                self.owner.refused.pop()  # it was called off meanwhile
            return []
        order = Order(
            order_id=str(made["order"]["id"]),
            number=made["order"]["number"],
            days=[],
            began=began,
        )
        by_kind = {kind: day for day, kind in self.programme.kinds.items()}
        for one in made["tickets"]:
            day = by_kind[str(one["ticket_type_id"])]
            order.days.append((day, PRICES[day]))
        self.record.orders.append(order)
        await self._pay(order, sum(price for _, price in order.days), dice)
        order.ended = self._world.stage.now()
        cards = []
        for one in made["tickets"]:
            card = await self._print(str(one["id"]), by_kind[str(one["ticket_type_id"])])
            cards += [] if card is None else [card]
        return cards

    async def _pay(self, order: Order, due: int, dice: Dice) -> None:
        """Pay all of it, sometimes by two tenders; what is called off meanwhile stays unpaid."""
        parts = [due]
        if dice.chance(0.3):
            first = dice.between(1, due - 1)
            parts = [first, due - first]
        for amount in parts:
            tender = dice.pick(TENDERS)
            body = {"tender": tender, "amount_minor": amount, "fact": "paid"}
            path = f"{self.programme.path}/orders/{order.order_id}/payments"
            if await self.owner.ask("POST", path, body) is None:
                self.owner.refused.pop()
                return
            order.paid[tender] = order.paid.get(tender, 0) + amount

    async def _print(self, ticket_id: str, day: Day) -> DatedCard | None:
        path = f"{self.programme.path}/tickets/{ticket_id}/credential"
        said = await self.owner.ask("GET", path)
        if said is None:
            self.owner.refused.pop()  # void by now: nobody prints it
            return None
        return DatedCard(said["digits"], parse_ticket_id(ticket_id), day=day)

    # -- what the organizer does -----------------------------------------------------------------

    async def _say(
        self,
        what: str,
        day: Day | None,
        path: str,
        body: object,
        tickets: frozenset[int] = frozenset(),
    ) -> None:
        """Let the organizer do something, and note when the server had committed it."""
        began = self._world.stage.now()
        await self.owner.must("POST", f"{self.programme.path}{path}", body)
        await self._note(what, day, tickets, began)

    async def _note(self, what: str, day: Day | None, tickets: frozenset[int], began: Any) -> None:
        head = await self.told.head()
        said = Said(what, day, tickets, head, began, self._world.stage.now())
        self.record.said.append(said)
        self._world.stage.trace.note("series", f"{what} {day} by {head}")

    async def _call_off(self, dice: Dice) -> None:
        await self._at_part(dice, 20, 60)
        path = f"/occurrences/{self.programme.dates[Day.OFF]}/cancellation"
        await self._say("off", Day.OFF, path, {"reason": "storm"})

    async def _move(self, day: Day, dice: Dice) -> None:
        """Move a date, by an act that says when it was to be; said twice, it is one."""
        await self._at_part(dice, 20, 60)
        one = {
            "occurrence_id": self.programme.dates[day],
            "was_starts_at": times_of(STARTS[day])["starts_at"],
        }
        await self._say("moved", day, "/move", {"dates": [one | times_of(MOVED[day])]})
        if dice.chance(0.5):
            again = {"occurrence_id": self.programme.dates[day]} | times_of(MOVED[day])
            await self.owner.must("POST", f"{self.programme.path}/move", {"dates": [again]})

    async def _import(self, dice: Dice) -> None:
        """Bring a list, let its people in for a while, and take it back."""
        await self._at_part(dice, 5, 30)
        codes = [f"SERIES-{number}" for number in range(LIST)]
        path, names = await bring_list(
            self.owner, self.programme.path, f"For what {Day.STAYS}", codes, self.pause
        )
        cards = [DatedCard(code, name, day=Day.STAYS) for code, name in names]
        if dice.chance(0.4):
            self._world.start(self._come(cards[0], dice.stream("early")))
        await self._at_part(dice, 10, 30)
        await self._take_back(path, cards)
        for card in cards:
            self._world.start(self._come(card, dice.stream(f"late {card.text}")))

    async def _take_back(self, path: str, cards: list[DatedCard]) -> None:
        """Take a list back; the server may refuse that where somebody has come in by it."""
        began, owner = self._world.stage.now(), self.owner
        tickets = frozenset(card.ticket_id for card in cards)
        if await owner.ask("POST", f"{path}/undo", {}) is None:
            came = any(one.is_green and one.card.ticket_id in tickets for one in self.record.seen)
            if came and "were used" in owner.refused[-1]:
                owner.refused.pop()
        else:
            await becomes(owner, path, "undone", self.pause)
            lines = (await owner.must("GET", f"{path}/lines"))["items"]
            undone = [str(one["ticket_id"]) for one in lines if one["outcome"] == "undone"]
            await self._note("undone", None, frozenset(map(parse_ticket_id, undone)), began)

    async def _try_locked(self, dice: Dice) -> None:
        """Try to change what gates were handed; what stays open at such a time goes through."""
        await self._at_part(dice, 10, 80)
        path, owner = self.programme.path, self.owner
        locked = (
            (
                "PUT",
                f"/zones/{self.programme.zone_id}",
                {"name": "Stage", "strict_anti_passback": True},
            ),
            (
                "PUT",
                f"/occurrences/{self.programme.dates[Day.STAYS]}",
                {"name": "It stays"} | times_of(MOVED[Day.HERE]),
            ),
        )
        for method, place, body in locked:
            if await owner.ask(method, path + place, body) is not None:
                self.record.wrong.append(f"{method} {place} was taken though gates were handed it")
            elif "plan-frozen" in owner.refused[-1]:
                owner.refused.pop()
        room = {"name": "Stage", "capacity": 10_000}
        await owner.must("PUT", f"{path}/zones/{self.programme.zone_id}", room)

    # -- after doors -----------------------------------------------------------------------------

    async def unrest(self) -> str:
        """Say what is left to do; "" if nothing is."""
        if waiting := await super().unrest():
            return waiting
        if await self._runs_open():
            return "money is still on its way back"
        return ""

    async def _runs_open(self) -> bool:
        rows = await self.ask_books("SELECT state FROM refund_run WHERE event_id=?")
        return any(row[0] != "done" for row in rows)

    async def ask_books(self, sql: str) -> list[Any]:
        """Ask the books of the event, as they are."""
        return await self.read_books(sql, self.programme.event_id)

    async def call_all_off(self) -> str:
        """Call off what is left of it, and wait until its money is on its way."""
        await self.owner.must("POST", f"{self.programme.path}/cancellation", {"reason": "war"})
        return await self.rest()
