"""One evening at three gates that read wristbands, paper of the same tickets, and chips.

A till writes tickets on wristbands, also while it is cut off, and prints them as well; some it
writes anew for a holder who has lost both, and others come with what was lost. Chips point at
tickets of another box office, and prove each tap. Gates are cut off from the server and from each
other. Holders come with either, at times at two gates at once, and copiers with what they
could copy: a wristband's bytes on another tag, a chip's message of before.
"""

from __future__ import annotations

from typing import Any, Final

from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.boxoffice.withdraw_requests import WithdrawRequest
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.media_setting import MEDIA_NAME
from gatekeeper.gate.requests import Scan
from shared.admission.offline_policy import OfflinePolicy
from shared.admission.purpose import Purpose
from shared.kernel.id_types import TicketId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import MINUTE
from shared.sales.basket_pricing import WantedTickets
from shared.sales.tenders import Tender
from simulator.further_events.devices_sent_to_other_zones.ground import say_policy
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.staffed_till import StaffedTill
from simulator.further_events.tags.media import (
    OF_CHIPS,
    OF_WRISTBANDS,
    SETTING,
    Holding,
    Medium,
    Reissue,
    Shown,
    hold_out,
)
from simulator.judging.seen_visits import Visit
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

GATES: Final = ("Gate 1", "Gate 2", "Gate 3")
POLICIES: Final = (OfflinePolicy.OPEN, OfflinePolicy.CLOSED, OfflinePolicy.HOME)
WRISTBANDS: Final = 18
CHIPS: Final = 18
VISITS: Final = 3
AT_ONCE: Final = 0.3
"""The share of visits on which somebody comes with the same ticket to another gate as well."""
COPIED: Final = 0.5
"""The share of tickets that somebody copies, one way or another."""
LOST: Final = 0.4
"""The share of holders who lose paper and wristband."""
TILL_AWAY: Final = 0.5
"""The share of late sales at a till that is cut off meanwhile."""
FLOAT: Final = 10_000


