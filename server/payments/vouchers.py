"""Vouchers that are worth money: spent at once or in parts, and never beyond what is on them.

A voucher is a payment, not a discount: what it pays for was sold at its price. Of its code only
the hash is kept; who made it saw it once. Spending asks the ledger, so it needs a connection.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from sqlalchemy import Select, select, update

from server.db.unit import Unit
from server.http.body_and_answer_types import to_instant
from server.http.page_cursors import RowOrder
from server.payments.models import Voucher
from server.payments.schemas import VouchersBody
from server.problem_answers import Problem, not_found, wrong_field
from shared.field_limits import VOUCHERS_AT_ONCE_MAX
from shared.kernel import ids
from shared.kernel.currencies import digits_of
from shared.kernel.errors import BadInput
from shared.kernel.instant import Instant
from shared.kernel.message_authentication_codes import tag
from shared.kernel.packing import pack
from shared.sales.voucher_code import CODE_SIZE, draw_code, hash_voucher_code, write_code
from shared.wire.voucher import VoucherNo
from shared.wire.work_reasons import WorkReason

__all__ = ["Voucher"]
"""The rows that other domains read."""

VOUCHER: Final = "vc"
KEYED: Final = b"gatekeeper/vkey1"
"""What the vault derives the secret of callers' keys for."""


class MadeVoucher(msgspec.Struct, frozen=True):
    """A voucher and its code, which is told this once."""

    voucher: Voucher
    code: str


def keyed_codes(secret: bytes, unit: Unit, client_key: str) -> Sequence[str]:
    """Return all codes of a caller's key, the same each time: no table keeps them.

    Args:
        secret: The vault's for `KEYED`; without it a key tells nobody its codes.
        unit: The organization's.
        client_key: The caller's.
    """
    place = unit.organization_id, client_key
    numbers = range(VOUCHERS_AT_ONCE_MAX)
    return [write_code(tag(secret, pack((*place, number)))[:CODE_SIZE]) for number in numbers]


async def make_vouchers(
    unit: Unit, wanted: VouchersBody, *, actor: str, codes: Sequence[str] = ()
) -> list[MadeVoucher]:
    """Make vouchers with codes of 80 bits. Idempotent by those of a key.

    Args:
        unit: A writing one.
        wanted: What is wanted.
        actor: Whoever makes them: nobody else is told their codes.
        codes: Of the caller's key, as many as may be made at once; random ones without.

    Raises:
        Problem: wrong fields, if there is no such currency; `conflict` if the codes' key was used
            for something else, or by somebody else.
    """
    try:
        digits_of(wanted.currency)
    except BadInput as error:
        raise wrong_field("currency", str(error)) from None
    assert wanted.count <= VOUCHERS_AT_ONCE_MAX
    codes = codes or [draw_code(unit.entropy) for _ in range(wanted.count)]
    hashes = [hash_voucher_code(unit.organization_id, code) for code in codes]
    rows = await unit.all(select(Voucher).where(Voucher.code_hash.in_(hashes)))
    made = {row.code_hash: row for row in rows}
    ends_at = to_instant(wanted.ends_at)
    new = [
        Voucher(
            id=ids.new_id(VOUCHER, unit.entropy),
            code_hash=code_hash,
            currency=wanted.currency,
            value_minor=wanted.value_minor,
            spent_minor=0,
            note=wanted.note,
            ends_at=ends_at,
            created_by=actor,
            created_at=unit.now,
            withdrawn_at=None,
        )
        for code_hash in hashes[: wanted.count]
    ]
    if not made:
        unit.session.add_all(new)
        await unit.session.flush()
        return [MadeVoucher(*one) for one in zip(new, codes, strict=False)]
    if set(made) != set(hashes[: wanted.count]) or _said(rows[0]) != _said(new[0]):
        raise Problem("conflict", "This idempotency key was used for something else.")
    return [MadeVoucher(made[one.code_hash], code) for one, code in zip(new, codes, strict=False)]


def _said(row: Voucher) -> tuple[object, ...]:
    return row.currency, row.value_minor, row.note, row.ends_at, row.created_by


VOUCHER_ORDER: Final = RowOrder(
    Voucher.id,
    fields={
        "value_minor": Voucher.value_minor,
        "spent_minor": Voucher.spent_minor,
        "note": Voucher.note,
        "ends_at": Voucher.ends_at,
        "created_at": Voucher.created_at,
        "withdrawn_at": Voucher.withdrawn_at,
    },
)


def select_vouchers(*, is_withdrawn: bool | None, is_spent: bool | None) -> Select[Voucher]:
    """Ask for vouchers: those that were withdrawn or not, those with nothing left or not."""
    query = select(Voucher)
    if is_withdrawn is not None:
        query = query.where(Voucher.withdrawn_at.is_not(None) == is_withdrawn)
    if is_spent is not None:
        query = query.where((Voucher.spent_minor >= Voucher.value_minor) == is_spent)
    return query


