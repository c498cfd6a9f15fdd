"""A drawer's fold against a ledger that is kept another way: coin by coin, in exact fractions."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import msgspec
import pytest

from shared.journal.chain import decode_body, encode_body
from shared.journal.entry import Body
from shared.journal.sale_body import SaleBody, SaleLine, SalePayment, SoldTicket
from shared.journal.shift_body import SUMS_MAX, ShiftAct, ShiftBody, ShiftSums
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId, TicketId
from shared.sales.shift_totals import (
    OTHERS_CODE,
    RATES_MAX,
    TYPES_MAX,
    DrawerEntry,
    ShiftFold,
    fold_shift,
)
from tests.factories.strength import sized
from tests.unit.shared.journal.test_shift_body import entry_with

EVENT = "ev_1"
SHIFT = "5a" * 16


class Evening:
    """An evening at a till, made at random; beside each entry what it does to piles of money.

    The oracle keeps no sums: it holds every coin movement as (pile, amount) and adds up at the
    end, in units of the currency as fractions, where the fold counts minor units.
    """

    def __init__(self, seed: int, currency: str, decimals: int) -> None:
        self.chance = random.Random(seed)
        self.currency, self.unit = currency, Fraction(1, 10**decimals)
        self.entries: list[DrawerEntry] = []
        self.moves: list[tuple[str, Fraction]] = []
        self.sold: list[tuple[TicketId, int, int, int, int]] = []
        self.seq = self.chance.randrange(1, 1000)
        self.receipt = self.chance.randrange(0, 50)
        self.acts = 0
        self.act(ShiftAct.OPEN, amount := self.amount())
        self.move("drawer", amount)

    def amount(self, most: int = 100_000) -> int:
        return self.chance.choice((0, 1, 5, 99, self.chance.randrange(most)))

    def move(self, pile: str, minor: int) -> None:
        self.moves.append((pile, minor * self.unit))

    def pile(self, name: str) -> Fraction:
        return sum((amount for pile, amount in self.moves if pile == name), Fraction(0))

    def count(self, name: str) -> int:
        return Counter(pile for pile, _ in self.moves)[name]

    def add(self, body: Body) -> None:
        self.seq += self.chance.choice((1, 1, 1, 4))  # scans and notes of the same device between
        self.entries.append(DrawerEntry(self.seq, EVENT, body))

    def act(self, act: ShiftAct, amount: int = 0, **more: object) -> None:
        self.acts += 1
        body = ShiftBody(
            shift_id=SHIFT,
            number=self.acts,
            act=act,
            amount_minor=amount,
            currency=self.currency,
            cashier="ca_1",
        )
        self.add(msgspec.structs.replace(body, **more))

    def sell(self) -> None:
        lines, tickets = [], []
        for place in range(self.chance.choice((1, 1, 2, 5))):
            code, rate = self.chance.randrange(1, 6), self.chance.choice((0, 700, 1900))
            unit, count = self.amount(), self.chance.randrange(1, 5)
            discount = self.chance.choice((0, unit * count // 10))
            fee = self.chance.choice((0, 50))
            gross = unit * count - discount + fee
            tax = gross * rate // (10_000 + rate)
            lines.append(
                SaleLine(
                    ticket_type_code=code,
                    count=count,
                    unit_minor=unit,
                    discount_minor=discount,
                    fee_minor=fee,
                    tax_basis_points=rate,
                    tax_minor=tax,
                )
            )
            self.move(f"gross {rate}", gross)
            self.move(f"tax {rate}", tax)
            self.move(f"type {code}", gross)
            shares = shared_out(tax, count)
            for number in range(count):
                ticket_id = TicketId(self.chance.getrandbits(64))
                tickets.append(_ticket(ticket_id, code, place, gross // count))
                self.sold.append((ticket_id, code, rate, gross // count, shares[number]))
                self.move("ticket", 1)
        total = sum(line.gross_minor for line in lines)
        self.receipt += 1
        self.add(
            SaleBody(
                sale_id=f"{self.chance.getrandbits(128):032x}",
                receipt_number=self.receipt,
                currency=self.currency,
                total_minor=total,
                tender="split",
                tickets=tuple(tickets),
                lines=tuple(lines),
                payments=(parts := self.pay(total))[0],
                rounding_minor=parts[1],
                shift_id=self.chance.choice((SHIFT, "")),
            )
        )
        self.move("sold", total)

    def pay(self, total: int) -> tuple[tuple[SalePayment, ...], int]:
        """Split a total over tenders; cash is rounded to fives, with change."""
        card = self.chance.choice((0, total, total // 3))
        cash, parts = total - card, []
        rounding = 0 if card else round(cash / 5) * 5 - cash
        if card:
            state = self.chance.choice(("paid", "paid", "unknown"))
            parts.append(SalePayment(kind="card", amount_minor=card, state=state))
            self.move("card" if state == "paid" else "unknown", card)
        if cash or not card:
            change = self.chance.randrange(0, 500)
            given = cash + rounding + change
            parts.append(
                SalePayment(
                    kind="cash",
                    amount_minor=cash + rounding,
                    given_minor=given,
                    change_minor=change,
                )
            )
            self.move("drawer", given)
            self.move("drawer", -change)
            self.move("rounding", rounding)
        return tuple(parts), rounding

    def pay_back(self) -> None:
        if not self.sold:
            return
        ticket_id, code, rate, price, share = self.sold.pop(self.chance.randrange(len(self.sold)))
        purpose = self.chance.choice(("void", "refund", "exchange", "reprint", "hand_over"))
        paid = self.chance.choice((price, price // 2, 0))
        if purpose in {"reprint", "hand_over"}:
            paid = 0
        tender, tax = self.chance.choice(("cash", "card")), paid * rate // (10_000 + rate)
        is_said = self.chance.choice((True, False))
        if not is_said:
            tax = share if paid == price else int(Fraction(share * paid, price or 1))
        self.add(
            WithdrawalBody(
                claim_id=ClaimId(f"{self.chance.getrandbits(128):032x}"),
                ticket_id=ticket_id,
                generation=0,
                purpose=purpose,
                mode="offline",
                currency=self.currency,
                amount_minor=paid,
                tender=tender if paid else "",
                ticket_type_code=code if is_said else 0,
                tax_basis_points=rate if is_said else 0,
                tax_minor=tax if is_said else 0,
                shift_id=self.chance.choice((SHIFT, "")),
            )
        )
        if purpose in {"void", "refund", "exchange"}:
            self.move("paid back", paid)
            self.move("voids" if purpose == "void" else "others back", paid)
            if paid:
                self.move("drawer" if tender == "cash" else "card", -paid)
                self.move(f"gross {rate}", -paid)
                self.move(f"tax {rate}", -tax)

    def handle_cash(self) -> None:
        act = self.chance.choice(
            (
                ShiftAct.PAID_IN,
                ShiftAct.PAID_OUT,
                ShiftAct.DROP,
                ShiftAct.NO_SALE,
                ShiftAct.TENDER_MOVED,
                ShiftAct.COUNT,
                ShiftAct.X_REPORT,
            )
        )
        amount = self.amount()
        match act:
            case ShiftAct.TENDER_MOVED:
                first, second = self.chance.choice((("cash", "card"), ("card", "cash")))
                self.act(act, amount, tender=first, tender_to=second)
                self.move("drawer", -amount if first == "cash" else amount)
                self.move("card", amount if first == "cash" else -amount)
            case ShiftAct.PAID_IN:
                self.act(act, amount)
                self.move("drawer", amount)
            case ShiftAct.PAID_OUT | ShiftAct.DROP:
                self.act(act, amount)
                self.move("drawer", -amount)
                self.move(act.value, amount)
            case ShiftAct.NO_SALE:
                self.act(act)
                self.move("no sale", 0)
            case _:
                self.act(act, amount if act == ShiftAct.COUNT else 0)

    def play(self, steps: int) -> None:
        for _ in range(steps):
            self.chance.choice((self.sell, self.sell, self.pay_back, self.handle_cash))()


def shared_out(tax: int, count: int) -> list[int]:
    """Share a line's tax out as one counts coins: what is due so far, less what was given."""
    given: list[int] = []
    for number in range(1, count + 1):
        due = int(Fraction(tax * number, count))
        given.append(due - sum(given))
    return given


