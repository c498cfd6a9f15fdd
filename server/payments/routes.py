"""Payments of an order, and money that goes back."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.personal_columns import RUN_KEYS, TILL_KEYS
from server.db.unit import Units
from server.http.body_and_answer_types import answer_of, says_nothing
from server.http.parameters import AnyRequest
from server.http.retrying import look_again
from server.orders.placing_orders import get_order
from server.orders.routes import ORDER, ClientKey
from server.payments import payments_and_payouts
from server.payments.schemas import (
    AccountAnswer,
    FactBody,
    PaymentAnswer,
    PaymentBody,
    PayoutAnswer,
    PayoutBody,
    PayoutFactBody,
)
from server.problem_answers import wrong_field
from server.ticketing.ports import ChangeFeed
from server.ticketing.refund_rights import is_managers
from shared.kernel.id_types import EventId, OrderId

PAYMENTS = ORDER + "/payments"
PAYMENT = PAYMENTS + "/{payment_id:str}"
PAYOUTS = ORDER + "/payouts"
PAYOUT = PAYOUTS + "/{payout_id:str}"
READ = requires(Role.STAFF, "orders:read")
WRITE = requires(Role.BOX_OFFICE, "orders:write")


@get(PAYMENTS, tags=["payments"], guards=[READ])
async def get_account(
    units: NamedDependency[Units], event_id: FromPath[EventId], order_id: FromPath[OrderId]
) -> AccountAnswer:
    """Return an order's payments, what went back, and what is left either way."""
    async with units.read() as unit:
        placed = await get_order(unit, event_id, order_id)
        account = await payments_and_payouts.read_account(unit, placed.order)
    return answer_of(
        AccountAnswer,
        account,
        order_id=order_id,
        currency=account.order.currency,
        payments=[_answer(row) for row in account.payments],
        payouts=[
            answer_of(PayoutAnswer, row, is_held=row.id in account.held) for row in account.payouts
        ],
        disputed_minor=sum(row.disputed_minor for row in account.payments),
        charged_back_minor=sum(row.lost_minor for row in account.payments),
        open_minor=max(0, account.open_minor),
    )


@post(PAYMENTS, tags=["payments"], guards=[WRITE])
@look_again
async def add_payment(
    data: JSONBody[PaymentBody],
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    event_id: FromPath[EventId],
    order_id: FromPath[OrderId],
    client_key: ClientKey = None,
) -> PaymentAnswer:
    """Book a payment; what pays all that is due makes the order paid and its tickets valid."""
    if (data.tender == "voucher") != (data.code is not None):
        raise wrong_field("code", "is the voucher's: given with the tender voucher, and only then")
    wanted = payments_and_payouts.WantedPayment(
        tender=data.tender,
        amount_minor=data.amount_minor,
        reference=data.reference,
        fact=data.fact,
        client_key=_own(client_key),
        code=data.code,
    )
    async with units.write() as unit:
        payment = await payments_and_payouts.add_payment(
            unit, changes, event_id, order_id, wanted, actor=units.actor
        )
        return _answer(payment)


@post(PAYMENT + "/facts", status_code=200, tags=["payments"], guards=[WRITE])
@look_again
async def note_fact(
    data: JSONBody[FactBody],
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    event_id: FromPath[EventId],
    order_id: FromPath[OrderId],
    payment_id: FromPath[str],
) -> PaymentAnswer:
    """Note what was heard of a payment, in whatever order it is heard."""
    async with units.write() as unit:
        payment = await payments_and_payouts.note_fact(
            unit,
            changes,
            event_id,
            order_id,
            payment_id,
            data.fact,
            amount_minor=data.amount_minor,
            actor=units.actor,
        )
        return _answer(payment)


@post(PAYOUTS, tags=["payments"], guards=[WRITE])
@look_again
async def pay_out(
    data: JSONBody[PayoutBody],
    request: AnyRequest,
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    order_id: FromPath[OrderId],
    client_key: ClientKey = None,
) -> list[PayoutAnswer]:
    """Let what is owed go back, to the tenders that it came by, the newest first.

    Another tender takes a manager, who names the supervisor that allows it.
    """
    if says_nothing(data.reason):
        raise wrong_field("reason", "is empty")
    wanted = payments_and_payouts.WantedPayout(
        amount_minor=data.amount_minor,
        reason=data.reason,
        tender=data.tender,
        authorized_by=data.authorized_by or "",
        fact=data.fact,
        client_key=_own(client_key),
    )
    async with units.write() as unit:
        is_theirs, actor = is_managers(request), units.actor
        made = await payments_and_payouts.pay_out(
            unit, event_id, order_id, wanted, actor=actor, is_managers=is_theirs
        )
        return [answer_of(PayoutAnswer, row, is_held=False) for row in made]


@post(PAYOUT + "/facts", status_code=200, tags=["payments"], guards=[WRITE])
@look_again
async def note_payout_fact(
    data: JSONBody[PayoutFactBody],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    order_id: FromPath[OrderId],
    payout_id: FromPath[str],
) -> PayoutAnswer:
    """Note what became of money that goes back, in whatever order it is heard."""
    async with units.write() as unit:
        payout = await payments_and_payouts.note_payout_fact(
            unit,
            event_id,
            order_id,
            payout_id,
            data.fact,
            actor=units.actor,
        )
        held = await payments_and_payouts.find_held(unit, [payout])
        return answer_of(PayoutAnswer, payout, is_held=payout.id in held)


def _answer(row: payments_and_payouts.Payment) -> PaymentAnswer:
    return answer_of(PaymentAnswer, row, charged_back_minor=row.lost_minor)


def _own(client_key: str | None) -> str | None:
    for taken in (TILL_KEYS, RUN_KEYS):
        if client_key is not None and client_key.startswith(taken):
            raise wrong_field("Idempotency-Key", f"begins with {taken}, as the ledger's own do")
    return client_key
