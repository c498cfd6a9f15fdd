"""Payments at a till's card terminal: pays, gives back, and finds out; never charges twice.

What the terminal is asked is on disk before it is asked, with the last booking that it had. Where
the line is cut or nothing comes, the payment is *unknown*: nothing else is asked of the terminal
until it has said what it booked last, or a person has looked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from gatekeeper.boxoffice.payment_ports import Charge, ChargeState, Doubt
from gatekeeper.store.store import Store
from gatekeeper.terminals.booking_on_receipt import spell_bookings
from gatekeeper.terminals.card_attempts import (
    AttemptBook,
    AttemptKind,
    AttemptState,
    TerminalAttempt,
    judge_dialogue,
    judge_last,
    list_booked,
    list_paid_twice,
    may_be_renumbered,
    settle,
)
from gatekeeper.terminals.terminal_day import DaySum
from gatekeeper.terminals.terminal_setup import TerminalSetup
from gatekeeper.terminals.zvt_codec import Apdu
from gatekeeper.terminals.zvt_dialogue import Dialogue, End, Pace, ZvtLine
from gatekeeper.terminals.zvt_messages import (
    BUSY,
    CANNOT_SAY,
    CURRENCIES,
    Booking,
    Result,
    authorization,
    end_of_day,
    enquiry,
    number_of,
    read_state,
    registration,
    repetition,
    reversal,
    totals,
)
from gatekeeper.terminals.zvt_steps import CardStepKind, card_step_of
from shared.kernel.errors import BadInput
from shared.kernel.money import Money

TERMINAL_ASK_SECONDS: Final = 1.0
"""Between two questions to a terminal that is busy."""

OnStep = Callable[["CardStep"], None]
_BACK: Final = "/back"
_AWAY: Final = "the card terminal does not answer; nothing was charged"
_NO_WORD: Final = (
    "the card terminal does not answer: it is not yet known whether this was charged; do not"
    " charge it again"
)
_BUSY: Final = "the card terminal is busy with something else; nothing was charged"
_BLOCKED: Final = (
    "an earlier payment at this terminal is still unclear; settle that first, or use another"
    " payment method"
)
_STILL_BUSY: Final = "the card terminal is still busy; finish or cancel there, then ask again"
_LOOK: Final = (
    "the card terminal’s last booking may not be this one; compare its slip: cancel another"
    " amount there, and say whether this one was paid"
)
_LATE: Final = (
    "the payment before this one was said not to be made, and the card terminal has booked its"
    " amount since: unless that was its cancellation, cancel it there; nothing was charged now,"
    " try again"
)
_TWICE: Final = (
    "the card terminal has booked this more than once: {both}; cancel the extra there, and say"
    " that it was paid"
)
_BY_HAND: Final = "that payment cannot be taken back from here; cancel it at the terminal"


class CardStep(msgspec.Struct, frozen=True):
    """A step of a payment, as the terminal tells it.

    Attributes:
        name: Of the payment; "" once it has ended.
        kind: What the terminal does.
    """

    name: str
    kind: CardStepKind = CardStepKind.REACHING


def ignore_step(_step: CardStep) -> None:
    """Tell nobody."""


class CardPayments:
    """One till's terminal; fulfils `payment_ports.Charger`.

    Args:
        store: Where attempts stand.
        setup: Where the terminal is.
        pace: How long it may take.

    Attributes:
        on_step: Told of each step of a payment.
    """

    def __init__(
        self,
        store: Store,
        setup: TerminalSetup,
        *,
        pace: Pace | None = None,
    ) -> None:
        self._store, self.setup = store, setup
        self._pace = Pace() if pace is None else pace
        self._book = AttemptBook(store)
        self._turn = asyncio.Lock()
        self._line: ZvtLine | None = None
        self._is_cancelled = False
        self._asks_in = ""
        self.on_step: OnStep = ignore_step

    # -- what a till asks ----------------------------------------------------------------------

    async def pay(self, name: str, amount: Money, code: str) -> Charge:
        """Charge a card; asked for the same name again, say what became of it.

        Raises:
            StoreFault: if the disk refuses; the terminal was not asked then.
        """
        del code
        attempt = TerminalAttempt(
            name=name,
            kind=AttemptKind.PAY,
            amount_minor=amount.minor_units,
            currency=amount.currency,
        )
        return _charge(await self._act(attempt, lambda _: _authorize(attempt)))

    async def find(self, name: str) -> Charge:
        """Say whether a payment stands now; ask the terminal where it is not known.

        Raises:
            StoreFault: if the disk refuses.
        """
        async with self._turn:
            asked = self._book.find(name + _BACK)
            if asked is not None:
                back = await self._resolve(asked)
                if isinstance(back, Charge):
                    return back
                if back.state is AttemptState.DONE:
                    return Charge(ChargeState.DECLINED)
            paid = self._book.find(name)
            if paid is None:
                # It is on disk before the terminal is asked: nobody was, unless the disk lost it.
                is_lost = self._store.is_unsettled
                return Charge(ChargeState.UNKNOWN if is_lost else ChargeState.DECLINED)
            found = await self._resolve(paid)
            return found if isinstance(found, Charge) else _charge(found)

    async def reverse(self, name: str, reference: str) -> Charge:
        """Take a payment of this day back, whole; `paid` says that it was given back.

        By its receipt's number alone, which is all that terminals take: so `declined`, for a
        person to cancel it, where that may be another guest's by now.

        Raises:
            StoreFault: if the disk refuses.
        """
        del reference
        paid = self._book.find(name)
        if paid is None or paid.state is not AttemptState.DONE:
            return Charge(ChargeState.DECLINED, text=_BY_HAND)
        receipt = "" if paid.booking is None else paid.booking.receipt
        if not receipt.strip("0") or self._store.cards.is_settled(name):
            return Charge(ChargeState.DECLINED, text=_BY_HAND)
        attempt = msgspec.structs.replace(
            paid,
            name=name + _BACK,
            kind=AttemptKind.REVERSE,
            state=AttemptState.SENT,
            is_twice=False,
        )
        return _charge(await self._act(attempt, lambda secret: reversal(secret, receipt)))

    async def settle(self, name: str, *, is_paid: bool, reference: str) -> None:
        """Take a person's word for what stands now of a payment.

        Raises:
            StoreFault: if the disk refuses.
        """
        back, paid = self._book.find(name + _BACK), self._book.find(name)
        if back is not None and back.state is AttemptState.SENT:
            self._keep_word(back, "", is_done=not is_paid)
        elif paid is not None and paid.state is AttemptState.SENT:
            self._keep_word(paid, reference, is_done=is_paid)

    async def cancel(self) -> None:
        """Ask the terminal to give up the payment that it is doing; what it says counts."""
        self._is_cancelled = True
        if self._line is not None:
            await self._line.cancel()

    async def is_there(self, currency: str) -> bool:
        """Tell whether the terminal answers, and takes what it is told first.

        Raises:
            BadInput: if no terminal is asked in that currency.
        """
        async with self._turn, self._connected() as line:
            return line is not None and await self._register(line, currency)

    def is_blocked(self) -> bool:
        """Tell whether nothing is asked of the terminal until an open payment is settled."""
        return bool(self._book.list_open())

    # -- the day -------------------------------------------------------------------------------

    async def count_day(
        self, shift_id: str, currency: str, card_minor: int, *, ends_day: bool
    ) -> int | None:
        """Ask what the terminal has taken, and let it settle its day where that is wanted.

        Args:
            shift_id: Of which shift; what was settled for it before is counted in.
            currency: ISO 4217.
            card_minor: What the till says that cards have brought in it so far.
            ends_day: It is the end of the terminal's day as well.

        Returns:
            Its sum in minor units; None where it cannot be had: it does not answer, or nobody
            knows what became of a payment. What its day has of the shift then is no other's.

        Raises:
            StoreFault: if the disk refuses.
        """
        async with self._turn:
            kept = self._store.cards.read_day()
            day = DaySum() if kept is None else msgspec.msgpack.decode(kept, type=DaySum)
            day, found = day.of_shift(shift_id), None
            if not self._book.list_open() and currency in CURRENCIES:
                async with self._connected() as line:
                    asks = not ends_day
                    if line and await self._register(line, currency, is_asking=asks):
                        found = await self._count(line, day, card_minor, ends_day=ends_day)
            if found is None and ends_day:
                self._keep_day(day.as_left(card_minor))
            return None if found is None or found < 0 else found

    async def _count(
        self, line: ZvtLine, day: DaySum, card_minor: int, *, ends_day: bool
    ) -> int | None:
        """Count what runs, and settle it; on disk between the two, as settling forgets it."""
        running = await self._sum(line, totals(self.setup.password))
        if running is not None:
            day = day.with_running(running, card_minor)
            self._keep_day(day)
        if ends_day:
            with self._store.transaction("terminal_day"):  # it may settle, and say nothing of it
                self._store.cards.note_settled()
            settled = await self._sum(line, end_of_day(self.setup.password))
            if settled is None and running is None:
                return None
            if settled is not None:
                day = day if running is not None else day.with_running(settled, card_minor)
                settled += day.settled_minor
                day = DaySum(day.shift_id, settled_minor=settled, card_minor=card_minor)
                self._keep_day(day)
        elif running is None:
            return None
        return day.settled_minor + day.running_minor

    async def _sum(self, line: ZvtLine, command: Apdu) -> int | None:
        heard = await line.ask(command, self._pace.result)
        if heard.end is not End.COMPLETED:
            return None
        sums = [one.amount_minor for one in heard.results if one.amount_minor is not None]
        return sums[-1] if sums else 0

    def _keep_day(self, day: DaySum) -> None:
        with self._store.transaction("terminal_day"):
            self._store.cards.write_day(msgspec.msgpack.encode(day))

    # -- asking the terminal -------------------------------------------------------------------

    async def _act(
        self, attempt: TerminalAttempt, command: Callable[[str], Apdu]
    ) -> TerminalAttempt | Charge:
        """Ask for something that moves money; what is known already is only said."""
        try:
            number_of(attempt.currency)
            message = command(self.setup.password)
        except BadInput as fault:
            return Charge(ChargeState.AWAY, text=str(fault))
        async with self._turn:
            known = self._book.find(attempt.name)
            if known is not None and (
                known.kind is AttemptKind.PAY or known.state is not AttemptState.NOT_DONE
            ):
                return known
            if self._book.list_open():
                return Charge(ChargeState.AWAY, text=_BLOCKED)
            self._is_cancelled = False
            self.on_step(CardStep(attempt.name))
            try:
                async with self._connected() as line:
                    if line is None:
                        return Charge(ChargeState.AWAY, text=_AWAY)
                    return await self._act_over(line, attempt, message)
            finally:
                self.on_step(CardStep(""))

    async def _act_over(
        self, line: ZvtLine, attempt: TerminalAttempt, command: Apdu
    ) -> TerminalAttempt | Charge:
        if not await self._register(line, attempt.currency):
            return Charge(ChargeState.AWAY, text=_BUSY)
        is_heard, last = await self._last(line)
        before = (Booking() if last is None else last.booking) if is_heard else None
        if attempt.booking is not None:  # that goes back
            if before is not None and may_be_renumbered(attempt.booking, before):
                return Charge(ChargeState.DECLINED, text=_BY_HAND)
            attempt = msgspec.structs.replace(attempt, booking=None)
        attempt = msgspec.structs.replace(attempt, before=before)
        if attempt.kind is AttemptKind.PAY and is_heard and last is not None:
            late = self._book.find_late(last)
            if late is not None:  # said once, and before the next booking hides it
                self._book.keep(settle(late, late.state, last.booking))
                return Charge(ChargeState.AWAY, text=_LATE, doubt=Doubt.LATE)
        is_ready = await self._register(line, attempt.currency, is_asking=False)
        if self._is_cancelled:
            return Charge(ChargeState.DECLINED)
        if not is_ready:
            return Charge(ChargeState.AWAY, text=_BUSY)
        self._book.keep(attempt)

        def tell(code: int, _text: str) -> None:
            self.on_step(CardStep(attempt.name, card_step_of(code)))

        heard = await line.ask(command, self._pace.result, tell)
        state = judge_dialogue(attempt, heard)
        if both := list_paid_twice(attempt, heard):
            said = spell_bookings(both)
            return self._book.keep(msgspec.structs.replace(attempt, reference=said, is_twice=True))
        if state is AttemptState.SENT:
            return attempt
        if state is AttemptState.NOT_DONE:
            self._book.keep(settle(attempt, state))
            is_refused = heard.end is End.REFUSED
            return Charge(
                ChargeState.AWAY if is_refused else ChargeState.DECLINED,
                text=_BUSY if is_refused else _words_of(heard),
            )
        booking = list_booked(attempt, heard)[-1].booking
        return self._book.keep(settle(attempt, state, booking))

    async def _resolve(self, attempt: TerminalAttempt) -> TerminalAttempt | Charge:
        """Ask what became of an attempt; itself where that is known, or asking tells nothing."""
        if attempt.state is not AttemptState.SENT or attempt.is_twice:
            return attempt
        async with self._connected() as line:
            if line is None:
                return Charge(ChargeState.UNKNOWN, text=_NO_WORD, doubt=Doubt.AWAY)
            await line.stop_all()
            if not await self._is_idle(line) or not await self._register(line, attempt.currency):
                return Charge(ChargeState.UNKNOWN, text=_STILL_BUSY, doubt=Doubt.BUSY)
            is_heard, last = await self._last(line)
            state = judge_last(attempt, last) if is_heard else AttemptState.SENT
            if state is AttemptState.NOT_DONE:
                # It may book seconds after the line was cut.
                await asyncio.sleep(self._pace.quiet)
                if not await self._is_idle(line):
                    return Charge(ChargeState.UNKNOWN, text=_STILL_BUSY, doubt=Doubt.BUSY)
                is_heard, last = await self._last(line)
                state = judge_last(attempt, last) if is_heard else AttemptState.SENT
        if state is AttemptState.SENT:
            return Charge(ChargeState.UNKNOWN, text=_LOOK, doubt=Doubt.OTHER)
        booking = last.booking if last is not None and state is AttemptState.DONE else None
        return self._book.keep(settle(attempt, state, booking))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[ZvtLine | None]:
        """Give a line to the terminal, or None; it is closed whatever happens."""
        line = await ZvtLine.connect(self.setup.host, self.setup.port, self._pace)
        self._line, self._asks_in = line, ""
        try:
            yield line
        finally:
            self._line = None
            if line is not None:
                if self._asks_in:  # else it printed no slip of what is keyed in there meanwhile
                    await self._register(line, self._asks_in, is_asking=False)
                await line.close()

    async def _register(self, line: ZvtLine, currency: str, *, is_asking: bool = True) -> bool:
        message = registration(self.setup.password, currency, is_asking=is_asking)
        self._asks_in = currency if is_asking else ""
        return (await line.ask(message, self._pace.answer)).end is End.COMPLETED

    async def _is_idle(self, line: ZvtLine) -> bool:
        """Wait until the terminal says that it does nothing else, for so long as it may."""
        for _ in range(max(1, round(self._pace.idle / TERMINAL_ASK_SECONDS))):
            heard = await line.ask(enquiry(self.setup.password), self._pace.answer)
            if heard.end is End.COMPLETED and read_state(heard.data) != BUSY:
                return True
            if heard.end is End.CUT:
                return False
            await asyncio.sleep(min(TERMINAL_ASK_SECONDS, self._pace.idle))
        return False

    async def _last(self, line: ZvtLine) -> tuple[bool, Result | None]:
        """Ask for the last booking again.

        Returns:
            Whether the terminal has answered, and the booking; None where it has none.
        """
        heard = await line.ask(repetition(self.setup.password), self._pace.answer)
        if heard.end is End.COMPLETED:
            return (True, heard.results[-1]) if heard.results else (False, None)
        has_none = heard.end is End.ABORTED and heard.code not in CANNOT_SAY and not heard.results
        return has_none, None

    def _keep_word(self, attempt: TerminalAttempt, reference: str, *, is_done: bool) -> None:
        state = AttemptState.DONE if is_done else AttemptState.NOT_DONE
        word = settle(attempt, state)
        self._book.keep(
            msgspec.structs.replace(
                word, by_person=True, reference=reference[:64] or word.reference
            )
        )


def _authorize(attempt: TerminalAttempt) -> Apdu:
    return authorization(attempt.amount_minor, attempt.currency)


def _charge(found: TerminalAttempt | Charge) -> Charge:
    if isinstance(found, Charge):
        return found
    if found.is_twice and found.state is AttemptState.SENT:
        text = _TWICE.format(both=found.reference)
        return Charge(ChargeState.UNKNOWN, found.reference, text, doubt=Doubt.TWICE)
    state = {
        AttemptState.DONE: ChargeState.PAID,
        AttemptState.NOT_DONE: ChargeState.DECLINED,
        AttemptState.SENT: ChargeState.UNKNOWN,
    }[found.state]
    return Charge(state, found.reference if state is ChargeState.PAID else "")


def _words_of(heard: Dialogue) -> str:
    """Return what the terminal says of a refusal, or nothing."""
    return next((one.text for one in reversed(heard.results) if one.text), "")
