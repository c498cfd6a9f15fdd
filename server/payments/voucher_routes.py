"""Vouchers of an organization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Unit, Units
from server.http.body_and_answer_types import Page, answer_of
from server.http.list_search_and_filters import Search
from server.http.page_cursors import SORTS
from server.http.retrying import look_again
from server.keys.vault import Vault
from server.orders.routes import ClientKey
from server.payments import vouchers
from server.payments.models import Voucher
from server.payments.schemas import CheckBody, MadeAnswer, VouchersBody, VoucherStateAnswer
from server.payments.till_vouchers import unbooked_of

VOUCHERS = "/organizations/{organization_id:str}/vouchers"
READ = requires(Role.STAFF, "orders:read")
CHECK = requires(Role.STAFF, "orders:write")
"""Whoever takes a voucher; a key that only reads could try codes."""
WRITE = requires(Role.MANAGER, "orders:write")


@post(VOUCHERS, tags=["payments"], guards=[WRITE])
@look_again
async def make_vouchers(
    data: JSONBody[VouchersBody],
    units: NamedDependency[Units],
    vault: NamedDependency[Vault],
    client_key: ClientKey = None,
) -> Sequence[MadeAnswer]:
    """Make vouchers; their codes are kept as hashes, and told again only for the same key."""
    async with units.write() as unit:
        codes: Sequence[str] = ()
        if client_key is not None:
            codes = vouchers.keyed_codes(vault.derive(vouchers.KEYED), unit, client_key)
        made = await vouchers.make_vouchers(unit, data, actor=units.actor, codes=codes)
        return [MadeAnswer(voucher=_answer(one.voucher), code=one.code) for one in made]


@get(VOUCHERS, tags=["payments"], guards=[READ], opt={SORTS: vouchers.VOUCHER_ORDER})
async def list_vouchers(
    search: NamedDependency[Search],
    units: NamedDependency[Units],
    is_withdrawn: Annotated[bool | None, QueryParameter(name="withdrawn")] = None,
    is_spent: Annotated[bool | None, QueryParameter(name="spent")] = None,
) -> Page[VoucherStateAnswer]:
    """List vouchers, in order of their ids."""
    async with units.read() as unit:
        unbooked: dict[str, int] = {}

        async def prepare(rows: Sequence[Voucher]) -> None:
            unbooked.update(await unbooked_of(unit, [row.id for row in rows]))

        return await search.page(
            unit,
            vouchers.select_vouchers(is_withdrawn=is_withdrawn, is_spent=is_spent),
            vouchers.VOUCHER_ORDER,
            convert=lambda row: _answer(row, unbooked.get(row.id, 0)),
            prepare=prepare,
        )


@post(VOUCHERS + "/check", status_code=200, tags=["payments"], guards=[CHECK])
async def check_voucher(
    data: JSONBody[CheckBody], units: NamedDependency[Units]
) -> VoucherStateAnswer:
    """Tell what is left on the voucher that a code stands for."""
    async with units.read() as unit:
        return await _told(unit, await vouchers.find_voucher(unit, data.code))


@post(VOUCHERS + "/{voucher_id:str}/withdraw", status_code=200, tags=["payments"], guards=[WRITE])
@look_again
async def withdraw_voucher(
    units: NamedDependency[Units], voucher_id: FromPath[str]
) -> VoucherStateAnswer:
    """Let nothing more be spent of a voucher."""
    async with units.write() as unit:
        return await _told(unit, await vouchers.withdraw_voucher(unit, voucher_id))


async def _told(unit: Unit, row: Voucher) -> VoucherStateAnswer:
    return _answer(row, (await unbooked_of(unit, [row.id])).get(row.id, 0))


def _answer(row: Voucher, unbooked_minor: int = 0) -> VoucherStateAnswer:
    return answer_of(VoucherStateAnswer, row, unbooked_minor=unbooked_minor)
