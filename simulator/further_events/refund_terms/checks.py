"""What refund terms promise, reckoned ticket by ticket from the terms as the organizer set them.

Of a refund goes back what they give at its moment, by the plan that the till has heard of or by
the office's own; all of the price only where a supervisor's badge says so, or where a sale of the
open shift is voided that no other ticket has paid. A ticket that is taken for another pays of it
what that costs, and of the rest goes back what the terms give: nobody has more back by a chain of
exchanges. With it goes its part of the line's tax. The office's books owe for each ticket what
went back of it, and nobody is accused. Of what went back for less a manager may owe the rest: then
it is owed whole, with all of its tax, however often that was said, and no more is ever sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import msgspec

from shared.journal.entry import ReleaseBody
from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import TicketId
from shared.kernel.instant import SECOND, Duration
from simulator.boxoffice.money import tax_of_part
from simulator.further_events.refund_terms.evening import RefundTerms
from simulator.further_events.refund_terms.record import PRICES, AskedBack, money_back
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import LedgerView, view_ledger
from simulator.judging.seen_visits import Card

APART: Final[Duration] = 30 * SECOND
"""Clocks, their corrections and the way of a question are never wrong by more."""


class OfficeBooks(msgspec.Struct):
    """What the office's books say when it is quiet.

    Attributes:
        noted: What is noted as owed for each ticket, one after another.
        tax: The tax in that.
        accounts: How the money stands of each order of which a rest was owed.
    """

    noted: dict[TicketId, list[int]]
    tax: dict[TicketId, int]
    accounts: dict[str, dict[str, Any]]


class TermsEvidence(EveningEvidence[RefundTerms, Card]):
    """All of it, when it is quiet."""

    def __init__(self, evening: RefundTerms, ledger: LedgerView, books: OfficeBooks) -> None:
        """Have what the office's books owe for each ticket as well."""
        super().__init__(evening, ledger)
        self.books = books

    @cached_property
    def sales(self) -> list[SaleBody]:
        """The till's sales, by its journal."""
        return [one.body for one in self.held.values() if isinstance(one.body, SaleBody)]

    @cached_property
    def gone(self) -> list[WithdrawalBody]:
        """What the till took back by its journal, and did not give up again."""
        bodies = [one.body for one in self.held.values()]
        released = {one.claim_id for one in bodies if isinstance(one, ReleaseBody)}
        return [
            one
            for one in bodies
            if isinstance(one, WithdrawalBody) and one.claim_id not in released
        ]

    def price_of(self, ticket_id: int) -> int:
        """Return what a ticket cost, by its type alone."""
        (code,) = [
            one.ticket_type_code
            for sale in self.sales
            for one in sale.tickets
            if one.ticket_id == ticket_id
        ]
        return PRICES[self.evening.site.codes.index(code)]

    def sale_of(self, ticket_id: int) -> SaleBody:
        """Return the sale that a ticket was of."""
        sales = self.sales
        (found,) = [one for one in sales if any(it.ticket_id == ticket_id for it in one.tickets)]
        return found

    def is_of_exchange(self, ticket_id: int) -> bool:
        """Tell whether a ticket was paid by another one."""
        sale_id = self.sale_of(ticket_id).sale_id
        return any(one.credited_to == sale_id for one in self.gone)

    def tax_in(self, ticket_id: int, amount: int) -> int:
        """Return the tax that stands in so much of a ticket's price."""
        sale = self.sale_of(ticket_id)
        (ticket,) = [one for one in sale.tickets if one.ticket_id == ticket_id]
        line = sale.lines[ticket.line]
        ours = [other for other in sale.tickets if other.line == ticket.line]
        before = sum(other.price_minor for other in ours[: ours.index(ticket)])
        return tax_of_part(line.tax_minor, line.gross_minor, before, amount)

    def twice(self) -> set[int]:
        """Return the tickets that till and office both took back."""
        office = {int(one.ticket) for one in self.evening.asked if one.how == "office"}
        return office & {int(one.ticket_id) for one in self.gone}

    def overpaid(self) -> set[int]:
        """Return those of which the till has handed out more than the office's books owe.

        Of the others the money went back once: what the office owed the till has paid, or the
        office's word came when the till had paid, and owes nothing more.
        """
        noted, handed = self.books.noted, Counter[int]()
        for one in self.gone:
            handed[int(one.ticket_id)] += one.amount_minor
        return {one for one in self.twice() if handed[one] > sum(noted.get(TicketId(one), ()))}

    def given(self, asked: AskedBack, amount: int) -> set[int]:
        """Return what may go back of an amount, by the terms that may have held."""
        if asked.how == "office":
            known = [n for n, one in enumerate(self.evening.said) if one.ended < asked.began]
            possible = [n for n, one in enumerate(self.evening.said) if one.began <= asked.ended]
        else:
            known = [n for n, one in enumerate(self.evening.said) if one.version <= asked.heard]
            possible = [n for n, one in enumerate(self.evening.said) if one.version <= asked.hears]
        first, last = asked.began - APART, asked.ended + APART
        found = set()
        for number in range(max(known, default=0), max(possible, default=0) + 1):
            rules = self.evening.said[number].rules
            ends = [one.until for one in rules if one.until is not None]
            moments = [first, last, *(one for one in ends if first <= one <= last)]
            found |= {money_back(rules, amount, one) for one in moments}
        return found