def _ticket(ticket_id: TicketId, code: int, line: int, price: int = 0) -> SoldTicket:
    return SoldTicket(
        ticket_id=ticket_id,
        ticket_type_code=code,
        generation=0,
        key_id=1,
        manual_code=1,
        valid_from=None,
        valid_until=None,
        price_minor=price,
        line=line,
    )


def tender(sums: ShiftSums, kind: str) -> int:
    return sum(one.net_minor for one in sums.tenders if one.kind == kind)


def seeds() -> Iterator[tuple[int, str, int]]:
    """Yield evenings in currencies of 0, 2 and 3 decimals."""
    for seed in range(sized(99, 300)):
        yield seed, *(("JPY", 0), ("EUR", 2), ("KWD", 3))[seed % 3]


def test_random_evenings_come_to_the_same_as_every_coin_counted_one_by_one() -> None:
    """Drawer, tenders, tax per rate, types, counts; an X report itself changes nothing."""
    for seed, currency, decimals in seeds():
        evening = Evening(seed, currency, decimals)
        evening.play(25)
        fold = fold_shift(evening.entries)
        assert fold is not None
        sums, unit = fold.sums(), evening.unit
        assert sums.expected_minor * unit == evening.pile("drawer"), seed
        assert tender(sums, "cash") * unit == evening.pile("drawer") - unit * (
            sums.float_minor + sums.paid_in_minor - sums.paid_out_minor - sums.dropped_minor
        )
        assert tender(sums, "card") * unit == evening.pile("card")
        assert sum(one.unknown_minor for one in sums.tenders) * unit == evening.pile("unknown")
        assert sums.gross_minor * unit == evening.pile("sold")
        assert sums.payout_minor * unit == evening.pile("paid back")
        assert sums.rounding_minor * unit == evening.pile("rounding")
        for one in sums.taxes:
            assert one.gross_minor * unit == evening.pile(f"gross {one.basis_points}")
            assert one.tax_minor * unit == evening.pile(f"tax {one.basis_points}")
        for kind in sums.types:
            assert kind.sold_minor * unit == evening.pile(f"type {kind.code}")
        counts = (sums.sale_count, sums.ticket_count, sums.payout_count, sums.void_count)
        assert counts == tuple(
            evening.count(name) for name in ("sold", "ticket", "paid back", "voids")
        )
        assert sums.no_sale_count == evening.count("no sale")
        assert sums.gross_minor + sums.rounding_minor == sum(
            one.sale_minor + one.unknown_minor for one in sums.tenders
        )
        assert sum(one.gross_minor for one in sums.taxes) == sums.gross_minor - sums.payout_minor
        assert (sums.first_seq, sums.last_seq) == (evening.entries[0].seq, evening.seq)
        assert sums.entry_count == len(evening.entries)


