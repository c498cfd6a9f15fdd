"""The desk behind the counter: tickets are refunded, voided, handed over and printed again.

Holders and thieves come alike, with whatever paper they have, while gates and tills may be cut
off from each other: what cannot all stand is what the judge of withdrawals is for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterAnswer, AfterRequest, AfterSale
from gatekeeper.boxoffice.withdraw_requests import WithdrawAnswer, WithdrawRequest
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device.refund_and_exchange_parts import after_sale_of
from shared.admission.purpose import Purpose
from shared.credential.codec import decode_credential, from_digits
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import TicketId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import SECOND, Duration
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import SPLIT
from simulator.boxoffice.cashiers import Counter
from simulator.boxoffice.organizer import Staff
from simulator.boxoffice.record import BoxOfficeRecord, Taken
from simulator.evening.until_doors_close import UntilDoorsClose
from simulator.history import Code, CodeKind
from simulator.kernel.dice import Dice
from simulator.nodes.wired_server import SERVER
from simulator.world import World

OWN: Final = (
    Purpose.REFUND,
    Purpose.REFUND,
    Purpose.VOID,
    Purpose.REPRINT,
    Purpose.TRANSFER,
    Purpose.HAND_OVER,
)
IN_PARTS: Final = frozenset({Purpose.TRANSFER, Purpose.HAND_OVER})
"""What is done with some of a sale's tickets, as they were found, and with the others later."""
SHOWN: Final = (
    Purpose.HAND_OVER,
    Purpose.HAND_OVER,
    Purpose.REFUND,
    Purpose.EXCHANGE,
    Purpose.TRANSFER,
    Purpose.VOID,
    Purpose.REPRINT,
)
PAYING: Final = frozenset({Purpose.REFUND, Purpose.VOID})
PARTS_MAX: Final = 3
CALM: Final[Duration] = 90 * SECOND
"""After so long without a fault a till knows that it can ask."""
RECENT: Final = 12
"""Of so many of the newest sales some come back."""

Present = Callable[[Code], None]
"""Lets whoever holds a code go to some gate."""


