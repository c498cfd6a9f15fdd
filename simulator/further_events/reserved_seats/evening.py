"""One evening in a small hall: two tills, cut off by turns, and the office want the same seats.

Some come as a group and want to sit together. The evening stays, is moved to a week later, or is
called off while seats are sold; and one gate sees who comes in the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

from gatekeeper.boxoffice.till_requests import SellRequest, WantedSeats
from gatekeeper.boxoffice.withdraw_requests import WithdrawRequest
from gatekeeper.gate.requests import Scan
from shared.admission.purpose import Purpose
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import EventId, SeatId, TicketId
from shared.kernel.instant import DAY, HOUR, MILLISECOND, SECOND, Duration, Instant, format_instant
from shared.sales.basket_pricing import WantedTickets
from shared.sales.tenders import CASH, Tender
from shared.seating.csv_form import write_csv
from shared.seating.seat_map import PITCH, Seat, SeatMap
from simulator.further_events.further_event import STARTS_MAX, FurtherEvent, withdraw_at
from simulator.further_events.reserved_seats.record import OFFICE, RUN, Closed, Guest, Hall
from simulator.further_events.second_event.ground import appoint
from simulator.further_events.second_event.owner import WRONG
from simulator.further_events.second_event.told import Told
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.kernel.loop import Process
from simulator.kernel.stage import WORLD_START
from simulator.nodes.gate_node import GateNode
from simulator.world import World

TILLS: Final = 2
ROWS: Final = "ABCD"
SEATS: Final = 6
"""In each row. The first two rows are the tills' own at the beginning, one each."""
MOST: Final = 3
GROUP: Final = (4, 6)
GROUPS: Final = 0.2
"""The share of orders and sales for so many, who want to sit together."""
FATES: Final = ("stays", "moved", "off")
"""What becomes of the date."""
PRICE: Final = 4_000
SALES: Final = 30
"""So many each seller makes in an evening, or tries to."""
BACK: Final = 15
"""So many tickets come back to each."""
DIES: Final = 0.2
"""In so many sales and refunds of a till its program is killed, or its power goes at a write."""
WRITES_AHEAD: Final = 8
KILLED_IN: Final[Duration] = 20 * MILLISECOND
"""So soon, on average: a sale that asks nobody takes no longer."""
DEAD_FOR: Final[Duration] = 10 * SECOND
LOOKS: Final = 40
SIGNED: Final = 0.4
"""The share of tickets taken back that a supervisor has signed for, who may say so cut off too."""
NAMED: Final = 0.7
"""The share of sales for seats that the guest has chosen."""
PENDING: Final = 0.4
"""The share of the office's orders that are paid later, or never."""
CLOSING: Final = 0.3
"""The share of evenings on which seats are taken out of sale that nobody has."""
CLOSES: Final = 20
CONFLICT: Final = 409
STARTS: Final = Instant(WORLD_START + 2 * HOUR)
MOVED: Final = Instant(WORLD_START + 7 * DAY)
OTHER: Final = Instant(WORLD_START + 60 * DAY)
BEFORE: Final[Duration] = 8 * HOUR
AFTER: Final[Duration] = 28 * HOUR
"""How long before the start tickets let in, and after: no clock is so wrong."""


