"""Tax within prices, in three ways of rounding."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sales.dividing_money import WHOLE
from shared.sales.tax import (
    Taxable,
    TaxRounding,
    added_tax,
    contained_tax,
    reckon_tax,
    share_of_tax,
)

LINES = st.lists(
    st.builds(
        Taxable,
        st.integers(0, 10**8),
        st.sampled_from([0, 250, 700, 770, 1_000, 1_900, 2_000, 2_500, 10_000]),
        st.integers(1, 100),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("mode", "tax", "gross"),
    [
        (TaxRounding.LINE, 7_985, 50_000),
        (TaxRounding.SUM_BY_NET, 7_983, 49_998),
        (TaxRounding.SUM_BY_NET_KEEP_GROSS, 7_983, 50_000),
    ],
)
@pytest.mark.parametrize("as_one_line", [True, False])
def test_five_at_a_hundred_with_nineteen_percent(
    mode: TaxRounding, tax: int, gross: int, *, as_one_line: bool
) -> None:
    """The published example, as five lines and as one line of five."""
    lines = [Taxable(50_000, 1_900, 5)] if as_one_line else [Taxable(10_000, 1_900)] * 5
    taxed = reckon_tax(lines, mode)
    assert sum(one.tax_minor for one in taxed) == tax
    assert 50_000 + sum(one.rounding_minor for one in taxed) == gross


def test_three_at_nine_ninety_nine() -> None:
    """On the sum it is 4.79; by line it would be 4.80."""
    lines = [Taxable(999, 1_900)] * 3
    kept = reckon_tax(lines, TaxRounding.SUM_BY_NET_KEEP_GROSS)
    assert [one.tax_minor for one in kept] == [160, 160, 159]
    assert sum(one.tax_minor for one in reckon_tax(lines, TaxRounding.LINE)) == 480


def test_gross_without_a_net_keeps_what_was_asked() -> None:
    """15.00 with 19 % has no net that yields it: 12.61 and 2.40 would be 15.01."""
    assert contained_tax(1_500, 1_900) == 239
    assert added_tax(1_261, 1_900) == 240
    for mode in (TaxRounding.LINE, TaxRounding.SUM_BY_NET_KEEP_GROSS):
        (taxed,) = reckon_tax([Taxable(1_500, 1_900)], mode)
        assert (taxed.tax_minor, taxed.rounding_minor) == (239, 0)


@given(LINES)
def test_kept_gross_is_taxed_on_each_rates_sum(lines: list[Taxable]) -> None:
    """The lines' taxes are the sum's tax, to the minor unit; nothing else moves."""
    taxed = reckon_tax(lines, TaxRounding.SUM_BY_NET_KEEP_GROSS)
    assert all(one.rounding_minor == 0 for one in taxed)
    for rate in {line.basis_points for line in lines}:
        ours = [index for index, line in enumerate(lines) if line.basis_points == rate]
        gross = sum(lines[index].gross_minor for index in ours)
        assert sum(taxed[index].tax_minor for index in ours) == contained_tax(gross, rate)


@given(LINES)
def test_kept_net_is_taxed_on_each_rates_sum(lines: list[Taxable]) -> None:
    """Net prices are those of each ticket by itself; the tax is that of their sum."""
    by_line = reckon_tax(lines, TaxRounding.LINE)
    taxed = reckon_tax(lines, TaxRounding.SUM_BY_NET)
    for rate in {line.basis_points for line in lines}:
        ours = [index for index, line in enumerate(lines) if line.basis_points == rate]
        nets = [lines[index].gross_minor - by_line[index].tax_minor for index in ours]
        now = [
            lines[index].gross_minor + taxed[index].rounding_minor - taxed[index].tax_minor
            for index in ours
        ]
        assert now == nets
        assert sum(taxed[index].tax_minor for index in ours) == added_tax(sum(nets), rate)


@given(LINES, st.sampled_from(TaxRounding))
def test_tax_is_within_the_price_and_near_its_share(
    lines: list[Taxable], mode: TaxRounding
) -> None:
    """Never negative, never above the price, never off by more than a unit for each ticket."""
    for line, one in zip(lines, reckon_tax(lines, mode), strict=True):
        gross = line.gross_minor + one.rounding_minor
        assert 0 <= one.tax_minor <= gross or gross == one.tax_minor == 0
        exact = Fraction(line.gross_minor * line.basis_points, WHOLE + line.basis_points)
        assert abs(one.tax_minor - exact) <= line.count + 1


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_parts_of_a_refund_take_all_of_the_tax_back(tax: int, parts: list[int]) -> None:
    """However a line is refunded, its tax goes back to the minor unit."""
    paid = sum(parts)
    tax = min(tax, paid)
    before, back = 0, 0
    for part in parts:
        share = share_of_tax(tax, paid, before, part)
        assert 0 <= share <= tax
        before, back = before + part, back + share
    assert back == tax
