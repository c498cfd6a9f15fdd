"""The journal's entry by which a ticket's right is taken away from whoever holds its credential.

Source:
    docs/specs/journal.md, section 5; docs/decisions/0047-purposes.md
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

import msgspec

from shared.journal.bounds import (
    Amount,
    Bytes,
    GivenTicketId,
    IdOf,
    ModeWord,
    Name,
    Natural,
    Small,
)
from shared.kernel.id_types import ClaimId

PARTS_MAX: Final = 20
"""Parts by which one ticket's money goes back at most."""


class PaidBack(msgspec.Struct, frozen=True, array_like=True):
    """What went back by one tender, in minor units."""

    tender: Name
    amount_minor: Amount


class WithdrawalBody(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One ticket is refunded, voided, exchanged, transferred, handed over or printed again.

    Attributes:
        claim_id: 32 hex digits, drawn before anybody is asked, the same through every retry.
        ticket_id: Which ticket.
        generation: Of the credential that is worth nothing from now on: the newest that the
            device knew of.
        purpose: A `Purpose`, or one of a later version, which is kept and has no effect.
        mode: `online` if the ledger has granted it, `lan` if the gates on the venue's network
            were asked, `offline` if the device went on by itself.
        reason: A code word: why, as staff have picked it, or "".
        sale_id: The sale or the order that the ticket was sold by, or "".
        currency: ISO 4217 of a payout, or "".
        amount_minor: What was paid out or credited for this ticket, in minor units.
        tender: How it was paid out: `cash`, `card`, `voucher`, `comp`, `split`, or "".
        new_generation: Of the credential that its holder got; None where the right has ended.
        new_key_id: The key that signed that.
        new_manual_code: Its manual code, a 40-bit number.
        cashier: Opaque id of who did it, or "".
        authorized_by: Opaque id of the supervisor who allowed it, or "".
        signature: By the badge of `authorized_by` (`shared.manifest.badge_signatures`), or empty.
        seen: Proves that the device has read the ticket's code (`shared.manifest.seen_codes`),
            or empty.
        shift_id: 32 hex digits of the shift whose drawer it belongs to, or "".
        ticket_type_code: The event's code of the ticket's type.
        tax_basis_points: The rate of tax in what was paid out.
        tax_minor: That tax.
        credited_minor: What of `amount_minor` was not paid out: it pays for the sale in exchange.
        credited_to: That sale's id, or "".
        grant_code: By which the ledger knows its own grant again, as it came with that; or empty.
        parts: Of `split`, what went back by each tender; together what was paid out.
    """

    claim_id: IdOf[ClaimId]
    ticket_id: GivenTicketId
    generation: Small
    purpose: Name
    mode: ModeWord
    reason: Name = ""
    sale_id: Name = ""
    currency: Name = ""
    amount_minor: Amount = 0
    tender: Name = ""
    new_generation: Small | None = None
    new_key_id: Small | None = None
    new_manual_code: Natural | None = None
    cashier: Name = ""
    authorized_by: Name = ""
    signature: Bytes = b""
    seen: Bytes = b""
    shift_id: Name = ""
    ticket_type_code: Small = 0
    tax_basis_points: Small = 0
    tax_minor: Amount = 0
    credited_minor: Amount = 0
    credited_to: Name = ""
    grant_code: Bytes = b""
    parts: Annotated[tuple[PaidBack, ...], msgspec.Meta(max_length=PARTS_MAX)] = ()

    @property
    def given_minor(self) -> int:
        """What the ticket pays of the sale in exchange: a part of `amount_minor`, or all of it."""
        return min(self.credited_minor, self.amount_minor)

    @property
    def paid_out_minor(self) -> int:
        """What went back by `tender`."""
        return self.amount_minor - self.given_minor

    def paid_out_by(self) -> Iterator[PaidBack]:
        """Give what went back by each tender: never more than was paid out, and all of it."""
        left = self.paid_out_minor
        for part in self.parts:
            amount = min(left, part.amount_minor)
            if amount:
                yield PaidBack(part.tender, amount)
            left -= amount
        if left:
            yield PaidBack(self.tender, left)
