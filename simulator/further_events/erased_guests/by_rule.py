"""The names of an event that is over go by rule, once nobody is owed anything there.

Its buyers are named, and two of them have given their tickets back: until the office has sent what
it owes them nothing goes by rule. One of the two asks to be erased meanwhile, and is. All the
while the server looks what is due, more often than on any day, and as it will in a month.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from server.persons import retention
from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY, MINUTE, Instant, format_instant
from simulator.further_events.erased_guests.record import Former, Guest, Look
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.kernel.dice import Dice
from simulator.kernel.stage import WORLD_START

ENDS: Final = Instant(WORLD_START + 10 * MINUTE)
"""Before every other event."""
DAYS: Final = 30
"""So long names are kept after an event."""
DUE_BY: Final = Instant(ENDS + DAYS * DAY)
"""The server looks as it will by then, when nothing else is due."""
BOUGHT: Final = 4
OWED: Final = 2
"""So many of the buyers have given their tickets back."""
PRICE: Final = 2_500
PAID_AT: Final = 60
"""From so many hundredths of the evening on what is owed is sent."""
LOOKS: Final = 30


class WithRule(OneEvening):
    """The part of an evening in which names go by rule.

    Attributes:
        former: The event that is over; None where the server is put back to an older copy, which
            may have forgotten what was sent.
    """

    former: Former | None = None

    async def _put_on_former(self) -> None:
        """Put an event on, sell it, let it be over, and set the rule."""
        event = {"name": "Matinee", "timezone": "Europe/Zurich", "currency": "CHF"}
        made = await self.owner.must("POST", "/events", event)
        former = self.former = Former(event_id=EventId(made["id"]))
        path = f"/events/{former.event_id}"
        date = {
            "name": "Matinee",
            "starts_at": format_instant(WORLD_START),
            "doors_at": format_instant(WORLD_START),
            "ends_at": format_instant(ENDS),
        }
        night = await self.owner.must("POST", f"{path}/occurrences", date)
        wanted = {"name": "Floor", "price_minor": PRICE, "occurrence_id": night["id"]}
        kind = await self.owner.must("POST", f"{path}/ticket-types", wanted)
        await self.owner.must("POST", f"{path}/state", {"state": "published"})
        for number in range(BOUGHT):
            guest = Guest(name=f"Ida Matinee{number}", email=f"m{number}@example.org")
            line = {"ticket_type_id": kind["id"], "quantity": 1}
            order = {"lines": [line], "payment": "pending"}
            order |= {"buyer_name": guest.name, "buyer_email": guest.email}
            placed = await self.owner.must("POST", f"{path}/orders", order)
            order_id = str(placed["order"]["id"])
            former.guests.append(guest)
            former.orders.append(order_id)
            payment = {"tender": "card", "amount_minor": PRICE, "fact": "paid"}
            await self.owner.must("POST", f"{path}/orders/{order_id}/payments", payment)
            if number < OWED:
                ticket = f"{path}/tickets/{placed['tickets'][0]['id']}/refund"
                await self.owner.must("POST", ticket, {"reason": "ill"})
        await self.owner.must("PUT", "/retention", {"days": DAYS})

    def _follow_rule(self, former: Former, dice: Dice) -> None:
        self._world.start(self._look_at_due(former, dice.stream("looks")))
        self._world.start(self._send_owed(former))

    async def _look_at_due(self, former: Former, dice: Dice) -> None:
        while True:
            await self.pause(dice.exponential(self.scenario.duration // LOOKS))
            await self.look_at_due(former)

    async def look_at_due(self, former: Former) -> None:
        """Let the server look what is due, and look whom the office finds then."""
        world, began = self._world, self._world.stage.now()
        server = world.server
        await server.until_up()
        context = server.context

        async def look() -> None:
            await retention.erase_due(context, DUE_BY)

        await world.stage.loop.outcome(server.process, look())
        found = [one.word for one in former.guests if await self.find(one)]
        look_ = Look(began=began, ended=world.stage.now(), found=frozenset(found))
        former.looks.append(look_)
        world.stage.trace.note(self.name, f"of the matinee are found: {sorted(found)}")

    async def _send_owed(self, former: Former) -> None:
        """Send what is owed, one after another."""
        await self._at_part(self._dice.stream("owed"), PAID_AT, PAID_AT)
        for order_id in former.orders[:OWED]:
            former.sending = self._world.stage.now()
            path = f"/events/{former.event_id}/orders/{order_id}/payouts"
            body = {"amount_minor": PRICE, "reason": "ill", "fact": "done"}
            await self.owner.must("POST", path, body)
        former.sent = self._world.stage.now()

    async def find(self, guest: Guest) -> list[dict[str, Any]]:
        """Look somebody up at the office, by the part of their name that nobody else has."""
        found = await self.owner.must("POST", "/persons/find", {"text": guest.word})
        items: list[dict[str, Any]] = found["items"]
        return items


def judge_rule(former: Former, in_files: Collection[str]) -> Iterator[str]:
    """Yield each buyer whose name went before its time, or did not go in time.

    Args:
        former: The event that is over.
        in_files: Words that the bytes of the server's database hold.
    """
    for guest in former.guests:
        for look in former.looks:
            is_owed = former.sending is None or look.ended < former.sending
            if guest.word not in look.found and is_owed and not guest.is_asked:
                yield f"{guest.name} is not found any more, and the event owes money"
                break
    last = former.looks[-1]
    if former.sent is None or last.began < former.sent:
        return
    for guest in former.guests:
        if guest.word in last.found or guest.word in in_files:
            yield f"{guest.name} is named, and nothing is owed any more"
