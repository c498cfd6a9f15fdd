"""Vouchers at connected tills: charged before the sale is made, found out, and given back.

A till that hears nothing does not know whether it was charged. It asks by the payment's name: what
was never asked for by then is void for good, so that a request that was delayed charges nobody
afterwards. The sale that comes says the charge's reference; until then what is off the voucher
stands here, for the organizer to see.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, select

from server.db.unit import Unit, locked
from server.keys.voucher_codes import VoucherCodes, VoucherPayment, read_reference
from server.orders.placing_orders import Order
from server.payments.models import VoucherSpend
from server.payments.vouchers import find_hashed, refill_voucher, take_off, take_off_again
from server.problem_answers import Problem
from server.quotas import VOUCHERS_UNSOLD_MAX, check
from shared.journal.sale_body import SalePayment as SoldFor
from shared.kernel import ids
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import DeviceId
from shared.kernel.packing import pack
from shared.kernel.same_fields import made_of
from shared.wire.voucher import (
    VoucherAnswer,
    VoucherCharge,
    VoucherNo,
    VoucherQuestion,
    VoucherState,
)

SPEND: Final = "vs"
PAID: Final = "paid"
REVERSED: Final = "reversed"
VOID: Final = "void"


async def charge(
    unit: Unit, device_id: DeviceId, asked: VoucherCharge, codes: VoucherCodes
) -> VoucherAnswer:
    """Let a voucher pay, once for each name.

    Raises:
        Problem: `conflict` if something else was asked for under the name; `quota-exceeded`.
    """
    digest = sha256(pack([asked.event_id, asked.code_hash, asked.amount_minor, asked.currency]))
    known = await _find(unit, device_id, asked.name)
    if known is not None:
        if known.state != VOID and known.digest != digest:
            raise Problem("conflict", "Another payment has that name.")
        return _said(known, codes)
    voucher = await find_hashed(unit, bytes.fromhex(asked.code_hash))
    if voucher is None:
        return VoucherAnswer(state=VoucherState.DECLINED, why=VoucherNo.UNKNOWN)
    await _check_unsold(unit, device_id)
    why = await take_off(unit, voucher, asked.amount_minor, asked.currency)
    left = voucher.value_minor - voucher.spent_minor
    if why is not None:
        return VoucherAnswer(state=VoucherState.DECLINED, left_minor=left, why=why)
    row = VoucherSpend(
        id=ids.new_id(SPEND, unit.entropy),
        organization_id=unit.organization_id,
        device_id=device_id,
        name=asked.name,
        event_id=asked.event_id,
        digest=digest,
        state=PAID,
        amount_minor=asked.amount_minor,
        currency=asked.currency,
        voucher_id=voucher.id,
        order_id=None,
        created_at=unit.now,
    )
    await unit.add(row)
    return VoucherAnswer(
        state=VoucherState.PAID, reference=codes.refer(_payment(row)), left_minor=left
    )


async def find_charge(
    unit: Unit, device_id: DeviceId, asked: VoucherQuestion, codes: VoucherCodes
) -> VoucherAnswer:
    """Tell how a payment stands; one that was never made is void from now on.

    Raises:
        Problem: `quota-exceeded`.
    """
    known = await _find(unit, device_id, asked.name)
    return _said(known or await _void(unit, device_id, asked), codes)


async def reverse_charge(
    unit: Unit, device_id: DeviceId, asked: VoucherQuestion, codes: VoucherCodes
) -> VoucherAnswer:
    """Put a payment back on its voucher, unless its sale has come.

    Raises:
        Problem: `quota-exceeded`.
    """
    known = await _find(unit, device_id, asked.name)
    if known is not None and known.state == PAID and known.order_id is None:
        await _put_back(unit, known)
    return _said(known or await _void(unit, device_id, asked), codes)


async def put_given_up_back(unit: Unit, device_id: DeviceId, sale_id: str) -> None:
    """Put back what a till has charged for a sale that was given up, as its journal says.

    It asked for that then; a ledger that was put back to an older copy has forgotten it.
    """
    query = select(VoucherSpend).where(
        VoucherSpend.device_id == device_id,
        VoucherSpend.name.startswith(f"{sale_id}-", autoescape=True),
        VoucherSpend.state == PAID,
        VoucherSpend.order_id.is_(None),
    )
    for row in await unit.all(locked(query.order_by(VoucherSpend.name))):
        await _put_back(unit, row)


async def _put_back(unit: Unit, row: VoucherSpend) -> None:
    assert row.voucher_id is not None
    row.state = REVERSED
    await unit.session.flush()
    await refill_voucher(unit, row.voucher_id, row.amount_minor)


async def unbooked_of(unit: Unit, voucher_ids: Collection[str]) -> dict[str, int]:
    """Sum what tills have charged of vouchers for sales that have not come, by voucher's id."""
    if not voucher_ids:
        return {}
    query = (
        select(VoucherSpend.voucher_id, func.sum(VoucherSpend.amount_minor))
        .where(
            VoucherSpend.voucher_id.in_(voucher_ids),
            VoucherSpend.state == PAID,
            VoucherSpend.order_id.is_(None),
        )
        .group_by(VoucherSpend.voucher_id)
    )
    found = (await unit.session.execute(query)).all()
    return {str(voucher_id): int(total) for voucher_id, total in found}


