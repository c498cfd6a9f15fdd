"""Tax contained in prices, in the three ways in which receipts round it.

By `line` each ticket's tax is rounded by itself. By `sum_by_net` the tickets' net prices stay, tax
is reckoned on their sum for each rate, and the total moves by a few minor units (EN 16931, for
businesses). By `sum_by_net_keep_gross` what is paid stays, tax is reckoned on the sum for each
rate, and net prices move. Five tickets at 100.00 with 19 %: 79.85 of 500.00, 79.83 of 499.98,
79.83 of 500.00.

Not every gross amount has a net that yields it (15.00 with 19 % has none): what is paid is what
was asked for, and tax is `half_up(gross x rate / (1 + rate))` of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from shared.sales.dividing_money import WHOLE, half_up, spread


class TaxRounding(StrEnum):
    """Where tax is rounded. The value is its word on the wire."""

    LINE = "line"
    SUM_BY_NET = "sum_by_net"
    SUM_BY_NET_KEEP_GROSS = "sum_by_net_keep_gross"


class Taxable(msgspec.Struct, frozen=True):
    """A line of a basket after its discount, with its fee.

    Attributes:
        gross_minor: What it comes to, in minor units.
        basis_points: Its rate of tax: 1,900 are 19 %.
        count: How many tickets it is for, at least one.
    """

    gross_minor: int
    basis_points: int
    count: int = 1


class Taxed(msgspec.Struct, frozen=True):
    """What of a line is tax.

    Attributes:
        tax_minor: Contained in the line's gross after its rounding.
        rounding_minor: What the line's gross moves by; 0 but under `sum_by_net`.
    """

    tax_minor: int
    rounding_minor: int = 0


def contained_tax(gross_minor: int, basis_points: int) -> int:
    """Return the tax within a gross amount, in minor units, half up."""
    return half_up(gross_minor * basis_points, WHOLE + basis_points)


def added_tax(net_minor: int, basis_points: int) -> int:
    """Return the tax upon a net amount, in minor units, half up."""
    return half_up(net_minor * basis_points, WHOLE)


def reckon_tax(lines: Sequence[Taxable], mode: TaxRounding) -> tuple[Taxed, ...]:
    """Tell what of each line of one receipt is tax.

    Under the two modes that round on the sum, the lines' parts sum exactly to the tax of each
    rate's sum; each part is within a minor unit of its exact share.

    Returns:
        In the order of the lines.
    """
    by_line = [_tax_by_ticket(line) for line in lines]
    if mode is TaxRounding.LINE:
        return tuple(Taxed(tax) for tax in by_line)
    taxed = [Taxed(tax) for tax in by_line]
    for rate in sorted({line.basis_points for line in lines}):
        at_rate = [index for index, line in enumerate(lines) if line.basis_points == rate]
        if mode is TaxRounding.SUM_BY_NET:
            done = _keep_net([lines[i] for i in at_rate], [by_line[i] for i in at_rate], rate)
        else:
            done = _keep_gross([lines[i] for i in at_rate], rate)
        for index, one in zip(at_rate, done, strict=True):
            taxed[index] = one
    return tuple(taxed)


def share_of_tax(tax_minor: int, paid_minor: int, before_minor: int, now_minor: int) -> int:
    """Return the part of a line's tax that goes back with a part of what was paid.

    Cumulative: however a line is refunded, in one part or in many, the parts of its tax sum to the
    tax of what went back altogether.

    Args:
        tax_minor: The line's tax.
        paid_minor: What was paid for the line.
        before_minor: What of it went back before.
        now_minor: What goes back now; with `before_minor` at most `paid_minor`.
    """
    if paid_minor == 0:
        return 0
    after = half_up(tax_minor * (before_minor + now_minor), paid_minor)
    return after - half_up(tax_minor * before_minor, paid_minor)


def _tax_by_ticket(line: Taxable) -> int:
    """Return a line's tax, rounded for each of its tickets by itself."""
    price, dearer = divmod(line.gross_minor, line.count)
    rate = line.basis_points
    dear = contained_tax(price + 1, rate) * dearer
    return dear + contained_tax(price, rate) * (line.count - dearer)


def _keep_gross(lines: Sequence[Taxable], rate: int) -> list[Taxed]:
    gross = [line.gross_minor for line in lines]
    return [Taxed(tax) for tax in spread(contained_tax(sum(gross), rate), gross)]


def _keep_net(lines: Sequence[Taxable], taxes: Sequence[int], rate: int) -> list[Taxed]:
    nets = [line.gross_minor - tax for line, tax in zip(lines, taxes, strict=True)]
    parts = spread(added_tax(sum(nets), rate), nets)
    return [Taxed(part, part - tax) for part, tax in zip(parts, taxes, strict=True)]
