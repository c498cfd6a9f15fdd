"""One evening at two gates and a till at which tickets are passed on to somebody else."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Final

import msgspec

from gatekeeper.boxoffice.withdraw_requests import WithdrawAnswer, WithdrawRequest
from gatekeeper.gate.requests import Scan
from shared.admission.offline_policy import OfflinePolicy
from shared.admission.purpose import Purpose
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import GateId
from shared.kernel.instant import SECOND, Duration, Instant, format_instant
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.further_event import withdraw_at
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.further_events.second_event.ground import appoint
from simulator.further_events.tickets_passed_on.made_up import make_up
from simulator.judging.seen_visits import Card, Visit
from simulator.kernel.dice import Dice
from simulator.world import World

GATES: Final = 2
TICKETS: Final = 30
VISITS: Final = 3
PASSED_ON: Final = 0.7
SIGNED: Final = 0.35
"""The share of transfers that a supervisor has signed."""
POLICIES: Final = (OfflinePolicy.OPEN, OfflinePolicy.OPEN, OfflinePolicy.CLOSED)
TYPED: Final = 0.25
"""The share of presentations at which the code is typed."""
UNHEARD: Final = 0.3
"""The share of transfers of which one gate cannot hear; there the former code is typed at once."""
KEPT_BACK: Final = 6
"""With so many tickets nobody comes before all is quiet; then their codes are typed."""
UNTIL: Final = (40, 60)
"""After so many hundredths of the evening tickets are passed on no more."""


class Held(Card, frozen=True, kw_only=True):
    """A ticket as one of its holders has it.

    Attributes:
        turn: Which of its holders, from 0.
    """

    turn: int


class Transfer(msgspec.Struct, kw_only=True):
    """Somebody who wants to pass a ticket on.

    Attributes:
        held: What they show.
        is_signed: A supervisor allows it.
        began: True time.
        is_in_reach: The till could ask the server all the while, and for long before.
        ended: True time of the answer; None where there was none.
        answer: What the till said; None where nobody knows what became of it.
        head: The feed's newest number afterwards.
    """

    held: Held
    is_signed: bool
    began: Instant
    is_in_reach: bool
    ended: Instant | None = None
    answer: WithdrawAnswer | None = None
    head: int = 0

    @property
    def is_done(self) -> bool:
        """Whether somebody else has the ticket."""
        return self.answer is not None and self.answer.is_ok

    @property
    def may_be_done(self) -> bool:
        """Whether the ledger may have ended what was shown, though nobody was given anything.

        A till that did not hear its answer gives nothing out; what was shown stays ended.
        """
        return self.is_done or self.answer is None or self.answer.mode == "offline"

    def __str__(self) -> str:
        """Name it for a finding."""
        said = "no answer" if self.answer is None else f"{self.answer.mode} {self.answer.reason}"
        by = "with" if self.is_signed else "without"
        return f"transfer {by} a badge of {self.held.ticket_id:016x} ({said})"


class PassedOn(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        transfers: What the till was asked, in order of beginning.
        until: Until when tickets may be passed on.
        policy: Whom gates let in that are cut off.
        till: The till's node.
        rogue: Another gate's, whose device makes passages up.
        made_up: How many it has written down.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "passed", GATES)
        self.transfers: list[Transfer] = []
        self.policy = self._dice.stream("policy").pick(POLICIES)
        self.until = Instant(0)
        self.till = world.device("passedtill")
        self.rogue = world.device("passedrogue")
        self.made_up = 0
        self._cards: list[Held] = []
        self._forms: list[Held] = []
        self._person = self._badge = ""

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, with its terms, and start the gates and the till."""
        world = self._world
        await self.owner.sign_in()
        self._person, self._badge = await appoint(world, "Kim")
        part = self._dice.stream("until").between(*UNTIL)
        now = world.stage.now()
        self.until = Instant((now + part * self.scenario.duration // 100) // SECOND * SECOND)
        terms = {"transfers_until": format_instant(self.until)}
        policy = {"offline_policy": self.policy.value}
        await self._put_on(Terms(pricing=terms, policy=policy))
        await self._enrol_till(self.till)
        world.others.append(self.rogue)
        await self._enrol(self.rogue, self.site.gates[0], self.site.event_id)
        sold = await self._sell(TICKETS)
        self._cards = [Held(one.text, one.ticket_id, one.manual_code, turn=0) for one in sold]
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            dice = self._dice.stream(f"guest {card.ticket_id}")
            if card not in self._kept_back:
                self._world.start(self._come(card, dice))
            if dice.chance(PASSED_ON):
                self._world.start(self._pass_on(card, dice.stream("till")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _come(self, card: Held, dice: Dice) -> None:
        """Come to either gate, also when somebody else has the ticket by now."""
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // 2))
            await self.show(dice.below(GATES), card, is_typed=dice.chance(TYPED))

    async def show(self, number: int, card: Held, *, is_typed: bool = False) -> Visit[Held]:
        """Present a ticket at a gate: it is scanned, or its code is typed."""
        said = Scan(card.text)
        if is_typed and card.manual_code:
            said = Scan(card.manual_code, is_manual=True)
        return await self._present(self.nodes[number], card, said)

    async def _pass_on(self, card: Held, dice: Dice) -> None:
        """Go to the till with somebody, who comes to the gates in turn, and passes it on again."""
        while True:
            await self.pause(Duration(dice.below(self.scenario.duration * 9 // 10)))
            is_signed, number = dice.chance(SIGNED), dice.below(GATES)
            unheard = [self.nodes[number]] if dice.chance(UNHEARD) else []
            with self._cut_off(*unheard) if unheard else nullcontext():
                new = await self._transfer(card, is_signed=is_signed)
                if new is not None and unheard:
                    await self.show(number, card, is_typed=True)
            if new is None:
                continue
            is_kept_back = any(one.ticket_id == new.ticket_id for one in self._kept_back)
            card = new
            self._forms.append(card)
            if not is_kept_back:
                self._world.start(self._come(card, dice.stream(f"holder {card.turn}")))

    async def _transfer(self, card: Held, *, is_signed: bool) -> Held | None:
        node, stage = self.till, self._world.stage
        if not node.is_up:
            return None
        request = WithdrawRequest(
            purpose=Purpose.TRANSFER,
            code=card.text,
            reason="guest",
            authorized_by=self._person if is_signed else "",
        )

        asked = Transfer(
            held=card,
            is_signed=is_signed,
            began=stage.now(),
            is_in_reach=self._is_in_reach(node),
        )
        self.transfers.append(asked)
        try:
            asked.answer = await withdraw_at(node, request, self._badge)
        except GatekeeperError as fault:
            stage.trace.note(node.name, f"no transfer: {fault}")
            return None
        if asked.answer is None:
            return None
        asked.ended, asked.is_in_reach = stage.now(), asked.is_in_reach and self._is_in_reach(node)
        stage.trace.note(node.name, str(asked))
        if not asked.answer.is_ok or asked.answer.new_code is None:
            return None
        asked.head = await self.told.head()
        typed = asked.answer.new_manual_code or ""
        return Held(asked.answer.new_code, card.ticket_id, typed, turn=card.turn + 1)

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Come with all that was ever printed, when every gate has heard of everything.

        Of a few the code is typed first, at gates that cannot ask.
        """
        passed = sorted({one.ticket_id for one in self._forms})
        self.made_up = await make_up(
            self.rogue,
            self.site.event_id,
            GateId(self.site.gates[0]),
            passed,
            self._dice.stream("made up"),
        )
        await self._hear()
        for is_typed in (True, False):
            with self._cut_off() if is_typed else nullcontext():
                for number, card in enumerate(self._cards):
                    if not is_typed or card in self._kept_back:
                        for held in self._forms_of(card):
                            await self.show(number % GATES, held, is_typed=is_typed)
        return await self.rest()

    async def unrest(self) -> str:
        """See `OneEvening.unrest`; what was made up has to be told as well."""
        head = await self.told.head()
        return await super().unrest() or await self._unrest_of(
            self.rogue, self.site.event_id, head
        )

    @property
    def _kept_back(self) -> list[Held]:
        return self._cards[:KEPT_BACK]

    def _forms_of(self, card: Held) -> list[Held]:
        """Return a ticket as each of its holders had it, the first one first."""
        return [card, *(one for one in self._forms if one.ticket_id == card.ticket_id)]