async def bind_charge(unit: Unit, order: Order, part: SoldFor, codes: VoucherCodes) -> str | None:
    """Give the sale that has come the charge that it names.

    A ledger that was put back to an older copy has forgotten the charge, and takes it off its
    voucher again: the reference shows that it was made here.

    Returns:
        The voucher's id; None if the till was not charged that: then nothing is off any voucher.
    """
    charge_id, _, _ = read_reference(part.reference)
    query = select(VoucherSpend).where(VoucherSpend.id == charge_id).with_for_update()
    row = await unit.find(query)
    if row is None:
        return await _charge_again(unit, order, part, codes)
    is_theirs = row.device_id == str(order.created_by) and row.event_id == order.event_id
    is_that = (row.amount_minor, row.currency) == (part.amount_minor, order.currency)
    if not is_theirs or not is_that or row.state != PAID or row.order_id is not None:
        return None
    row.order_id = order.id
    await unit.session.flush()
    return row.voucher_id


async def _charge_again(
    unit: Unit, order: Order, part: SoldFor, codes: VoucherCodes
) -> str | None:
    charge_id, voucher_id, code = read_reference(part.reference)
    row = VoucherSpend(
        id=charge_id,
        organization_id=unit.organization_id,
        device_id=DeviceId(order.created_by or ""),
        # The till's own name of it is forgotten. Drawn, so that no till can have asked by it: such
        # a name is void for good, and its sale could not be booked.
        name=ids.new_id(SPEND, unit.entropy),
        event_id=order.event_id,
        digest=b"",
        state=PAID,
        amount_minor=part.amount_minor,
        currency=order.currency,
        voucher_id=voucher_id,
        order_id=order.id,
        created_at=unit.now,
    )
    if not codes.proves(_payment(row), code):
        return None
    if not await take_off_again(unit, voucher_id, part.amount_minor):
        return None
    await unit.add(row)
    return voucher_id


def _payment(row: VoucherSpend) -> VoucherPayment:
    return made_of(VoucherPayment, row, charge_id=row.id, voucher_id=row.voucher_id or "")


async def _find(unit: Unit, device_id: DeviceId, name: str) -> VoucherSpend | None:
    query = select(VoucherSpend).where(
        VoucherSpend.device_id == device_id, VoucherSpend.name == name
    )
    return await unit.find(locked(query))


async def _void(unit: Unit, device_id: DeviceId, asked: VoucherQuestion) -> VoucherSpend:
    await _check_unsold(unit, device_id)
    row = VoucherSpend(
        id=ids.new_id(SPEND, unit.entropy),
        organization_id=unit.organization_id,
        device_id=device_id,
        name=asked.name,
        event_id=asked.event_id,
        digest=b"",
        state=VOID,
        amount_minor=0,
        currency="",
        voucher_id=None,
        order_id=None,
        created_at=unit.now,
    )
    return await unit.add(row)


async def _check_unsold(unit: Unit, device_id: DeviceId) -> None:
    """Let no till keep rows without end: it needs no sale to be charged and given back.

    Raises:
        Problem: `quota-exceeded`.
    """
    query = select(func.count()).where(
        VoucherSpend.device_id == device_id, VoucherSpend.order_id.is_(None)
    )
    count = int((await unit.session.execute(query)).scalar_one())
    check(count, VOUCHERS_UNSOLD_MAX, "payments by voucher without a sale, of one till")


def _said(row: VoucherSpend, codes: VoucherCodes) -> VoucherAnswer:
    if row.state == VOID:
        return VoucherAnswer(state=VoucherState.DECLINED)
    reference = codes.refer(_payment(row))
    if row.state == REVERSED:
        return VoucherAnswer(state=VoucherState.REVERSED, reference=reference)
    state = VoucherState.PAID if row.order_id is None else VoucherState.BOOKED
    return VoucherAnswer(state=state, reference=reference)
