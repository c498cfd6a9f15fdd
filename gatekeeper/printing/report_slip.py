"""What an X or Z report of a drawer says on a slip, item by item, in a language."""

from __future__ import annotations

from typing import Final

from gatekeeper.printing.common_slip_lines import (
    amount_of,
    centred,
    small,
    tax_lines,
    tender_name,
)
from gatekeeper.printing.documents import DrawerReport
from gatekeeper.printing.slip_items import Gap, Height, Item, Pair, Rule, SlipText
from gatekeeper.wording.texts import Texts
from gatekeeper.wording.tills_and_places import call_till
from gatekeeper.wording.wall_clocks import spell_printed_moment

_CARD: Final = "card"


def compose_report(report: DrawerReport, texts: Texts) -> list[Item]:
    """Return what a report says: whose shift it is, what was sold, how the drawer stands."""
    zone = report.time_zone
    opened = texts.say("paper.opened", time=spell_printed_moment(report.opened_at, zone, texts))
    closed_key = "paper.closed" if report.number else "paper.made"
    closed = texts.say(closed_key, time=spell_printed_moment(report.made_at, zone, texts))
    whose = [call_till(texts, report.till)]
    if report.shift:
        whose.append(texts.say("paper.shift", number=report.shift))
    if report.cashier:
        whose.append(texts.say("paper.cashier", cashier=report.cashier))
    if report.cashier_id:  # two may have one name; entries know them by their ids
        whose.append(texts.isolate(report.cashier_id))
    return [
        *centred(texts.isolate(report.organization), is_bold=True),
        Gap(),
        *centred(name_report(report, texts), height=Height.LARGE, is_bold=True),
        *centred(" · ".join(whose)),
        *centred(opened, height=Height.SMALL),
        *centred(closed, height=Height.SMALL),
        Rule(),
        *_sold(report, texts),
        Rule(),
        *_drawer(report, texts),
        *_entry(report, texts),
        *small(report.fiscal_lines, texts),
        *(_signature(texts) if report.number else []),
    ]


def name_report(report: DrawerReport, texts: Texts) -> str:
    """Say which report it is: a Z report by its number, or an X report."""
    key = "paper.z_report" if report.number else "paper.x_report"
    return texts.say(key, number=report.number)


def _sold(report: DrawerReport, texts: Texts) -> list[Item]:
    def money(minor: int) -> str:
        return amount_of(minor, report.currency, texts)

    def counted(key: str, count: int) -> str:
        return texts.say("paper.counted", what=texts.say(key), number=count)

    items: list[Item] = []
    if report.first_receipt:
        series = f"{report.first_receipt}–{report.last_receipt}"
        items.append(Pair(texts.say("paper.receipts"), texts.isolate(series)))
    items.append(Pair(counted("paper.sales", report.sales_count), money(report.sales_minor)))
    if report.discounts_minor:
        items.append(Pair(texts.say("paper.discounts"), money(report.discounts_minor)))
    refunds = counted("paper.refunds", report.refunds_count)
    items.append(Pair(refunds, money(-report.refunds_minor)))
    if report.rounding_minor:
        items.append(Pair(texts.say("paper.rounding"), money(report.rounding_minor)))
    if report.tenders:  # of one sale there may be several
        items += [Gap(), SlipText(texts.say("paper.payments"))]
    for tender in report.tenders:
        said = texts.say(
            "paper.counted", what=tender_name(tender.kind, texts), number=tender.count
        )
        items.append(Pair(said, money(tender.amount_minor)))
        for key, of_it in (
            ("paper.payment_unknown", tender.unknown_minor),
            ("paper.moved", max(0, tender.moved_minor)),
        ):
            if of_it:
                items.append(Pair(texts.say(key), money(of_it), is_bold=True))
    items += _terminal(report, texts)
    if any(tax.basis_points for tax in report.taxes):
        items += [Gap(), *tax_lines(report.taxes, texts, report.currency)]
    return items


def _terminal(report: DrawerReport, texts: Texts) -> list[Item]:
    """Say what the card terminal has taken, and what its sales do not explain."""
    items: list[Item] = []
    if report.terminal_minor is not None:
        own = amount_of(report.terminal_minor, report.currency, texts)
        items.append(Pair(texts.say("paper.terminal"), own))
        over = report.terminal_minor - sum(
            tender.amount_minor for tender in report.tenders if tender.kind == _CARD
        )
        if over:
            differs = amount_of(over, report.currency, texts)
            items.append(Pair(texts.say("paper.terminal_differs"), differs, is_bold=True))
    if report.open_sales:
        items.append(Pair(texts.say("paper.open_sales"), str(report.open_sales), is_bold=True))
    return items


def _drawer(report: DrawerReport, texts: Texts) -> list[Item]:
    def money(minor: int) -> str:
        return amount_of(minor, report.currency, texts)

    moves = (
        ("paper.float", report.float_minor),
        ("paper.paid_in", report.paid_in_minor),
        ("paper.paid_out", -report.paid_out_minor),
        ("paper.dropped", -report.dropped_minor),
    )
    items: list[Item] = [Pair(texts.say(key), money(minor)) for key, minor in moves if minor]
    if report.no_sales:
        items.append(Pair(texts.say("paper.no_sales"), str(report.no_sales)))
    items.append(Pair(texts.say("paper.expected"), money(report.expected_minor), is_bold=True))
    handed = _hand_overs(report, texts)
    if report.counted_minor is None:
        return [*items, *handed]
    items.append(Pair(texts.say("paper.cash_counted"), money(report.counted_minor), is_bold=True))
    over = report.counted_minor - report.expected_minor
    key = "paper.exact" if over == 0 else "paper.over" if over > 0 else "paper.short"
    items.append(Pair(texts.say(key), money(over), True, Height.LARGE))
    for at, was_over in report.earlier_counts:
        time = spell_printed_moment(at, report.time_zone, texts)
        items.append(Pair(texts.say("paper.earlier_count", time=time), money(was_over)))
    if handed:
        since = over - sum(one.over_minor for one in report.hand_overs)
        items += [*handed, Pair(texts.say("paper.since_hand_over"), money(since))]
    return items


def _hand_overs(report: DrawerReport, texts: Texts) -> list[Item]:
    """Say for each earlier cashier what was over or short: it is not who closes the shift's."""
    zone = report.time_zone
    return [
        Pair(
            texts.say(
                "paper.hand_over",
                time=spell_printed_moment(one.at, zone, texts),
                cashier=one.cashier or "–",
            ),
            amount_of(one.over_minor, report.currency, texts),
        )
        for one in report.hand_overs
    ]


def _entry(report: DrawerReport, texts: Texts) -> list[Item]:
    """Name the signed entry, so that the paper can be held against the journal."""
    if not report.entry_hash:
        return []
    named = texts.say("paper.entry", number=report.entry_seq)
    half = len(report.entry_hash) // 2
    return [Rule(), *small([named, report.entry_hash[:half], report.entry_hash[half:]], texts)]


def _signature(texts: Texts) -> list[Item]:
    """Return room for a name under a Z report."""
    said = centred(texts.say("paper.signature"), height=Height.SMALL)
    return [Gap(), Gap(), Gap(), Rule(), *said]
