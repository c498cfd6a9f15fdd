"""One evening at two gates, and a device that reads manual codes from its list alone."""

from __future__ import annotations

from typing import Final

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from shared.journal.claim_ids import draw_claim_id
from shared.journal.entry import ScanBody
from shared.kernel.id_types import GateId, TicketId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import MINUTE, Instant
from shared.manifest.seen_codes import prove_manual, seen_word
from simulator.evening.made_up_entries import make_up_passage, write_made_up
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.kernel.entropy import SimEntropy
from simulator.world import World

GATES: Final = 2
GUESTS: Final = 30
VISITS: Final = 2
TYPED: Final = 0.5
"""The share of presentations at which the code is typed."""
AT_ONCE: Final = 300
"""So many passages by manual codes count of each device, and so many more as come back meanwhile:
decision 0118."""
PER_MINUTE: Final = 1
"""So many come back to the liar in a minute, as the organizer has said."""
BEYOND: Final = 40
"""So many more than can count stand in the list at least."""
COME_AGAIN: Final = 15
"""So many holders of tickets that count, and of tickets that do not, come when all is quiet."""
LINE_MAX: Final = 500
"""Tickets that the office sells in one line."""
PAGE: Final = 500


class ReadFromList(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        liar: The device that has seen nobody, and its node.
        listed: Tickets of holders who stay at home; the liar says of each that they came.
        began: True time before the liar was there.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "listed", GATES)
        self.liar = world.device("listedliar")
        self.listed: list[TicketId] = []
        self.began = Instant(0)
        self._cards: list[Card] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, sell its tickets, and start the gates and the liar."""
        await self.owner.sign_in()
        await self._put_on()
        gate_id, self.began = self.site.gates[0], self._world.stage.now()
        self._world.others.append(self.liar)
        await self._enrol(self.liar, gate_id, self.site.event_id)
        body = {"role": "gate", "event_id": self.site.event_id, "gate_id": gate_id}
        path = f"/devices/{self.liar.session.profile.device_id}/assignment"
        await self.owner.must("PUT", path, body | {"admissions_per_minute": PER_MINUTE})
        self._cards = await self._sell(GUESTS)
        left = AT_ONCE + self.scenario.duration // MINUTE * PER_MINUTE + BEYOND
        while left > 0:
            line = {"ticket_type_id": self.site.kind, "quantity": min(left, LINE_MAX)}
            sold = {"lines": [line], "payment": "paid"}
            order = await self.owner.must("POST", f"{self.site.path}/orders", sold)
            self.listed += [parse_ticket_id(str(one["id"])) for one in order["tickets"]]
            left -= LINE_MAX
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._world.start(self._come(card, self._dice.stream(f"guest {card.ticket_id}")))
        self._world.start(self._lie(self._dice.stream("liar")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _come(self, card: Card, dice: Dice) -> None:
        """Come to either gate; the code is scanned, or typed."""
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 2))
            said = Scan(card.manual_code, is_manual=True) if dice.chance(TYPED) else None
            await self._present(dice.pick(self.nodes), card, said)

    async def _lie(self, dice: Dice) -> None:
        """Say of the list, part by part, that everybody on it came."""
        for part in (3, 2, 1):
            await self._at_part(dice, 10, 25)
            await self._write(len(self.listed) // part, dice.stream(f"until {part}"))

    async def _write(self, count: int, dice: Dice) -> None:
        """Write of so many that they came, of each once."""
        if self.liar.is_up:
            entropy = SimEntropy(dice)
            await self.liar.call(lambda session: self._write_there(session, count, entropy))

    def _write_there(self, session: GateSession, count: int, entropy: SimEntropy) -> None:
        event = session._knowledge.event  # noqa: SLF001 - who has the device has its list
        if event is None:
            return
        gate_id, device_id = GateId(self.site.gates[0]), session.store.journal.device_id
        zone_id = event.index.gates[gate_id].zone_id
        bodies: list[ScanBody] = []
        for ticket_id in self.listed[len(self.written) : count]:
            row = event.find(ticket_id)
            code = None if row is None else event.find_code(row)
            if code is None:
                break  # it has not heard of that sale yet, nor of those that come after
            claim_id = draw_claim_id(device_id, entropy)
            seen = prove_manual(seen_word(event.event_id, device_id, claim_id), code)
            bodies.append(make_up_passage(claim_id, gate_id, ticket_id, zone_id, seen))
        write_made_up(session, event.event_id, bodies)

    @property
    def written(self) -> list[TicketId]:
        """Of whom the liar has written that they came, in order."""
        bodies = (one.body for one in self.read_journals(self.liar).values())
        said = (one.ticket_id for one in bodies if isinstance(one, ScanBody))
        return [one for one in said if one is not None]

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Say the rest, and wait until the ledger has heard it."""
        await self._write(len(self.listed), self._dice.stream("last lies"))
        await self._hear()
        return await self.rest()

    async def come_again(self, counted: set[TicketId]) -> None:
        """Let some of those come after all of whom it was said that they had.

        They wait until gates that can reach the server must have noticed: others may refuse them.

        Args:
            counted: Whose passages have an effect.
        """
        await self._notice()
        spent = [one for one in self.listed if one in counted]
        waiting = [one for one in self.listed if one not in counted]
        for number, ticket_id in enumerate([*spent[:COME_AGAIN], *waiting[:COME_AGAIN]]):
            card = await self._print(format_ticket_id(ticket_id))
            await self._present(self.nodes[number % GATES], card)

    async def count_waiting(self) -> int:
        """Count what of the liar's waits for a person."""
        path = f"/devices/{self.liar.session.profile.device_id}/unconfirmed?limit={PAGE}"
        page = await self.owner.must("GET", path)
        count = len(page["items"])
        while page["next"]:
            page = await self.owner.must("GET", f"{path}&after={page['next']}")
            count += len(page["items"])
        return count

    async def unrest(self) -> str:
        """See `OneEvening.unrest`; what the liar says has to be told as well."""
        head = await self.told.head()
        return await super().unrest() or await self._unrest_of(self.liar, self.site.event_id, head)