def close(evening: Evening, counted: int) -> ShiftFold:
    """Count and close; returns the fold of all."""
    fold = fold_shift(evening.entries)
    assert fold is not None
    evening.act(ShiftAct.COUNT, counted)
    before = fold_shift(evening.entries)
    assert before is not None
    evening.act(ShiftAct.CLOSE, counted, z_number=1, sums=before.sums())
    closed = fold_shift(evening.entries)
    assert closed is not None
    return closed


def test_z_report_is_what_the_entries_before_it_come_to_and_nothing_after_counts() -> None:
    """Whoever has the entries computes the figures that the close has signed."""
    evening = Evening(7, "EUR", 2)
    evening.play(30)
    fold = close(evening, 12_345)
    assert fold.closed is not None
    assert fold.own == fold.closed.sums
    before = fold.sums()
    assert not fold.add(DrawerEntry(evening.seq + 1, EVENT, evening.entries[0].body))
    assert fold.sums() == before
    counting = fold.countings[-1]
    assert counting.difference_minor == 12_345 - before.expected_minor


def test_sums_of_a_report_pass_through_an_entry_unchanged() -> None:
    """What the till signs is read back as it was computed."""
    evening = Evening(11, "KWD", 3)
    evening.play(40)
    fold = close(evening, 1)
    assert fold.closed is not None
    assert decode_body(entry_with(encode_body(fold.closed))) == fold.closed


def test_entries_of_another_shift_or_currency_are_named_and_not_counted() -> None:
    """Money of two drawers, or of two kinds, is never added up."""
    evening = Evening(3, "EUR", 2)
    first = fold_shift(evening.entries)
    evening.sell()
    mine = evening.entries.pop().body
    assert isinstance(mine, SaleBody)
    evening.add(msgspec.structs.replace(mine, shift_id="ff" * 16))
    evening.add(msgspec.structs.replace(mine, shift_id=SHIFT, currency="CHF"))
    fold = fold_shift(evening.entries)
    assert fold is not None
    assert first is not None
    assert fold.sums().gross_minor == first.sums().gross_minor == 0
    assert fold.others == [entry.seq for entry in evening.entries[-2:]]


