"""One evening whose tickets are sold online and mailed, and at whose two gates they are shown."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from shared.kernel.instant import MINUTE, SECOND, Duration, Instant
from simulator.further_events.mails.called_off_checks import KINDS, WORDS
from simulator.further_events.mails.mail_server import MAIL, MailHost
from simulator.further_events.mails.program import URL, Program
from simulator.further_events.mails.record import AddressKind, MailedOrder, MailRecord, MailsTold
from simulator.further_events.mails.reports import ReportsByMail
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.nodes.wired_server import SERVER
from simulator.world import World

NODES: Final = 2
EVERY_MAX: Final[Duration] = 2 * MINUTE
"""Between two orders, on average."""
MOST: Final = 3
NATURES: Final = (
    *[AddressKind.GOOD] * 6,
    AddressKind.SLOW,
    AddressKind.SLOW,
    AddressKind.UNKNOWN,
    AddressKind.UNWANTED,
)
LATER_PAID: Final = 0.2
"""The share of orders that are paid a while after they were placed."""
CANCELLED: Final = 0.2
TWICE: Final = 0.2
"""The share of orders whose mail is asked for once more."""
LANGUAGES: Final = ("en", "de", "fr", "es", "th", "ar")
OUTCOMES: Final = ("waiting", "handing", "sent", "same", "no_address", "refused", "doubtful")
"""Of a mail to one buyer of all."""
LOOKS: Final[Duration] = 5 * SECOND
ENDS: Final[Duration] = 90 * MINUTE
"""By then each mail has come to its end: ten pauses, and as many leases of who has died."""


class Mailed(OneEvening):
    """A further event of a world, everybody at it, and the mail server.

    Attributes:
        record: What was seen of mails.
        mail: The mail server.
        poison: The order whose mail ends the server, where there is one.
        dead: What operators were told of jobs that need them, when all mails had ended.
        notices: What was seen of the mails by which buyers are told that the evening is off.
        reports: Those that are mailed by themselves.
        outcomes: What the server says of each of these, by the order's id.
        program: What is told by webhook.
        cards: What stands on the tickets of orders that stand, by their ids.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "mailed", NODES)
        self.record = MailRecord()
        dice = self._dice.stream("mail server")
        self.mail = MailHost(world.stage, dice, self.record, self._kill)
        self.poison: MailedOrder | None = None
        self.dead: list[dict[str, Any]] = []
        self.cards: dict[str, list[Card]] = {}
        self.notices = MailRecord()
        self.outcomes: dict[str, str] = {}
        self.reports = ReportsByMail(self.owner)
        self.program = Program(world.stage, self._dice.stream("program"), self._kill)
        self._webhook = ""
        self._is_watched = True

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, and start its gates and the mail server."""
        await self.owner.sign_in()
        await self._put_on()
        wanted = {"name": "Newsroom", "url": URL, "kinds": list(KINDS)}
        made = await self.owner.must("POST", "/webhooks", wanted)
        self._webhook, self.program.secret = str(made["webhook"]["id"]), str(made["secret"])
        self.mail.start()
        if self.scenario.mailed_reports:
            now = self._world.stage.now()
            await self.reports.want(
                self.scenario.mailed_reports,
                self.site.event_id,
                now,
                Instant(now + self.scenario.duration),
                self._dice.stream("reports"),
            )
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        self._world.start(self._sell_online(self._dice.stream("orders")))
        self._world.start(self._disturb(self._dice.stream("mail's faults")))
        self._world.start(self._cut(self._dice.stream("cuts")))
        self._world.start(self._watch_line())
        if self.scenario.has_poison:
            self._world.start(self._sell_poison(self._dice.stream("poison")))

    async def _sell_online(self, dice: Dice) -> None:
        every = Duration(min(self.scenario.duration // self.scenario.mailed_orders, EVERY_MAX))
        for number in range(10_000):
            await self.pause(dice.exponential(every))
            self._world.start(self._buy(number, dice.stream(f"buyer {number}")))

    async def _sell_poison(self, dice: Dice) -> None:
        """Let somebody buy whose mail nobody can hand over and live."""
        await self._at_part(dice, 2, 20)
        self.poison = await self._order("poison", AddressKind.DEADLY, dice)
        await self._ask_for_mail(self.poison, dice)

    async def _buy(self, number: int, dice: Dice) -> None:
        """Buy, be mailed, and come with the first ticket; some cancel, some ask once more."""
        order = await self._order(f"buyer{number}", dice.pick(NATURES), dice)
        await self._ask_for_mail(order, dice)
        if dice.chance(CANCELLED):
            await self.pause(dice.exponential(dice.pick((SECOND, 20 * SECOND))))
            await self._cancel(order)
            return
        if order.nature is AddressKind.GOOD and dice.chance(TWICE):
            await self.pause(dice.exponential(MINUTE))
            await self._ask_for_mail(order, dice)
        card = await self._print(order.tickets[0])
        for _ in range(2):
            await self.pause(dice.exponential(MINUTE))
            await self._ask(order)
            await self._present(dice.pick(self.nodes), card)

    async def _order(self, name: str, nature: AddressKind, dice: Dice) -> MailedOrder:
        address = f"{name}@guests.example"
        self.mail.natures[address] = nature
        is_later = dice.chance(LATER_PAID)
        line = {"ticket_type_id": self.site.kind, "quantity": dice.between(1, MOST)}
        body = {
            "lines": [line],
            "payment": "pending" if is_later else "paid",
            "channel": "web",
            "buyer_email": address,
            "buyer_name": name.title(),
        }
        made = await self.owner.must("POST", f"{self.site.path}/orders", body)
        order = MailedOrder(
            order_id=str(made["order"]["id"]),
            address=address,
            nature=nature,
            tickets=[str(one["id"]) for one in made["tickets"]],
            wishes=[],
            asked=[],
        )
        self.record.orders.append(order)
        if is_later:
            await self.owner.must("POST", f"{self._path(order)}/paid")
        return order

    def _path(self, order: MailedOrder) -> str:
        return f"{self.site.path}/orders/{order.order_id}"

    async def _ask_for_mail(self, order: MailedOrder, dice: Dice) -> None:
        body = {"language": dice.pick(LANGUAGES)}
        jobs = await self.owner.must("POST", f"{self._path(order)}/mail", body)
        now = self._world.stage.now()
        order.wishes += [(now, str(one["id"])) for one in jobs]

    async def _cancel(self, order: MailedOrder) -> None:
        began = self._world.stage.now()
        order.cancelled = (began, None)
        await self.owner.must("POST", f"{self._path(order)}/cancel", {"reason": "They stay away."})
        order.cancelled = (began, self._world.stage.now())

    async def _ask(self, order: MailedOrder) -> list[dict[str, Any]]:
        """Ask what became of an order's mails."""
        began = self._world.stage.now()
        mails: list[dict[str, Any]] = await self.owner.must("GET", f"{self._path(order)}/mail")
        order.asked.append(MailsTold(began, self._world.stage.now(), mails))
        return mails

    # -- what goes wrong -------------------------------------------------------------------------

    async def _disturb(self, dice: Dice) -> None:
        """Let the mail server be away, or not be reached; sometimes the server dies meanwhile."""
        network = self._world.stage.network
        while True:
            await self.pause(Duration(30 * SECOND + dice.exponential(3 * MINUTE)))
            ways = ((SERVER, MAIL), (MAIL, SERVER))
            is_cut = dice.chance(0.4)
            if is_cut:
                for way in ways:
                    network.cut(*way)
            else:
                self.mail.stop(is_dark=dice.chance(0.5))
            try:
                await self.pause(dice.exponential(30 * SECOND))
                if dice.chance(0.4):
                    self._kill(has_power=dice.chance(0.5))
                await self.pause(dice.exponential(30 * SECOND))
            finally:
                if is_cut and not self._is_over:
                    for way in ways:
                        network.mend(*way)
                elif not self.mail.is_up and not self._is_over:
                    self.mail.start()

    def _kill(self, *, has_power: bool = True) -> bool:
        """End the server, and let somebody start it again; False while it cannot be ended."""
        if not self.server.is_up:
            return self.server.is_stopped
        self._world.history.crashes += 1
        self.server.stop(has_power=has_power)
        self._world.start(self._start_again())
        return True

    async def _start_again(self) -> None:
        dice = self._dice.stream(f"start {self.server.starts}")
        await asyncio.sleep(dice.exponential(dice.pick((SECOND, 8 * SECOND))) / SECOND)
        if self.server.is_stopped:
            await self.server.start()

    async def _watch_line(self) -> None:
        """Note since when the server could reach the mail server at once."""
        stage = self._world.stage
        begun = Instant(stage.now() - stage.loop.now_us)
        while self._is_watched:
            since = stage.network.quick_since(SERVER, MAIL)
            if since is not None and self.server.is_up:
                self.record.calm[Instant(begun + since)] = stage.now()
            await asyncio.sleep(LOOKS / SECOND)

    # -- after doors -----------------------------------------------------------------------------

    def end(self) -> None:
        """Let nobody begin anything new, nor a mail end the server until all others are judged."""
        super().end()
        self.program.is_kind = True
        if self.mail.is_up:
            self.mail.stop(is_dark=False)

    async def finish(self) -> str:
        """Let each mail come to its end; then mend what ends the server, and try that again."""
        self.mail.is_kind = True
        self.mail.start()
        await self._wait_for_mails()
        self.dead = (await self.owner.must("GET", "/jobs?state=dead&limit=200"))["items"]
        if self.poison is not None:
            self.mail.natures[self.poison.address] = AddressKind.GOOD
            for _, job_id in self.poison.wishes:
                await self.owner.must("POST", f"/jobs/{job_id}/again")
            await self._wait_for_mails()
        self._is_watched = False
        standing = [one for one in self.record.orders if one.cancelled is None]
        for order in standing:
            self.cards[order.order_id] = [await self._print(one) for one in order.tickets]
        await self._world.heal()
        await self._notice()
        for number, order in enumerate(standing):
            card = self.cards[order.order_id][0]
            await self._present(self.nodes[number % NODES], card)
        return await self.rest()

    async def call_off(self) -> None:
        """Call the evening off, and wait until everybody was told, as far as that goes."""
        self.mail.note_in(self.notices)
        self.mail.is_kind = self.program.is_kind = False
        tell = {"language": "en", "words": WORDS}
        path = f"{self.site.path}/cancellation"
        await self.owner.must("POST", path, {"reason": "flood", "tell": tell})
        waited, notice = 0, None
        while waited < ENDS:
            await asyncio.sleep(MINUTE / SECOND)
            waited += MINUTE
            (notice,) = await self.owner.must("GET", f"{self.site.path}/notices")
            if notice["ended_at"] is not None and not notice["waiting"]:
                break
        self.mail.is_kind = self.program.is_kind = True
        assert notice is not None
        for outcome in OUTCOMES:
            place = f"{self.site.path}/notices/{notice['id']}/buyers"
            page = await self.owner.must("GET", f"{place}?outcome={outcome}&limit=200")
            self.outcomes |= {str(one["order_id"]): outcome for one in page["items"]}
        while waited < ENDS and await self.list_waiting():
            await asyncio.sleep(MINUTE / SECOND)
            waited += MINUTE
        await self._world.heal()

    async def list_waiting(self) -> list[dict[str, Any]]:
        """List the messages that have not arrived, as the server knows."""
        path = f"/webhooks/{self._webhook}/deliveries?state=waiting&limit=200"
        items: list[dict[str, Any]] = (await self.owner.must("GET", path))["items"]
        return items

    async def _wait_for_mails(self) -> None:
        waited = 0
        while waited < ENDS:
            mails = [one for order in self.record.orders for one in await self._ask(order)]
            is_told = await self.reports.are_settled()
            if is_told and not any(one["outcome"] == "waiting" for one in mails):
                return
            await asyncio.sleep(MINUTE / SECOND)
            waited += MINUTE