def check_till(evidence: TermsEvidence) -> Iterator[str]:
    """Yield each ticket of which the till has handed out something else than it had to."""
    for one in evidence.gone:
        asked = [
            it
            for it in evidence.evening.asked
            if it.how != "office" and (it.how == "void" or it.ticket == one.ticket_id)
        ]
        due = set().union(*(_due(evidence, one, it) for it in asked))
        if evidence.has_true_server and one.amount_minor - one.credited_minor not in due:
            back = one.amount_minor - one.credited_minor
            yield f"{_name(one)}: {back} went back, and it had to be one of {sorted(due)}"


def _due(evidence: TermsEvidence, one: WithdrawalBody, asked: AskedBack) -> set[int]:
    """Return what may go back of a ticket if that was what somebody asked for."""
    price = evidence.price_of(one.ticket_id)
    if asked.how == "exchange":
        if one.purpose != "exchange":
            return set()
        return evidence.given(asked, max(0, price - PRICES[asked.to]))
    if asked.how == "void":
        is_whole = one.purpose == "void" and not evidence.is_of_exchange(one.ticket_id)
        if one.purpose != "void":
            return set()
        return {price} if is_whole else evidence.given(asked, price)
    if one.purpose != "refund":
        return set()
    return {price} if asked.how == "full" else evidence.given(asked, price)


def check_shown(evidence: TermsEvidence) -> Iterator[str]:
    """Yield each guest who has less back than was shown, or was sent away though it was not less.

    Whoever thinks it over until the terms give less is told, and still has the ticket.
    """
    for one in evidence.gone:
        back = one.amount_minor - one.credited_minor
        ways = {"refund": {"refund", "full"}}.get(one.purpose, {one.purpose})
        may = [
            it
            for it in evidence.evening.asked
            if it.ticket == one.ticket_id and it.how in ways and it.reason in {"", "ok"}
        ]
        if may and all(back < it.shown for it in may):
            yield f"{_name(one)}: {back} went back, and {min(it.shown for it in may)} was shown"
    for asked in evidence.evening.asked:
        if asked.reason != "less_back" or not evidence.has_true_server:
            continue
        price = evidence.price_of(asked.ticket)
        amount = max(0, price - PRICES[asked.to]) if asked.how == "exchange" else price
        if asked.shown <= min(evidence.given(asked, amount)):
            yield f"ticket {asked.ticket:016x}: {asked.shown} was shown, and as much goes back"


def check_exchanges(evidence: TermsEvidence) -> Iterator[str]:
    """Yield each sale that is not paid by just what it costs: by an older ticket and by card."""
    for sale in evidence.sales:
        cost = sum(evidence.price_of(one.ticket_id) for one in sale.tickets)
        given = [one for one in evidence.gone if one.credited_to == sale.sale_id]
        worth = min(cost, sum(evidence.price_of(one.ticket_id) for one in given))
        paid = {part.kind: part.amount_minor for part in sale.payments}
        due = {"exchange": worth, "card": cost - worth}
        if paid != {kind: amount for kind, amount in due.items() if amount}:
            yield f"sale {sale.sale_id[-4:]} is paid by {paid}, and costs {due}"