def test_sale_of_the_version_before_counts_by_its_tickets_and_its_tender() -> None:
    """It has neither lines nor payments."""
    evening = Evening(3, "EUR", 2)
    old = SaleBody(
        sale_id="1",
        receipt_number=4,
        currency="EUR",
        total_minor=5_000,
        tender="cash",
        tickets=tuple(
            msgspec.structs.replace(_ticket(TicketId(n), 1, 0), price_minor=2_500) for n in (1, 2)
        ),
    )
    evening.add(old)
    fold = fold_shift(evening.entries)
    assert fold is not None
    sums = fold.sums()
    assert (tender(sums, "cash"), sums.ticket_count, sums.types[0].sold_minor) == (5_000, 2, 5_000)


@pytest.mark.parametrize("act", [ShiftAct.HAND_OVER, ShiftAct.COUNT])
def test_a_count_stands_beside_what_was_expected_then(act: ShiftAct) -> None:
    """A recount is kept as well; a hand-over makes the drawer another cashier's."""
    evening = Evening(5, "EUR", 2)
    expected = evening.entries[0].body
    assert isinstance(expected, ShiftBody)
    evening.act(act, 7, receiver="ca_2" if act == ShiftAct.HAND_OVER else "")
    evening.act(ShiftAct.COUNT, 9)
    fold = fold_shift(evening.entries)
    assert fold is not None
    assert [one.counted_minor for one in fold.countings] == [7, 9]
    assert fold.countings[0].expected_minor == expected.amount_minor
    assert fold.countings[1].cashier == ("ca_2" if act == ShiftAct.HAND_OVER else "ca_1")
    assert fold.last_count == fold.countings[1]
    evening.act(ShiftAct.X_REPORT)
    fold = fold_shift(evening.entries)
    assert fold is not None
    assert fold.last_count is not None
    evening.act(ShiftAct.DROP, 1)
    fold = fold_shift(evening.entries)
    assert fold is not None
    assert fold.last_count is None, "what was counted before cash moved is no count any more"


def test_report_of_more_types_and_rates_than_an_entry_holds_still_closes() -> None:
    """The rest stands in one line; the sums are whole, and the entry fits."""
    evening = Evening(5, "EUR", 2)
    for number in range(TYPES_MAX + 40):
        line = SaleLine(ticket_type_code=number, count=1, unit_minor=100, tax_basis_points=number)
        evening.add(
            SaleBody(
                sale_id=str(number),
                receipt_number=number + 1,
                currency="EUR",
                total_minor=100,
                tender="cash",
                tickets=(),
                lines=(line,),
            )
        )
    fold = fold_shift(evening.entries)
    assert fold is not None
    sums = fold.sums()
    assert (len(sums.types), len(sums.taxes)) == (TYPES_MAX + 1, RATES_MAX + 1)
    assert (sums.types[-1].code, sums.taxes[-1].basis_points) == (OTHERS_CODE, OTHERS_CODE)
    assert sum(one.sold_minor for one in sums.types) == sums.gross_minor == 100 * (TYPES_MAX + 40)
    assert sum(one.gross_minor for one in sums.taxes) == sums.gross_minor
    closed = close(evening, 5).closed
    assert closed is not None
    assert len(encode_body(closed)) < 12_000


def test_no_drawer_is_so_full_that_it_cannot_be_closed() -> None:
    """Sums stop at their bound, so that the close can be signed and read."""
    evening = Evening(5, "EUR", 2)
    for _ in range(1_100):
        evening.act(ShiftAct.PAID_IN, 10**12)
    closed = close(evening, 10**12).closed
    assert closed is not None
    assert closed.sums is not None
    assert closed.sums.paid_in_minor == SUMS_MAX
    assert decode_body(entry_with(encode_body(closed))) == closed


def test_what_does_not_begin_with_an_opening_is_no_shift() -> None:
    """Neither is nothing."""
    evening = Evening(5, "EUR", 2)
    evening.act(ShiftAct.DROP, 1)
    assert fold_shift(evening.entries[1:]) is None
    assert fold_shift([]) is None
