"""What a till is asked about one ticket's right, and what it answers; see `Withdrawer`."""

from __future__ import annotations

import msgspec

from shared.admission.purpose import Purpose
from shared.admission.reasons import Reason
from shared.journal.withdrawal_body import PaidBack, WithdrawalBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import EventId, TicketId


class FoundBy(msgspec.Struct, frozen=True):
    """A cashier who may find, and whose badge is at work: it signs what they hand over.

    Attributes:
        person: Opaque id of the cashier.
        key: Of the badge.
    """

    person: str
    key: SigningKey


class WithdrawRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done with one ticket.

    Attributes:
        purpose: What for; any but an admission.
        code: What was scanned or typed; "" where the ticket was picked.
        ticket_id: The ticket that was picked, or None.
        manual: The code was typed as a manual code.
        amount_minor, currency, tender: What will be paid out, and how.
        reference: The sale or order, or "".
        reason: A code word: why, as staff picked it.
        cashier: Opaque id of who does it.
        authorized_by: Opaque id of the supervisor who allows it, or ""; their badge was shown.
        shift_id: Of the shift whose drawer pays it out, or "".
        ticket_type_code: The event's code of the ticket's type, where it is known.
        tax_basis_points, tax_minor: Of what is paid out.
        credited_minor: What of the amount is not paid out, but pays for the sale in exchange.
        credited_to: That sale's id, or "".
        parts: Where it is paid out by several tenders, what goes back by each.
        found_by: Who has found the ticket among the buyers; None where it was shown.
    """

    purpose: Purpose
    code: str = ""
    ticket_id: TicketId | None = None
    manual: bool = False
    amount_minor: int = 0
    currency: str = ""
    tender: str = ""
    reference: str = ""
    reason: str = ""
    cashier: str = ""
    authorized_by: str = ""
    shift_id: str = ""
    ticket_type_code: int = 0
    tax_basis_points: int = 0
    tax_minor: int = 0
    credited_minor: int = 0
    credited_to: str = ""
    parts: tuple[PaidBack, ...] = ()
    found_by: FoundBy | None = None


class WithdrawAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How it ended; what it did is on disk.

    Attributes:
        reason: `ok`, `supervisor` where one may still allow it, or why not.
        mode: `online` or `offline`.
        is_used: The device knows that somebody came in on it.
        is_at_risk: Nobody else could be asked: somebody may be inside on it, or have been paid
            elsewhere, and both would be told only afterwards. To be said to the supervisor.
        ticket_id: Which ticket, where it is known.
        seq: The journal entry's number.
        new_generation, new_code, new_manual_code: The credential that takes its place.
    """

    reason: Reason
    mode: str
    is_used: bool = False
    is_at_risk: bool = False
    ticket_id: TicketId | None = None
    seq: int | None = None
    new_generation: int | None = None
    new_code: str | None = None
    new_manual_code: str | None = None

    @property
    def is_ok(self) -> bool:
        """Whether it was done."""
        return self.reason is Reason.OK


class Prepared(msgspec.Struct, frozen=True):
    """A withdrawal that is granted, or refused, and not on disk yet.

    Attributes:
        answer: How it ends once it is on disk.
        body: What the journal will say; None where it was refused.
        event_id: Of which event.
    """

    answer: WithdrawAnswer
    body: WithdrawalBody | None = None
    event_id: EventId | None = None