class Seated(FurtherEvent):
    """A further event of a world, and its tills.

    Attributes:
        hall: Who had which seat.
        event_id: Which event.
        watched: The map as somebody saw it who asks for what has changed.
        tills: Their nodes.
        gate: Where everybody comes in the end.
        fate: What becomes of the date, of `FATES`.
        changed: True time by which the server had said that it has; None before, and if it stays.
        visits: Who came in the end.
    """

    def __init__(self, world: World, name: str = "seated") -> None:
        super().__init__(world, name, TILLS)
        self.tills = list(self.nodes)
        self.gate = world.device(f"{name}gate")
        self.nodes.append(self.gate)
        self.fate = self._dice.stream("fate").pick(FATES)
        self.changed: Instant | None = None
        self.hall = Hall({})
        self.watched: dict[str, str] = {}
        self.event_id: EventId
        self._kind, self._date, self._code, self._cursor = "", "", 0, 0
        self._person = self._badge = ""
        self._may_be_off = self._keeps = False

    @property
    def path(self) -> str:
        """Where the organizer finds it."""
        return f"/events/{self.event_id}"

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, with its map, and start its tills."""
        world = self._world
        await self.owner.sign_in()
        self._person, self._badge = await appoint(world, "Sasha")
        body = {"name": "Seated", "timezone": "Europe/Zurich", "currency": "CHF"}
        self.event_id = EventId((await self.owner.must("POST", "/events", body))["id"])
        date = {"name": "Tonight"} | _times(STARTS)
        put = await self.owner.must("POST", f"{self.path}/occurrences", date)
        self._date = str(put["id"])
        # No event's last date is called off; and with a second one tills sign for which it is.
        other = {"name": "In spring"} | _times(OTHER)
        await self.owner.must("POST", f"{self.path}/occurrences", other)
        table = {"form": "csv", "text": write_csv(_draw_hall())}
        await self.owner.must("PUT", f"{self.path}/seats/map", table)
        selling: dict[str, Any] = {"seats": {}}
        kind = {"name": "Seat", "price_minor": PRICE, "occurrence_id": put["id"]}
        kind |= {
            "valid_from": format_instant(Instant(STARTS - BEFORE)),
            "valid_until": format_instant(Instant(STARTS + AFTER)),
        }
        sold = await self.owner.must(
            "POST", f"{self.path}/ticket-types", kind | {"selling": selling}
        )
        self._kind, self._code = str(sold["id"]), int(sold["code"])
        zone = await self.owner.must("POST", f"{self.path}/zones", {"name": "Hall"})
        gate = {"name": "Gate 1", "zone_id": zone["id"]}
        gate_id = str((await self.owner.must("POST", f"{self.path}/gates", gate))["id"])
        await self.owner.must("POST", f"{self.path}/state", {"state": "published"})
        await self.owner.must("POST", f"{self.path}/handover", {})
        self.told = Told(world, self.event_id)
        world.others += self.nodes
        await self._enrol(self.gate, gate_id, self.event_id)
        for node, row in zip(self.tills, ROWS, strict=False):
            profile = await world.enrol(
                node.key, node.name, "till", None, Process(node.name), event_id=self.event_id
            )
            node.install(profile)
            own = {"seats": _row(row)}
            path = f"{self.path}/till-stock/{profile.device_id}/reserved"
            await self.owner.must("POST", path, own)
            await node.start()
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        start, dice = self._world.start, self._dice
        for node in self.tills:
            start(self._sell_at(node, dice.stream(f"sales of {node.name}")))
            start(self._take_back_at(node, dice.stream(f"back at {node.name}")))
            start(self._cut(dice.stream(f"cuts {node.name}")))
        start(self._order(dice.stream("orders")))
        start(self._end_orders(dice.stream("endings")))
        start(self._watch(dice.stream("watching")))
        start(self._change_date(dice.stream("change")))
        closing = dice.stream("closing")
        if closing.chance(CLOSING):
            start(self._close_seats(closing))

    async def _sell_at(self, node: GateNode, dice: Dice) -> None:
        every = Duration(self.scenario.duration // SALES)
        while True:
            await self.pause(dice.exponential(every))
            count = _count(dice)
            seats = self._choose(dice, count) if dice.chance(NAMED) else []
            await self._dying(node, dice, self.sell(node, count, seats))

    async def _dying(self, node: GateNode, dice: Dice, work: Awaitable[None]) -> None:
        """Let a till do something, and perhaps die amid it; somebody starts it again."""
        if not dice.chance(DIES) or not node.is_up or node.is_armed:
            await work
            return
        if dice.chance(0.5):
            node.arm_write(dice.between(1, WRITES_AHEAD), lambda: None)
            await work
            node.disarm()
        else:
            await asyncio.gather(work, self._kill(node, dice.exponential(KILLED_IN)))
        if node.is_stopped:
            await self.pause(dice.exponential(DEAD_FOR))
        for _ in range(STARTS_MAX):
            if not node.is_stopped or await node.start():
                break
            await self.pause(SECOND)

    async def _kill(self, node: GateNode, after: Duration) -> None:
        start = node.starts
        await asyncio.sleep(after / SECOND)
        if node.is_up and node.starts == start:
            node.stop(has_power=True)

    async def sell(self, node: GateNode, count: int, seats: list[str]) -> None:
        """Sell so many seats at a till, the best where none are named."""
        named = (WantedSeats(self._code, tuple(SeatId(one) for one in seats)),) if seats else ()
        request = SellRequest(
            lines=(WantedTickets(self._code, count),), tenders=(Tender(kind=CASH),), seats=named
        )
        sale = await self._sell_there(node, request)
        if sale is None:
            return
        now = self._world.stage.now()
        for one in sale.tickets:
            guest = Guest(
                ticket_id=one.ticket_id,
                seat=one.seat,
                seller=node.name,
                shown=now,
                code=one.digits,
            )
            self.hall.seat(guest)
        taken = [one.seat for one in sale.tickets]
        self._world.stage.trace.note(node.name, f"sells {taken}")

    async def _take_back_at(self, node: GateNode, dice: Dice) -> None:
        """Let guests bring tickets back to the till that has sold them, now and then."""
        every = Duration(self.scenario.duration // BACK)
        while True:
            await self.pause(dice.exponential(every))
            if self._keeps:
                return
            mine = [
                one
                for one in self.hall.guests.values()
                if one.seller == node.name and not one.is_gone
            ]
            if mine and node.is_up:
                taken = self._take_back(node, dice.pick(mine), is_signed=dice.chance(SIGNED))
                await self._dying(node, dice, taken)

    async def _take_back(self, node: GateNode, guest: Guest, *, is_signed: bool) -> None:
        request = WithdrawRequest(
            purpose=Purpose.REFUND,
            ticket_id=TicketId(int(guest.ticket_id, 16)),
            amount_minor=PRICE,
            currency="CHF",
            tender=CASH,
            reason="guest",
            authorized_by=self._person if is_signed else "",
        )

        guest.leaves(self._world.stage.now(), node.name)
        try:
            answer = await withdraw_at(node, request, self._badge)
        except GatekeeperError as fault:
            self._world.stage.trace.note(node.name, f"nothing back: {fault}")
            return
        if answer is not None:
            guest.is_gone = guest.is_gone or answer.is_ok
            self._world.stage.trace.note(node.name, f"takes back {guest}: {answer.reason}")

    async def _order(self, dice: Dice) -> None:
        every = Duration(self.scenario.duration // SALES)
        while True:
            await self.pause(dice.exponential(every))
            count = _count(dice)
            seats = self._choose(dice, count) if dice.chance(NAMED) else None
            payment = "pending" if dice.chance(PENDING) else "paid"
            await self.buy(count, seats, payment)

    async def buy(self, count: int, seats: list[str] | None, payment: str = "paid") -> bool:
        """Order so many seats, the best where none are named; tells whether it was done."""
        line: dict[str, Any] = {"ticket_type_id": self._kind, "quantity": count}
        line |= {} if seats is None else {"seats": seats}
        asked_at = self._world.stage.now()
        status, made = await self.owner.attempt(
            "POST", f"{self.path}/orders", {"lines": [line], "payment": payment}
        )
        if status == CONFLICT or (status >= WRONG and self._may_be_off):
            return False
        if status >= WRONG:
            self.owner.refused.append(f"an order of {seats}: {status} {made}")
            return False
        now = self._world.stage.now()
        for one in made["tickets"]:
            self.hall.seat(
                Guest(
                    ticket_id=str(one["id"]),
                    seat=str(one["seat_id"]),
                    seller=OFFICE,
                    order_id=str(made["order"]["id"]),
                    asked_at=asked_at,
                    is_pending=payment != "paid",
                    shown=now,
                    # One that is not paid is nobody's promise: it ends when the server thinks so.
                    ends=None if payment == "paid" else now,
                )
            )
        return True

    async def _change_date(self, dice: Dice) -> None:
        """Move the date or call it off, while seats are sold; from then on guests keep theirs."""
        await self._at_part(dice, 45, 70)
        self._keeps = True
        if self.fate == "off":
            self._may_be_off = True
            await self.call_off()
        elif self.fate == "moved":
            moved = {"occurrence_id": self._date} | _times(MOVED)
            await self.owner.must("POST", f"{self.path}/move", {"dates": [moved]})
        else:
            return
        self.changed = self._world.stage.now()
        self._world.stage.trace.note("seated", f"the date is {self.fate}")

    async def call_off(self) -> None:
        """Call the date off; said again, it settles what tills have brought since."""
        for guest in self.hall.guests.values():
            guest.asked.add(RUN)
        path = f"{self.path}/occurrences/{self._date}/cancellation"
        await self.owner.must("POST", path, {"reason": "storm"})

    async def _close_seats(self, dice: Dice) -> None:
        """Take seats out of sale that nobody has, and put some back."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // CLOSES))
            closed = [one for one in self.hall.closed if one.until is None]
            if closed and dice.chance(0.4):
                back = dice.pick(closed)
                back.until = self._world.stage.now()
                seats = {"seats": [back.seat]}
                await self.owner.must("POST", f"{self.path}/seats/unkill", seats)
                continue
            seat = f"{dice.pick(ROWS)}-{dice.between(1, SEATS)}"
            if seat in {one.seat for one in closed}:
                continue
            path = f"{self.path}/seats/kill"
            status, _ = await self.owner.attempt("POST", path, {"seats": [seat]})
            if status < WRONG:
                self.hall.closed.append(Closed(seat=seat, since=self._world.stage.now()))
                self._world.stage.trace.note("seated", f"{seat} is taken out of sale")
            elif status != CONFLICT:
                self.owner.refused.append(f"{seat} is not taken out of sale: {status}")

    async def _end_orders(self, dice: Dice) -> None:
        """Cancel orders, pay them at last, and refund tickets, tills' too."""
        every = Duration(self.scenario.duration // BACK)
        while True:
            await self.pause(dice.exponential(every))
            if self._keeps:
                return
            there = [one for one in self.hall.guests.values() if not one.is_gone]
            if not there:
                continue
            guest, way = dice.pick(there), dice.below(3)
            if guest.seller != OFFICE or way == 0:
                await self._refund(guest)
            elif way == 1:
                await self.cancel(guest.order_id)
            else:
                await self.owner.attempt("POST", f"{self.path}/orders/{guest.order_id}/paid", {})

    async def _refund(self, guest: Guest) -> None:
        """Refund one ticket; a till's may not be known yet, or be in its hands."""
        guest.leaves(self._world.stage.now(), OFFICE)
        status, _ = await self.owner.attempt(
            "POST", f"{self.path}/tickets/{guest.ticket_id}/refund", {"reason": "guest"}
        )
        if status < WRONG:
            guest.is_gone = True

    async def cancel(self, order_id: str) -> None:
        """Cancel an order of the office's; one that has expired is over as well."""
        guests = self.hall.of_order(order_id)
        for one in guests:
            one.leaves(self._world.stage.now(), OFFICE)
        await self.owner.attempt(
            "POST", f"{self.path}/orders/{order_id}/cancel", {"reason": "guest"}
        )
        for one in guests:
            one.is_gone = True

    async def _watch(self, dice: Dice) -> None:
        every = Duration(self.scenario.duration // LOOKS)
        while True:
            await self.pause(dice.exponential(every))
            await self.look()

    async def look(self) -> None:
        """Ask what has changed since the last time."""
        path = f"{self.path}/seats/changes?after={self._cursor}"
        told = await self.owner.must("GET", path)
        self._cursor = int(told["cursor"])
        self.watched |= {str(one["id"]): str(one["state"]) for one in told["seats"]}

    def _choose(self, dice: Dice, count: int) -> list[str]:
        """Choose seats beside each other, as guests do, whoever may have them."""
        first = dice.between(1, SEATS - count + 1)  # a group of six takes a whole row
        return _row(dice.pick(ROWS))[first - 1 : first - 1 + count]

    # -- after doors -----------------------------------------------------------------------------

    async def settle_orders(self) -> None:
        """Cancel each order that may not have been paid: it is over, or ends now."""
        for one in list(self.hall.guests.values()):
            if one.order_id and not one.is_gone and one.ends is not None:
                await self.cancel(one.order_id)

    async def read_map(self) -> dict[str, str]:
        """Read the map whole."""
        told = await self.owner.must("GET", f"{self.path}/seats/changes")
        return {str(one["id"]): str(one["state"]) for one in told["seats"]}

    async def own_of(self, node: GateNode) -> set[str]:
        """Return the seats that a till would sell with nobody asked."""
        await asyncio.sleep(0)
        return {str(one) for one in node.session.store.till_seats.list_own(self.event_id)}

    async def read_owed(self, order_id: str) -> int:
        """Read what is owed back of an order by the office's books, gone or not; minor units."""
        said = await self.owner.must("GET", f"{self.path}/orders/{order_id}/payments")
        return int(said["owed_minor"])

    async def find_order(self, guest: Guest) -> str:
        """Find the order of a ticket, a till's too."""
        if guest.order_id:
            return guest.order_id
        said = await self.owner.must("GET", f"{self.path}/tickets/{guest.ticket_id}")
        return str(said["order_id"])

    async def come(self) -> None:
        """Come to the gate with every ticket, when it has heard of everything."""
        await self._hear()
        for guest in self.hall.guests.values():
            if not guest.code and guest.seller == OFFICE and not guest.is_gone:
                path = f"{self.path}/tickets/{guest.ticket_id}/credential"
                guest.code = str((await self.owner.must("GET", path))["digits"])
            if guest.code:
                card = Card(guest.code, TicketId(int(guest.ticket_id, 16)))
                await self._present(self.gate, card, Scan(guest.code))

    async def unrest(self) -> str:
        """Say what is left to do; "" if nothing is."""
        if self.fate == "off":
            sql = "SELECT state FROM refund_run WHERE event_id=?"
            if any(row[0] != "done" for row in await self.read_books(sql, self.event_id)):
                return "money is still on its way back"
        return await super().unrest()


def _count(dice: Dice) -> int:
    return dice.between(*GROUP) if dice.chance(GROUPS) else dice.between(1, MOST)


def _times(starts: Instant) -> dict[str, str]:
    return {
        "starts_at": format_instant(starts),
        "doors_at": format_instant(Instant(starts - 2 * HOUR)),
        "ends_at": format_instant(Instant(starts + AFTER)),
    }


def _row(name: str) -> list[str]:
    return [f"{name}-{number}" for number in range(1, SEATS + 1)]


def _draw_hall() -> SeatMap:
    return SeatMap(
        tuple(
            Seat(
                id=SeatId(f"{row}-{number}"),
                section="Hall",
                row=row,
                number=str(number),
                x=number * PITCH,
                y=place * PITCH,
            )
            for place, row in enumerate(ROWS, 1)
            for number in range(1, SEATS + 1)
        )
    )
