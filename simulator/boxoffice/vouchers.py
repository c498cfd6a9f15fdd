"""Vouchers as people have them: some worth much, some little, and one in other money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import select

from server.db.unit import Context, Unit
from server.payments.models import VoucherSpend
from server.payments.schemas import VouchersBody
from server.payments.vouchers import make_vouchers, withdraw_voucher
from shared.sales.tenders import VOUCHER, Tender
from simulator.boxoffice.books import Charge
from simulator.boxoffice.record import BoxOfficeRecord, HeldVoucher, WithdrawnVoucher
from simulator.home_record import after_commit
from simulator.kernel.dice import Dice
from simulator.venue import Venue
from simulator.world import World

WRONG: Final = "0000-0000-0000-0000"
PAID: Final = "paid"


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


async def withdraw(world: World, record: BoxOfficeRecord, held: HeldVoucher) -> None:
    """Let the office withdraw one, and note how it stood just then."""

    async def do(unit: Unit) -> None:
        row = await withdraw_voucher(unit, held.id)
        paid = select(VoucherSpend.id).where(
            VoucherSpend.voucher_id == held.id, VoucherSpend.state == PAID
        )
        charges = frozenset((await unit.session.execute(paid)).scalars())
        spent = row.spent_minor
        after_commit(unit.session, lambda: note(spent, charges))

    def note(spent: int, charges: frozenset[str]) -> None:
        now = world.stage.now()
        one = WithdrawnVoucher(id=held.id, spent=spent, charges=charges, ended=now)
        record.withdrawn[held.id] = one
        world.stage.trace.note("office", f"withdraws {held.id}, of which {spent} are gone")

    await world.at_server(do)


def judge_withdrawn(
    record: BoxOfficeRecord, spent: Mapping[str, int], charges: Mapping[str, Charge]
) -> Iterator[str]:
    """Yield each withdrawn voucher that has paid for something since, or got something back.

    What open sales had of it may come back to it: they are given up, and nobody is owed it.

    Args:
        record: What was seen.
        spent: What is off each voucher by now, by its id.
        charges: By tills, by id, as they stand now.
    """
    for one in record.withdrawn.values():
        standing = [charges[name] for name in one.charges]
        unsold = sum(charge.amount for charge in standing if charge.state != PAID)
        if spent[one.id] != one.spent - unsold:
            yield (
                f"{one.spent} were off a voucher when it was withdrawn, {unsold} of that were for"
                f" sales that were given up, and {spent[one.id]} are off it now"
            )


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
