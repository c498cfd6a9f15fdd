"""What people do at a venue: arrive, copy tickets, go out and in, sell, cancel, reissue, forge.

Every guest is a task of the world. Which guest does what follows from the seed alone, not from
what gates answer, except where a person would look at the lamp.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from gatekeeper.boxoffice.answers import Sale
from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.signing import sign_credential
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, TicketId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import MINUTE, SECOND, Duration
from simulator.evening.office import Office
from simulator.history import Code, CodeKind, ShownScan
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.venue import IssuedTicket
from simulator.world import World

GARBAGE: Final = ("", "0", "1" * 200, "https://example.org/ticket", "8" * 199, "🎫", "AAAAAAAAA")
WALK_UPS_MAX: Final = 4


class Workload:
    """Everybody who comes to one venue."""

    def __init__(self, world: World, office: Office) -> None:
        self._world = world
        self._office = office
        self._dice = world.stage.dice.stream("workload")
        self._guests = world.scenario.guests
        self._sent = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._strangers_key = SigningKey(self._dice.stream("stranger").bytes(32))

    # -- tasks -----------------------------------------------------------------------------------

    def begin(self) -> None:
        """Let people come from now on."""
        duration = self._world.scenario.duration
        for number, ticket in enumerate(self._world.venue.tickets):
            dice = self._dice.stream(f"guest {number}")
            arrival = (dice.below(duration) + dice.below(duration)) // 2
            self._start(self._guest(ticket, Duration(arrival), dice))
        if self._world.scenario.box_office is not None:
            return
        for node in self._world.tills:
            self._start(self._sell(node, self._dice.stream(f"queue at {node.name}")))

    def end(self) -> None:
        """Send everybody home who has not come yet."""
        for task in sorted(self._tasks, key=hash):
            task.cancel()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._world.spawn(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- guests ----------------------------------------------------------------------------------

    async def _guest(self, ticket: IssuedTicket, arrival: Duration, dice: Dice) -> None:
        """Come with one ticket, in as many parties as it has persons or fewer."""
        guests = self._guests
        if dice.chance(guests.void):
            self._start(self._void(ticket, arrival, dice.stream("void")))
        generation = 1
        await asyncio.sleep(arrival / SECOND)
        if dice.chance(guests.reissued) and await self._reissue(ticket, dice.stream("reissue")):
            self._start(self._present(self._code(ticket, 1), 1, dice.stream("old paper")))
            generation = 2
        if dice.chance(guests.forged):
            self._start(self._forge(ticket, dice.stream("forger")))
        await self._come(self._code(ticket, generation), dice)

    async def _reissue(self, ticket: IssuedTicket, dice: Dice) -> bool:
        """Have a ticket's first code replaced, once or twice at once; tells whether it was."""
        if not dice.chance(self._guests.reissued_twice):
            return await self._office.reissue(ticket.ticket_id)
        asked = [self._office.reissue(ticket.ticket_id, replaced=1) for _ in range(2)]
        return any(await asyncio.gather(*asked))

    async def _come(self, code: Code, dice: Dice) -> None:
        """Present a code, in parties, and its copies."""
        left = code.persons
        parties: list[int] = []
        while left:
            parties.append(dice.between(1, left))
            left -= parties[-1]
        if dice.chance(self._guests.copied):
            self._start(self._copy(code, dice.stream("copy")))
        for number, party in enumerate(parties):
            self._start(self._present(code, party, dice.stream(f"party {number}")))
            await asyncio.sleep(dice.exponential(20 * SECOND) / SECOND)

    async def _copy(self, code: Code, dice: Dice) -> None:
        wait = 2 * SECOND if dice.chance(self._guests.at_once) else 5 * MINUTE
        await asyncio.sleep(dice.below(wait) / SECOND)
        await self._present(code, dice.between(1, code.persons), dice)

    async def _present(self, code: Code, count: int, dice: Dice) -> None:
        """Try gates until one shows green, or patience ends; then perhaps go out and in again."""
        node, scan = await self._enter(code, count, dice)
        if scan is None or scan.answer is None:
            return
        if dice.chance(self._guests.undone):
            await asyncio.sleep(dice.between(2, 40))
            await self._world.undo(node, scan.answer.claim_id)
            return
        if not dice.chance(self._guests.leaves):
            return
        await asyncio.sleep(dice.exponential(self._guests.stays) / SECOND)
        out = dice.pick(self._world.gates)
        left = await self._world.scan(out, code, direction="out", count=count)
        if self._guests.undone_late or self._guests.out_again:
            await self._linger(node, scan.answer.claim_id, code, count, dice.stream("late"))
        if left.is_green and dice.chance(self._guests.returns):
            await asyncio.sleep(dice.exponential(self._guests.strolls) / SECOND)
            await self._enter(code, count, dice)
            if self._guests.followed and dice.chance(self._guests.followed):
                await asyncio.sleep(dice.below(20 * SECOND) / SECOND)
                await self._enter(code, count, dice.stream("follower"))

    async def _linger(
        self, node: GateNode, claim_id: ClaimId, code: Code, count: int, dice: Dice
    ) -> None:
        """Be scanned out once more at the next way out; be taken for somebody who never came."""
        if dice.chance(self._guests.out_again):
            await asyncio.sleep(dice.between(1, 20))
            out = dice.pick(self._world.gates)
            await self._world.scan(out, code, direction="out", count=count)
        if dice.chance(self._guests.undone_late):
            await asyncio.sleep(dice.between(1, 40))
            await self._world.undo(node, claim_id)

    async def _enter(
        self, code: Code, count: int, dice: Dice
    ) -> tuple[GateNode, ShownScan | None]:
        node = dice.pick(self._world.gates)
        home = self._world.homes.get(code.ticket_id or 0)
        if home is not None and dice.chance(self._guests.goes_home):
            node = home
        for _ in range(self._guests.patience):
            if dice.chance(self._guests.twice):
                self._start(self._again(node, code, count, Duration(dice.below(SECOND))))
            scan = await self._world.scan(node, code, count=count)
            if scan.is_green:
                return node, scan
            await asyncio.sleep(dice.between(2, 30))
            sent_to = None if scan.answer is None else self._world.gate_called(scan.answer.gate)
            if sent_to is not None:
                node = sent_to
            elif dice.chance(0.7):
                node = dice.pick(self._world.gates)
        return node, None

    async def _again(self, node: GateNode, code: Code, count: int, wait: Duration) -> None:
        """Hold the same code under another reader of the same gate, or the same one again."""
        await asyncio.sleep(wait / SECOND)
        await self._world.scan(node, code, count=count)

    def _code(self, ticket: IssuedTicket, generation: int) -> Code:
        return Code(
            text=self._world.venue.digits(ticket, generation),
            kind=CodeKind.GENUINE,
            ticket_id=ticket.ticket_id,
            generation=generation,
            persons=ticket.persons,
        )

    # -- others ----------------------------------------------------------------------------------

    async def _void(self, ticket: IssuedTicket, arrival: Duration, dice: Dice) -> None:
        when = max(0, arrival + dice.between(-15 * MINUTE, 5 * MINUTE))
        await asyncio.sleep(when / SECOND)
        await self._office.void(ticket.ticket_id)

    async def _forge(self, ticket: IssuedTicket, dice: Dice) -> None:
        """Present what is no ticket of this event."""
        venue = self._world.venue
        claims = Claims(
            key_id=venue.key_id,
            ticket_id=TicketId(ticket.ticket_id ^ 1),
            ticket_type_code=ticket.type_code,
            generation=1,
        )
        match dice.below(4):
            case 0:  # signed by somebody else
                digits = to_digits(sign_credential(claims, self._strangers_key))
                code = Code(digits, CodeKind.FORGED)
            case 1:  # one digit is another one
                digits = venue.digits(ticket, 1)
                place = dice.between(4, len(digits) - 1)
                other = str((int(digits[place]) + dice.between(1, 9)) % 10)
                code = Code(digits[:place] + other + digits[place + 1 :], CodeKind.FORGED)
            case 2:  # another event's ticket
                code = Code(dice.pick(self._office.foreign_codes), CodeKind.FOREIGN)
            case _:
                code = Code(dice.pick(GARBAGE), CodeKind.GARBAGE)
        await self._world.scan(dice.pick(self._world.gates), code)

    async def _sell(self, node: GateNode, dice: Dice) -> None:
        """Sell to walk-ups all evening; they go to some gate at once."""
        number = 0
        while True:
            await asyncio.sleep(dice.exponential(self._world.scenario.sale_every) / SECOND)
            sale = await self._world.sell(node, dice.between(1, WALK_UPS_MAX))
            if sale is None:
                continue
            for ticket in sale.tickets:
                number += 1
                code = Code(ticket.digits, CodeKind.GENUINE, parse_ticket_id(ticket.ticket_id))
                self._start(self._walk_up(code, dice.stream(f"walk-up {number}")))

    def welcome(self, sale: Sale) -> None:
        """Let those to whom a till has sold go to some gate."""
        for ticket in sale.tickets:
            code = Code(ticket.digits, CodeKind.GENUINE, parse_ticket_id(ticket.ticket_id))
            self._start(self._walk_up(code, self._dice.stream(f"walk-up {ticket.ticket_id}")))

    def send(self, code: Code) -> None:
        """Let whoever holds a code go to some gate."""
        self._sent += 1
        self._start(self._walk_up(code, self._dice.stream(f"sent {self._sent}")))

    async def _walk_up(self, code: Code, dice: Dice) -> None:
        await asyncio.sleep(dice.between(5, 120))
        await self._come(code, dice)
