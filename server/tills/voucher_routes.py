"""What tills ask about vouchers: only connected, since only the ledger knows what is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from server.db.unit import Context, Unit
from server.devices.proofs import admitted_device
from server.events.lifecycle import SELLABLE
from server.events.service import get_event
from server.http.retrying import look_again
from server.keys.vault import Vault
from server.keys.voucher_codes import PURPOSE, VoucherCodes
from server.payments import till_vouchers
from server.problems import Problem
from server.tills.till_keys import check_till
from shared.kernel.id_types import DeviceId
from shared.wire.voucher import VoucherAnswer, VoucherCharge, VoucherQuestion

AnyRequest = Request[Any, Any, Any]
VOUCHERS = "/till-vouchers"


@post(VOUCHERS + "/pay", status_code=200, tags=["sync"])
@look_again
async def pay_by_voucher(
    data: JSONBody[VoucherCharge], request: AnyRequest, context: NamedDependency[Context]
) -> VoucherAnswer:
    """Let a voucher pay for what a till is about to sell; one name is charged once."""
    device = admitted_device(request.scope)
    async with context.write(device.organization_id) as unit:
        await check_till(unit, device.id, data.event_id)
        if (await get_event(unit, data.event_id)).state not in SELLABLE:
            raise Problem("conflict", "The event is not on sale.")
        return await till_vouchers.charge(unit, device.id, data, _codes(request))


@post(VOUCHERS + "/find", status_code=200, tags=["sync"])
@look_again
async def find_voucher_payment(
    data: JSONBody[VoucherQuestion], request: AnyRequest, context: NamedDependency[Context]
) -> VoucherAnswer:
    """Tell whether a voucher paid; what was never charged by then never will be."""
    return await _ask(till_vouchers.find_charge, data, request, context)


@post(VOUCHERS + "/reverse", status_code=200, tags=["sync"])
@look_again
async def reverse_voucher_payment(
    data: JSONBody[VoucherQuestion], request: AnyRequest, context: NamedDependency[Context]
) -> VoucherAnswer:
    """Put a payment back on its voucher, unless the sale that it paid has come."""
    return await _ask(till_vouchers.reverse_charge, data, request, context)


async def _ask(
    work: Callable[[Unit, DeviceId, VoucherQuestion, VoucherCodes], Awaitable[VoucherAnswer]],
    asked: VoucherQuestion,
    request: AnyRequest,
    context: Context,
) -> VoucherAnswer:
    device = admitted_device(request.scope)
    async with context.write(device.organization_id) as unit:
        await check_till(unit, device.id, asked.event_id)
        return await work(unit, device.id, asked, _codes(request))


def _codes(request: AnyRequest) -> VoucherCodes:
    vault: Vault = request.app.state["vault"]
    return VoucherCodes(vault.derive(PURPOSE))
