"""A connected till lets a voucher pay, asks whether it did, or takes that back.

Each payment has a name of the till's own. One name is charged once; a name that was asked about,
or taken back, before it was charged is charged never, however late its request arrives.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from shared.field_limits import AMOUNT_MAX
from shared.journal.bounds import GivenKeyedIdOf
from shared.kernel.id_types import EventId

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
_Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
_Amount = Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX)]
_Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]


class VoucherState(StrEnum):
    """What is known of a payment by voucher."""

    PAID = "paid"
    BOOKED = "booked"
    """Paid, and the sale has come: what goes back is a refund of that sale from now on."""
    REVERSED = "reversed"
    """It was paid and is on the voucher again."""
    DECLINED = "declined"
    """It was never paid, and never will be under this name."""


class VoucherNo(StrEnum):
    """Why a voucher does not pay."""

    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    OTHER_CURRENCY = "other_currency"
    TOO_LITTLE = "too_little"
    """Less is on it than was asked for."""


class VoucherCharge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Let a voucher pay; `POST /sync/v1/till-vouchers/pay`, JSON.

    Attributes:
        event_id: What is sold; the till's event.
        name: Of this payment, for good.
        code_hash: `hash_voucher_code`, in lower-case hex.
        amount_minor: All of it or nothing, in minor units.
        currency: ISO 4217.
    """

    event_id: GivenKeyedIdOf[EventId]
    name: _Name
    code_hash: _Hash
    amount_minor: _Amount
    currency: _Currency


class VoucherQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ask about a payment, or take it back; `…/till-vouchers/find` and `…/reverse`, JSON."""

    event_id: GivenKeyedIdOf[EventId]
    name: _Name


class VoucherAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How a payment by voucher stands.

    Attributes:
        state: Of this payment.
        reference: The payment's id at the server, which the sale says; "" where there is none.
        left_minor: What is left on the voucher; None where nothing is said of it.
        why: Why it was declined, or None.
    """

    state: VoucherState
    reference: str = ""
    left_minor: int | None = None
    why: VoucherNo | None = None