class Tagged(StaffedTill):
    """A further event of a world, and everybody at it.

    Attributes:
        policy: What its gates go by.
        shown: What was held to the reader at each, by its number.
        reissued: What was written anew, by ticket.
        waiting: Passages that are not proven to the ledger in the end, by node.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "tagged", len(GATES))
        self.policy = self._dice.stream("policy").pick(POLICIES)
        self.gates = list(self.nodes)
        self.shown: dict[int, Shown] = {}
        self.reissued: dict[TicketId, Reissue] = {}
        self.waiting: dict[str, int] = {}
        self._holdings: list[Holding] = []
        self._taps: dict[bytes, int] = {}
        self._tags = 0

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, sell and bring its tickets, and start gates and till."""
        for node in self.gates:
            node.disk.write(MEDIA_NAME, SETTING)
        await self._put_on_with_till(Terms(gates=GATES, policy=say_policy(self.policy)))
        for _ in range(WRISTBANDS):
            await self._sell_wristband()
        uids = [self._new_uid() for _ in range(CHIPS)]
        body = {"ticket_type_id": self.site.kind, "uids": [uid.hex() for uid in uids]}
        said = await self.owner.must("POST", f"{self.site.path}/tickets/import", body)
        for uid, name in zip(uids, said["ticket_ids"], strict=True):
            self._holdings.append(Holding("", parse_ticket_id(str(name)), uid=uid))
        await self._hear()

    def _new_uid(self) -> bytes:
        """Return the number of a tag that nobody has seen."""
        self._tags += 1
        return b"\x04" + self._tags.to_bytes(6, "big")

    async def _sell_wristband(self) -> Holding | None:
        """Sell a ticket, print it, and write it on a wristband; None where none was handed out."""
        request = SellRequest(
            lines=(WantedTickets(self.site.codes[0], 1),),
            tenders=(Tender(kind="card"),),
            cashier=self._cashier,
        )
        uid = self._new_uid()

        async def sell(session: GateSession) -> Any:
            if not session.shifts.has_open():
                return None
            (ticket,) = (await session.till.sell(request)).sold().tickets
            return ticket, session.till.tag_signer(ticket.ticket_id)(uid)

        if not await self._do(lambda session: session.shifts.has_open()):
            await self._act("open", amount_minor=FLOAT)
        sold = await self._do(sell)
        if sold is None:
            return None
        ticket, wristband = sold
        ticket_id = parse_ticket_id(ticket.ticket_id)
        holding = Holding(ticket.digits, ticket_id, uid=uid, wristband=wristband)
        self._holdings.append(holding)
        return holding

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for holding in self._holdings:
            self._let_come(holding)
        for number in range(2):
            self._world.start(self._cut(self._dice.stream(f"cuts {number}")))
        self._world.start(self._lose_server(self._dice.stream("server lost")))
        self._world.start(self._part(self._dice.stream("parts"), *self.gates))
        self._world.start(self._sell_late(self._dice.stream("late")))

    def _let_come(self, holding: Holding) -> None:
        dice = self._dice.stream(f"guest {holding.ticket_id}")
        self._world.start(self._come(holding, dice))
        if dice.chance(COPIED):
            copiers = self._copy_wristband if holding.wristband else self._copy_chip
            self._world.start(copiers(holding, dice.stream("copier")))
        if holding.wristband and dice.chance(LOST):
            self._world.start(self._lose(holding, dice.stream("lost")))

    async def _lose(self, holding: Holding, dice: Dice) -> None:
        """Have a ticket written anew; whoever has what was lost goes on coming with that."""
        await self.pause(dice.exponential(self.scenario.duration // 4))
        if not self.till.is_up:
            return
        asked = self.reissued[holding.ticket_id] = Reissue(holding, self._world.stage.now())
        request = WithdrawRequest(
            purpose=Purpose.REPRINT,
            code=holding.text,
            reason="guest",
            authorized_by=self._person,
        )
        answer = await self._do(lambda session: session.withdrawer.withdraw(request))
        if answer is None or not answer.is_ok or answer.new_code is None:
            return
        asked.ended = self._world.stage.now()
        asked.head = await self.told.head() if answer.mode == "online" else 0
        uid, name = self._new_uid(), format_ticket_id(holding.ticket_id)
        written = await self._do(lambda session: session.till.tag_signer(name)(uid))
        anew = Holding(answer.new_code, holding.ticket_id, uid=uid, wristband=written or b"")
        self._note(f"{name} anew, {'on a wristband' if written else 'on paper'}")
        self._holdings = [anew if one is holding else one for one in self._holdings]
        self._world.start(self._come(anew, dice.stream("anew")))

    async def _come(self, holding: Holding, dice: Dice) -> None:
        """Come now by paper, now by wristband; whoever has a chip taps it."""
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 3))
            await self._come_to(
                self.gates,
                dice,
                AT_ONCE,
                lambda gate: self._hold(gate, holding, self._by(holding, dice)),
            )

    def _by(self, holding: Holding, dice: Dice) -> Shown:
        """Say by what a holder comes now."""
        if not holding.text:
            return self._tap(holding)
        if not holding.wristband:
            return Shown(dice.pick((Medium.PAPER, Medium.PAPER_ON_TAG)))
        return Shown(dice.pick((Medium.PAPER, Medium.PAPER_ON_TAG, Medium.WRISTBAND)))

    def _tap(self, holding: Holding) -> Shown:
        """Let a chip say its next message, whoever reads it."""
        taps = self._taps[holding.uid] = self._taps.get(holding.uid, 0) + 1
        return Shown(Medium.TAP, taps)

    async def _hold(self, node: GateNode, holding: Holding, shown: Shown) -> Visit[Holding]:
        number = len(self.visits) + 1
        self.shown[number] = shown
        said = Scan(hold_out(holding, shown, number, self._new_uid()))
        return await self._present(node, holding, said)

    async def _copy_wristband(self, holding: Holding, dice: Dice) -> None:
        """Come with a wristband's bytes on another tag, and as a code."""
        for medium in OF_WRISTBANDS:
            await self.pause(dice.exponential(self.scenario.duration // 3))
            await self._hold(dice.pick(self.gates), holding, Shown(medium))

    async def _copy_chip(self, holding: Holding, dice: Dice) -> None:
        """Come with a message that was caught at some tap, again and again, and with made-up ones.

        The first was caught in the crowd, where no gate has heard it; others beside a gate.
        """
        caught = self._tap(holding)
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 4))
            node = dice.pick(self.gates)
            await self._hold(node, holding, caught)
            await self.pause(dice.exponential(MINUTE))
            medium = dice.pick(OF_CHIPS)
            await self._hold(node, holding, Shown(medium, self._taps[holding.uid] + 1))
            if dice.chance(0.5):
                caught = Shown(Medium.TAP, self._taps[holding.uid])

    async def _sell_late(self, dice: Dice) -> None:
        """Sell wristbands while doors are open; gates may not have heard of them."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 8))
            if not self.till.is_up:
                continue
            if not dice.chance(TILL_AWAY):
                await self._sell_to_one()
                continue
            with self._cut_off(self.till):
                await self._sell_to_one()
                await self.pause(dice.exponential(MINUTE))

    async def _sell_to_one(self) -> None:
        if holding := await self._sell_wristband():
            self._let_come(holding)

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Let everybody come to every gate when all is told, and first with what was lost.

        Returns:
            What keeps it from being quiet, or "".
        """
        if unrest := await self._until_told():
            return unrest
        dice = self._dice.stream("last")
        found = [one.former for one in self.reissued.values()]
        for holding in found + self._holdings:
            for node in self.gates:
                await self._hold(node, holding, self._by(holding, dice))
        if unrest := await self.rest():
            return unrest
        for node in self.gates:
            path = f"/devices/{node.device_id}/unconfirmed?limit=500"
            self.waiting[node.name] = len((await self.owner.must("GET", path))["items"])
        return ""
