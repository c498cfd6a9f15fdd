"""What a terminal was asked for, kept so that it is never asked twice; and what that may mean."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from gatekeeper.store.store import Store
from gatekeeper.terminals.booking_on_receipt import spell_booking
from gatekeeper.terminals.zvt_dialogue import Dialogue, End
from gatekeeper.terminals.zvt_messages import OK, Booking, Result, number_of


class AttemptKind(StrEnum):
    """What was asked."""

    PAY = "pay"
    REVERSE = "reverse"


class AttemptState(StrEnum):
    """What is known of it."""

    SENT = "sent"
    """The terminal may have been asked, and what became of it is not on record."""
    DONE = "done"
    NOT_DONE = "not_done"


class TerminalAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a terminal.

    Attributes:
        name: Of the payment, for good.
        kind: What was asked.
        state: What is known of it.
        amount_minor: In minor units.
        currency: ISO 4217.
        before: The terminal's last booking before it was asked; None where that is not known.
        booking: The one that it became, or of which was told that it perhaps became it after all.
        reference: What stands on receipts.
        by_person: Whoever looked at the terminal has said so.
        is_twice: It was booked more than once, as `reference` says: a person has to look.
    """

    name: str
    kind: AttemptKind
    state: AttemptState = AttemptState.SENT
    amount_minor: int
    currency: str
    before: Booking | None = None
    booking: Booking | None = None
    reference: str = ""
    by_person: bool = False
    is_twice: bool = False


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(TerminalAttempt)


class AttemptBook:
    """A till's attempts."""

    def __init__(self, store: Store) -> None:
        """Keep them in `store`."""
        self._store = store

    def find(self, name: str) -> TerminalAttempt | None:
        """Return what was asked under a name, or None."""
        record = self._store.cards.get(name)
        return None if record is None else _DECODER.decode(record)

    def find_late(self, last: Result | None) -> TerminalAttempt | None:
        """Return the newest attempt where it was to pay, did not, and seems to be booked since.

        Args:
            last: The terminal's last booking; None where there is none.
        """
        record = self._store.cards.get_newest()
        newest = None if record is None else _DECODER.decode(record)
        if newest is None or newest.kind is not AttemptKind.PAY or newest.booking is not None:
            return None
        is_denied = newest.state is AttemptState.NOT_DONE
        return newest if is_denied and judge_last(newest, last) is AttemptState.DONE else None

    def list_open(self) -> list[TerminalAttempt]:
        """Return the attempts of which nobody knows what became of them."""
        return [_DECODER.decode(record) for record in self._store.cards.list_open()]

    def keep(self, attempt: TerminalAttempt) -> TerminalAttempt:
        """Make an attempt durable.

        Raises:
            StoreFault: if the disk refuses.
        """
        with self._store.transaction("card_attempt"):
            is_open = attempt.state is AttemptState.SENT
            self._store.cards.put(attempt.name, _ENCODER.encode(attempt), is_open=is_open)
        return attempt


def settle(
    attempt: TerminalAttempt, state: AttemptState, booking: Booking | None = None
) -> TerminalAttempt:
    """Return an attempt of which it is known now what became of it."""
    reference = attempt.reference if booking is None else spell_booking(booking)
    return msgspec.structs.replace(attempt, state=state, booking=booking, reference=reference)


def judge_dialogue(attempt: TerminalAttempt, heard: Dialogue) -> AttemptState:
    """Say what a request came to, by what the terminal said while it was done.

    Done is what was completed, with a result that says so of the amount that was asked, and not
    paid twice. Not done is what was refused or aborted, and of which nothing says that it was
    booked. All else is unknown.
    """
    booked = list_booked(attempt, heard)
    refused = [one for one in heard.results if one.code not in {OK, None}]
    if heard.end is End.REFUSED:
        return AttemptState.NOT_DONE
    if heard.end is End.ABORTED and not booked:
        return AttemptState.NOT_DONE
    if heard.end is not End.COMPLETED or list_paid_twice(attempt, heard):
        return AttemptState.SENT
    if booked and not refused and all(is_of(attempt, one) for one in booked):
        return AttemptState.DONE
    return AttemptState.NOT_DONE if refused and not booked else AttemptState.SENT


def list_booked(attempt: TerminalAttempt, heard: Dialogue) -> list[Result]:
    """Return the results that say that something was booked since the terminal was asked.

    The booking before, said late or once more, is none: it has paid for another sale.
    """
    before = attempt.before
    return [
        one
        for one in heard.results
        if one.code == OK and not (one.booking.is_any and one.booking == before)
    ]


def list_paid_twice(attempt: TerminalAttempt, heard: Dialogue) -> list[Booking]:
    """Return the bookings of the asked amount, where there is more than one; else none.

    One that is said twice, or first without its numbers, is one.
    """
    apart: list[Booking] = []
    for one in list_booked(attempt, heard):
        if is_of(attempt, one) and all(_differ(one.booking, other) for other in apart):
            apart.append(one.booking)
    return apart if attempt.kind is AttemptKind.PAY and apart[1:] else []


def _differ(one: Booking, other: Booking) -> bool:
    numbers = ((one.receipt, other.receipt), (one.trace, other.trace))
    return any(a.strip("0") and b.strip("0") and a != b for a, b in numbers)


def judge_last(attempt: TerminalAttempt, last: Result | None) -> AttemptState:
    """Say what a request came to, by the terminal's last booking once it is idle.

    Args:
        attempt: What was asked.
        last: The last booking; None where there is none.

    Returns:
        `not_done` where the terminal has booked nothing since: it may yet do so, so that this
        counts only once it has been idle for a while. `sent` where a person has to look.
    """
    booking = Booking() if last is None else last.booking
    if booking == attempt.before and (last is None or booking.is_any):
        return AttemptState.NOT_DONE
    if last is None or attempt.before is None or not booking.is_any:
        return AttemptState.SENT
    if is_of_another(attempt.before, booking):
        return AttemptState.SENT  # the one that was asked is gone, and knows what it booked
    is_ours = last.code == OK and last.amount_minor is not None and is_of(attempt, last)
    return AttemptState.DONE if is_ours else AttemptState.SENT


def may_be_renumbered(booking: Booking, last: Booking) -> bool:
    """Tell whether a booking's receipt number may be another's by now, seeing the last booking.

    Of another terminal's bookings it is one anyway, and many count from 1 again each day. What one
    of the two does not say tells nothing.
    """
    is_later = bool(booking.date and last.date) and booking.date != last.date
    return last.is_any and (is_later or is_of_another(booking, last))


def is_of_another(booking: Booking, other: Booking) -> bool:
    """Tell whether two bookings say that different terminals made them."""
    names = (booking.terminal, other.terminal)
    return all(names) and names[0] != names[1]


def is_of(attempt: TerminalAttempt, result: Result) -> bool:
    """Tell whether a result's amount and currency, where it says them, are those asked for."""
    return result.amount_minor in {None, attempt.amount_minor} and result.currency in {
        None,
        number_of(attempt.currency),
    }