async def find_voucher(unit: Unit, code: str) -> Voucher:
    """Return the voucher that a code stands for.

    Raises:
        Problem: `not-found`.
    """
    row = await find_hashed(unit, hash_voucher_code(unit.organization_id, code))
    if row is None:
        raise not_found("voucher")
    return row


async def find_hashed(unit: Unit, code_hash: bytes) -> Voucher | None:
    """Return the voucher of which a hash is the code's, or None."""
    query = select(Voucher).where(Voucher.code_hash == code_hash)
    return await unit.find(query)


async def withdraw_voucher(unit: Unit, voucher_id: str) -> Voucher:
    """Let nothing more be spent of a voucher. Idempotent.

    Raises:
        Problem: `not-found`.
    """
    query = select(Voucher).where(Voucher.id == voucher_id).with_for_update()
    row = await unit.get(query, "voucher")
    if row.withdrawn_at is None:
        row.withdrawn_at = unit.now
    await unit.session.flush()
    return row


async def spend_voucher(unit: Unit, code: str, amount_minor: int, currency: str) -> Voucher:
    """Take an amount off a voucher, all of it or none.

    Raises:
        Problem: `not-found`; `conflict` if it has ended, was withdrawn, is of another currency, or
            less is left on it.
    """
    row = await find_voucher(unit, code)
    why = await take_off(unit, row, amount_minor, currency)
    if why is None:
        return row
    left = row.value_minor - row.spent_minor
    words = {
        VoucherNo.WITHDRAWN: "The voucher was withdrawn.",
        VoucherNo.ENDED: "The voucher has expired.",
        VoucherNo.OTHER_CURRENCY: f"The voucher is in {row.currency}.",
        VoucherNo.TOO_LITTLE: f"Only {left} minor units are left on the voucher.",
    }
    codes = {VoucherNo.WITHDRAWN: "voucher.withdrawn", VoucherNo.ENDED: "voucher.ended"}
    because = WorkReason(codes[why]) if why in codes else None
    raise Problem("conflict", words[why], because=because)


async def take_off(unit: Unit, row: Voucher, amount_minor: int, currency: str) -> VoucherNo | None:
    """Take an amount off a voucher, all of it or none.

    Returns:
        Why not, or None; `row` is as it stands then.
    """
    if row.withdrawn_at is not None:
        return VoucherNo.WITHDRAWN
    if row.ends_at is not None and unit.now >= row.ends_at:
        return VoucherNo.ENDED
    if row.currency != currency:
        return VoucherNo.OTHER_CURRENCY
    spent = await unit.change(
        update(Voucher)
        .where(
            Voucher.id == row.id,
            Voucher.spent_minor + amount_minor <= Voucher.value_minor,
            Voucher.withdrawn_at.is_(None),
        )
        .values(spent_minor=Voucher.spent_minor + amount_minor)
        .returning(Voucher.id)
    )
    is_spent = spent.scalar_one_or_none() is not None
    await unit.session.refresh(row)
    return None if is_spent else VoucherNo.TOO_LITTLE


async def take_off_again(unit: Unit, voucher_id: str, amount_minor: int) -> bool:
    """Take off a voucher what it had paid before the ledger forgot it; all of it or none.

    It paid then, whether it has ended or was withdrawn since.

    Returns:
        Whether so much was left on it.
    """
    spent = await unit.change(
        update(Voucher)
        .where(Voucher.id == voucher_id, Voucher.spent_minor + amount_minor <= Voucher.value_minor)
        .values(spent_minor=Voucher.spent_minor + amount_minor)
        .returning(Voucher.id)
    )
    return spent.scalar_one_or_none() is not None


async def find_over(unit: Unit, voucher_ids: Collection[str]) -> dict[str, str]:
    """Say of vouchers of which nothing can be spent any more why, by their ids; of others nothing.

    They are locked: nobody withdraws one while something goes back onto it.
    """
    query = select(Voucher).where(Voucher.id.in_(voucher_ids)).order_by(Voucher.id)
    rows = await unit.all(query.with_for_update()) if voucher_ids else ()
    why = {row.id: _say_over(row, unit.now) for row in rows}
    return {voucher_id: said for voucher_id, said in why.items() if said}


def say_nothing_back(why: str) -> str:
    """Say that nothing goes back onto a voucher, and what else can be done."""
    return (
        f"The voucher that paid {why}: its holder would have nothing of what goes back onto it."
        " Pay it back by another tender, which takes a supervisor and a reason."
    )


def _say_over(row: Voucher, now: Instant) -> str:
    if row.withdrawn_at is not None:
        return "was withdrawn"
    return "has ended" if row.ends_at is not None and now >= row.ends_at else ""


async def refill_voucher(unit: Unit, voucher_id: str, amount_minor: int) -> None:
    """Put back on a voucher what it had paid and what goes back.

    Whoever is owed it has nothing of one that is over: see `find_over`.
    """
    await unit.change(
        update(Voucher)
        .where(Voucher.id == voucher_id, Voucher.spent_minor >= amount_minor)
        .values(spent_minor=Voucher.spent_minor - amount_minor)
    )
