"""Request and answer bodies of payments, payouts and vouchers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from server.http.body_and_answer_types import Answer, Body, Currency, IdOf, Moment
from server.payments.payment_states import FactKind, PayoutFact
from shared.field_limits import (
    AMOUNT_MAX,
    TEXT_SIZE_MAX,
    VOUCHER_NOTE_SIZE_MAX,
    VOUCHERS_AT_ONCE_MAX,
)
from shared.kernel.id_types import OrderId

Tender = Literal["cash", "card", "transfer", "online", "voucher"]
"""What may be booked by hand; tickets at no price are an order of their own kind."""
Amount = Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX)]
VoucherCode = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
VoucherCount = Annotated[int, msgspec.Meta(ge=1, le=VOUCHERS_AT_ONCE_MAX)]
VoucherNote = Annotated[str, msgspec.Meta(max_length=VOUCHER_NOTE_SIZE_MAX)]
Reference = Annotated[str, msgspec.Meta(max_length=200)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_SIZE_MAX)]


class PaymentBody(Body):
    """Book a payment for an order; several may pay one order.

    One that somebody else collects is booked, pending, before the buyer is sent to pay. What is
    told of it counts also once the order has expired, and is owed back then. Of an order that is
    expired or cancelled no new payment is begun; what has come all the same by card, transfer or
    online is booked by `fact` `paid`, and owed back.

    Attributes:
        amount_minor: At most what is left to be paid.
        reference: The terminal's, bank's or provider's own word for it.
        code: The voucher's, which then pays at once; needed for `voucher` and for nothing else.
        fact: What is known of it so far; null while it is pending.
    """

    tender: Tender
    amount_minor: Amount
    reference: Reference = ""
    code: VoucherCode | None = None
    fact: FactKind | None = None


class FactBody(Body):
    """What was heard of a payment; telling it again, or late, changes nothing.

    Attributes:
        amount_minor: With a fact about a dispute: how much of the payment it is about, of all its
            disputes together. Null: of all that has not gone back; of a loss, of all that was
            disputed; of one that was won, of all that is not lost. Told again, the greater stands.
    """

    fact: FactKind
    amount_minor: Amount | None = None


class PayoutBody(Body):
    """Let money go back; it goes to the payments that it came by, the newest first.

    Attributes:
        amount_minor: At most what is owed back.
        tender: Another one than it came by, which a manager says; null for the same.
        authorized_by: The supervisor who allows another tender.
        fact: What is known of it so far; null while it is pending.
    """

    amount_minor: Amount
    reason: Reason
    tender: Tender | None = None
    authorized_by: IdOf[str] | None = None
    fact: PayoutFact | None = None


class PayoutFactBody(Body):
    """What became of money that goes back; telling it again, or late, changes nothing."""

    fact: PayoutFact


class PaymentAnswer(Answer):
    """A payment; amounts in minor units.

    Attributes:
        state: `pending`, `unknown`, `authorised`, `failed`, `paid`, `partly_refunded`, `refunded`
            or `disputed`.
        device_id: The till that took it, or empty.
        disputed_minor: What of it is in dispute and not decided.
        charged_back_minor: What disputes took back of it for good.
    """

    id: str
    order_id: OrderId
    tender: str
    amount_minor: int
    refunded_minor: int
    currency: str
    reference: str
    state: str
    device_id: str
    created_by: str
    created_at: datetime
    disputed_minor: int
    charged_back_minor: int


class PayoutAnswer(Answer):
    """Money that goes back; amounts in minor units.

    Attributes:
        state: `pending`, `unknown`, `failed` or `done`.
        is_held: It has not gone for certain, and its payment was disputed since: do not send it.
            Say `failed` to let it go, or `done` if it had gone already.
    """

    id: str
    order_id: OrderId
    payment_id: str
    tender: str
    amount_minor: int
    currency: str
    state: str
    reason: str
    authorized_by: str
    created_by: str
    created_at: datetime
    is_held: bool


class AccountAnswer(Answer):
    """An order's money; amounts in minor units.

    Attributes:
        due_minor: What is to be paid, cash rounding included.
        paid_minor: What was taken by payments that are booked here, less what was lost again.
        pending_minor: What may have been taken, or may yet be.
        owed_minor: What tickets that were taken back, and what was paid too much, leave to go
            back.
        paid_out_minor: What of it went back, or may have gone.
        disputed_minor: What is in dispute, and not decided.
        charged_back_minor: What disputes took back for good.
        open_minor: What may be paid out: what is owed and has not gone back, less what disputes
            took back and nobody has paid again, or may take back.
    """

    order_id: OrderId
    currency: str
    due_minor: int
    paid_minor: int
    pending_minor: int
    owed_minor: int
    paid_out_minor: int
    payments: Sequence[PaymentAnswer]
    payouts: Sequence[PayoutAnswer]
    disputed_minor: int
    charged_back_minor: int
    open_minor: int


class VouchersBody(Body):
    """Make vouchers.

    Attributes:
        value_minor: What each is worth, in minor units.
        note: For the office, such as whom they are for.
        ends_at: From when on nothing is spent of them; null for never.
    """

    value_minor: Amount
    currency: Currency = "EUR"
    count: VoucherCount = 1
    note: VoucherNote = ""
    ends_at: Moment | None = None


class CheckBody(Body):
    """A voucher's code, as its holder says it."""

    code: VoucherCode


class VoucherStateAnswer(Answer):
    """A voucher; amounts in minor units.

    Attributes:
        spent_minor: What is off it.
        unbooked_minor: What of that tills have charged for sales that have not come: for seconds
            while they sell; for longer where a till has died, or its journal waits.
    """

    id: str
    currency: str
    value_minor: int
    spent_minor: int
    unbooked_minor: int
    note: str
    ends_at: datetime | None
    created_by: str
    created_at: datetime
    withdrawn_at: datetime | None


class MadeAnswer(Answer):
    """A new voucher; its code is told this once."""

    voucher: VoucherStateAnswer
    code: str