class Desk(UntilDoorsClose):
    """Takes rights away at one till."""

    def __init__(
        self,
        world: World,
        record: BoxOfficeRecord,
        counter: Counter,
        staff: Staff,
        present: Present,
        dice: Dice,
    ) -> None:
        self._world, self._record, self._counter = world, record, counter
        self._staff, self._present, self._dice = staff, present, dice

    async def serve(self, every: Duration, wanted: int) -> None:
        """Work all evening."""
        dice = self._dice
        while True:
            await self.pause(dice.exponential(every))
            if not self._counter.node.is_up:
                continue
            if dice.chance(0.4):
                await self._take_own(dice)
            else:
                await self._take_shown(dice, wanted)

    async def _take_own(self, dice: Dice) -> None:
        """Take back what this till has sold, hand a part of it over, or print it again."""
        name = self._counter.node.name
        ours = [one for one in self._record.sold if one.node == name]
        over = [one for one in ours if self._record.is_paid_by_withdrawn(one.sale_id)]
        ours = (over if over and dice.chance(0.5) else ours)[-RECENT:]
        if not ours:
            return
        sold, purpose = dice.pick(ours), dice.pick(OWN)
        is_allowed = dice.chance(0.7)
        if dice.chance(0.3):
            await self._counter.exchange(dice, sold, is_allowed=is_allowed)
            return
        sale_id = sold.sale_id if purpose is Purpose.VOID else ""
        tickets: tuple[TicketId, ...] = () if sale_id else (TicketId(dice.pick(sold.tickets)),)
        if purpose in IN_PARTS:
            first = dice.below(len(sold.tickets))
            tickets = sold.tickets[first : first + dice.between(1, PARTS_MAX)]
        tender = dice.pick(("", "", "cash"))
        request = AfterRequest(
            purpose=purpose,
            sale_id=sale_id,
            ticket_ids=tickets,
            tender=tender if purpose in PAYING else "",
            cashier=self._staff.ana,
            authorized_by=self._staff.jo if is_allowed else "",
            reason="guest",
        )

        async def take(session: GateSession) -> AfterAnswer:
            self._prepare(session, is_allowed=is_allowed)
            return await pay_back(after_sale_of(session), request)

        began, is_calm = self._world.stage.now(), self._is_calm()
        try:
            _, answer = await self._counter.node.work(take)
        except GatekeeperError as fault:
            self._world.stage.trace.note(name, f"no {purpose}: {fault}")
            return
        if answer is None:
            return
        for one in answer.tickets:
            if one.reason != "ok":
                self._record.refuse(f"{purpose}: {one.reason}")
                continue
            code = _code(parse_ticket_id(one.ticket_id), one.digits)
            if one.is_copy:  # what was sold, once more: nothing is withdrawn by it
                assert code is not None, "a copy is of a code"
                self._world.stage.trace.note(name, f"copy of {one.ticket_id}")
                self._present(code)
                continue
            self._taken(
                Taken(
                    node=name,
                    purpose=purpose.value,
                    ticket_id=parse_ticket_id(one.ticket_id),
                    seq=one.seq,
                    mode=answer.mode,
                    amount=one.amount_minor,
                    code=one.digits,
                    began=began,
                    ended=self._world.stage.now(),
                    is_calm=is_calm and self._is_calm(),
                ),
                code,
            )
        if not answer.tickets:
            self._record.refuse(f"{purpose}: {answer.reason}")

    async def _take_shown(self, dice: Dice, wanted: int) -> None:
        """Do something with a ticket that somebody shows, in its newest form or an older one."""
        ticket = dice.pick(self._world.venue.tickets[:wanted])
        first = Code(
            text=self._world.venue.digits(ticket, 1),
            kind=CodeKind.GENUINE,
            ticket_id=ticket.ticket_id,
            generation=1,
            persons=ticket.persons,
        )
        papers = self._record.papers.setdefault(ticket.ticket_id, [first])
        paper = papers[-1] if dice.chance(0.6) else dice.pick(papers)
        purpose, is_allowed = dice.pick(SHOWN), dice.chance(0.7)
        request = WithdrawRequest(
            purpose=purpose,
            code=paper.text,
            cashier=self._staff.ana,
            authorized_by=self._staff.jo if is_allowed else "",
            reason="guest",
        )

        async def take(session: GateSession) -> WithdrawAnswer:
            self._prepare(session, is_allowed=is_allowed)
            return await session.withdrawer.withdraw(request)

        node, began, is_calm = self._counter.node, self._world.stage.now(), self._is_calm()
        try:
            _, answer = await node.work(take)
        except GatekeeperError as fault:
            self._world.stage.trace.note(node.name, f"no {purpose}: {fault}")
            return
        if answer is None or not answer.is_ok or answer.ticket_id is None:
            self._record.refuse(f"{purpose}: {'' if answer is None else answer.reason}")
            return
        new = None
        if answer.new_code is not None:
            new = Code(
                text=answer.new_code,
                kind=CodeKind.GENUINE,
                ticket_id=ticket.ticket_id,
                generation=answer.new_generation or 0,
                persons=ticket.persons,
            )
            papers.append(new)
        self._taken(
            Taken(
                node=node.name,
                purpose=purpose.value,
                ticket_id=answer.ticket_id,
                seq=answer.seq,
                mode=answer.mode,
                amount=0,
                code=answer.new_code or "",
                began=began,
                ended=self._world.stage.now(),
                is_calm=is_calm and self._is_calm(),
            ),
            new,
        )
        if dice.chance(0.5):  # somebody has the older paper as well
            self._present(paper)

    def _is_calm(self) -> bool:
        """Tell whether nothing has kept the till from the server for a while."""
        stage = self._world.stage
        since = stage.network.calm_since(self._counter.node.name, SERVER)
        return since is not None and stage.loop.now_us - since > CALM

    def _prepare(self, session: GateSession, *, is_allowed: bool) -> None:
        self._counter.prepare(session)
        if is_allowed:
            session.names.take_badge(self._staff.jo, self._staff.badge)
        else:
            session.names.forget()

    def _taken(self, taken: Taken, new: Code | None) -> None:
        self._record.taken.append(taken)
        self._world.stage.trace.note(
            taken.node, f"{taken.purpose} of {taken.ticket_id:016x} {taken.mode} seq {taken.seq}"
        )
        if new is not None:
            self._present(new)


async def pay_back(till: AfterSale, request: AfterRequest) -> AfterAnswer:
    """Do what is asked after a sale; what was paid in parts goes back in parts."""
    answer = await till.do(request)
    if answer.reason == SaleReason.WRONG_TENDER.value and not request.tender:
        answer = await till.do(msgspec.structs.replace(request, tender=SPLIT))
    return answer


def _code(ticket_id: TicketId, digits: str) -> Code | None:
    """Say what code somebody was given, if any."""
    if not digits:
        return None
    claims, _, _ = decode_credential(from_digits(digits))
    return Code(digits, CodeKind.GENUINE, ticket_id, generation=claims.generation)