def check_tax(evidence: TermsEvidence) -> Iterator[str]:
    """Yield each ticket of which other tax went back than stands in what went back."""
    for one in evidence.gone:
        due = evidence.tax_in(one.ticket_id, one.amount_minor)
        if one.tax_minor != due:
            yield f"{_name(one)}: {one.tax_minor} of tax in {one.amount_minor}, and it is {due}"


def check_office(evidence: TermsEvidence) -> Iterator[str]:
    """Yield each ticket for which the office owes something else than it had to."""
    twice = evidence.twice()
    for one in evidence.gone:
        owed = evidence.books.noted.get(TicketId(one.ticket_id), [0])[0]
        if owed != one.amount_minor and int(one.ticket_id) not in twice:
            yield f"{_name(one)}: {one.amount_minor} at the till, {owed} by the books"
    for asked in evidence.evening.asked:
        if asked.how != "office" or not evidence.has_true_server:
            continue
        due = evidence.given(asked, evidence.price_of(asked.ticket))
        owed = evidence.books.noted.get(asked.ticket, [0])[0]
        if owed not in due and int(asked.ticket) not in twice:
            yield f"ticket {asked.ticket:016x}: the office owes {owed}, and should one of {due}"


def check_rests(evidence: TermsEvidence) -> Iterator[str]:
    """Yield each ticket that was to be owed whole and is not, and what is owed beyond that."""
    rests = {one.ticket: one for one in evidence.evening.rests}
    for ticket, parts in evidence.books.noted.items():
        price, rest = evidence.price_of(ticket), rests.get(ticket)
        name = f"ticket {ticket:016x} of {price}"
        if rest is None:
            if len(parts) > 1:
                yield f"{name}: {parts} are owed, and nobody said so"
            continue
        if parts != [rest.first, price - rest.first]:
            yield f"{name}: {parts} are owed of what a manager has said to be owed whole"
        if rest.sent != price - rest.first:
            yield f"{name}: {rest.sent} were sent beside {rest.first}"
        tax = evidence.tax_in(ticket, price)
        if evidence.books.tax[ticket] != tax:
            yield f"{name}: {evidence.books.tax[ticket]} of tax are owed with it, and it has {tax}"
    for order_id, account in evidence.books.accounts.items():
        ours = [one for one in rests.values() if one.order_id == order_id]
        tickets = {one.ticket_id for one in evidence.sale_of(ours[0].ticket).tickets}
        if tickets & evidence.twice():
            continue
        back = sum(one.sent for one in ours)
        back += sum(one.amount_minor for one in evidence.gone if one.ticket_id in tickets)
        if account["paid_out_minor"] != back:
            yield f"order {order_id}: {back} went back, {account['paid_out_minor']} by its books"


def check_accused(evidence: TermsEvidence) -> Iterator[str]:
    """Yield who is accused for nothing: only what till and office have both paid is named."""
    twice = evidence.twice()
    for ticket in evidence.overpaid() - {one.ticket_id for one in evidence.ledger.conflicts}:
        yield f"ticket {ticket:016x} was paid back twice, and nobody is told"
    # More than was paid may have gone out of such a sale: whichever came last is told of.
    sales = [{int(one.ticket_id) for one in sale.tickets} for sale in evidence.sales]
    excused = set().union(*(sale for sale in sales if sale & twice))
    for conflict in evidence.ledger.conflicts:
        is_of_clock = conflict.kind in OF_CLOCKS
        if conflict.ticket_id not in excused and (evidence.has_true_server or not is_of_clock):
            yield f"conflict {conflict.kind} of {conflict.subject}, for nothing"
    yield from evidence.wrong


async def judge_terms(evening: RefundTerms) -> list[Violation]:
    """Read everything, and run every check."""
    books = OfficeBooks(
        noted=await evening.read_noted(),
        tax=await evening.read_tax(),
        accounts={one.order_id: await evening.read_account(one.order_id) for one in evening.rests},
    )
    ledger = await view_ledger(evening.server, evening.site.event_id)
    evidence = TermsEvidence(evening, ledger, books)
    return run_checks(
        "terms",
        evidence,
        check_till,
        check_shown,
        check_exchanges,
        check_tax,
        check_office,
        check_rests,
        check_accused,
    )


def _name(one: WithdrawalBody) -> str:
    return f"{one.purpose} of {one.ticket_id:016x} ({one.mode})"
