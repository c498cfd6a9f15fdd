"""Vouchers as people have them: some worth much, some little, and one in other money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.db.unit import Context
from server.payments.schemas import VouchersBody
from server.payments.vouchers import make_vouchers
from shared.sales.tenders import VOUCHER, Tender
from simulator.boxoffice.record import BoxOfficeRecord, HeldVoucher
from simulator.kernel.dice import Dice
from simulator.venue import Venue

WRONG: Final = "0000-0000-0000-0000"


async def hand_out(
    context: Context, venue: Venue, record: BoxOfficeRecord, count: int, dice: Dice
) -> None:
    """Make some; the last one is of another currency."""
    async with context.write(venue.organization_id) as unit:
        for number in range(count):
            is_other = number == count - 1
            currency = record.currency
            if is_other:
                currency = "EUR" if currency != "EUR" else "USD"
            value = dice.pick((dice.between(500, 3_000), dice.between(5_000, 90_000)))
            wanted = VouchersBody(count=1, value_minor=value, currency=currency)
            (made,) = await make_vouchers(unit, wanted, actor="organizer")
            voucher = HeldVoucher(made.voucher.id, made.code, value, currency)
            record.vouchers.append(voucher)


def draw_vouchers(held: Sequence[HeldVoucher], some: int, dice: Dice) -> tuple[Tender, ...]:
    """Draw how somebody pays who has a voucher: with all of it, or with a part."""

    def by_voucher(amount: int | None = None) -> Tender:
        code = dice.pick(held).code if dice.chance(0.95) else WRONG
        return Tender(kind=VOUCHER, code=code, amount_minor=amount)

    match dice.below(5):
        case 0:
            return (by_voucher(),)
        case 1:
            return (by_voucher(some), Tender(kind="cash"))
        case 2:
            return (by_voucher(some), Tender(kind="card"))
        case 3:
            return (Tender(kind="cash", amount_minor=some), by_voucher())
        case _:
            return (by_voucher(some), by_voucher())
