"""Guests who came in on a till's ticket before the till sold it: it has sold the id twice.

A till whose folder was put back to a copy of before some sales, none of which was uploaded, sells
the same ids again, and no journal says so. What gates have recorded does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from server.db.hot_path_connections import Transaction
from server.entries.checking_uploaded_entries import check_entry
from server.entries.rows import read_received
from server.ledger.rows import read_sold
from server.ledger.uses import UseRecord
from server.reconciliation.findings import (
    ConflictKind,
    Finding,
    FindingSide,
    is_order_certain,
    side_of_sale,
)
from shared.journal.sale_body import SaleBody
from shared.kernel.id_types import DeviceId, EventId, OrganizationId, TicketId
from shared.kernel.ids import format_ticket_id


def sold_later(
    ticket_id: TicketId,
    till: DeviceId,
    uses: Iterable[UseRecord],
    side_of_use: Callable[[UseRecord], FindingSide],
) -> Finding:
    """Name all who came in on a ticket of a till's; `judge_sold` leaves those of before its sale.

    Args:
        ticket_id: Which.
        till: Out of whose range it is.
        uses: Its passages.
        side_of_use: Says a passage as a side.
    """
    return Finding(
        kind=ConflictKind.SOLD_TWICE,
        subject=format_ticket_id(ticket_id),
        sides=[side_of_use(use) for use in uses if use.direction == "in" and not use.is_annulled],
        ticket_id=ticket_id,
        device_id=till,
        detail=(
            "someone had entered on this ticket before this sale: its till sold it before and"
            " no longer knows, because its folder was restored from an older copy; or someone"
            " else has its key; or the server's clock was changed in between"
        ),
        is_whole=True,
    )


async def judge_sold(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    findings: Sequence[Finding],
) -> list[Finding]:
    """Drop what `sold_later` named of guests who did not surely come before their till's sale."""
    named = {
        one.ticket_id
        for one in findings
        if one.kind is ConflictKind.SOLD_TWICE and one.ticket_id is not None
    }
    sales = await find_sales(transaction, organization_id, event_id, named)
    judged = []
    for finding in findings:
        if finding.kind is not ConflictKind.SOLD_TWICE or finding.ticket_id is None:
            judged.append(finding)
        elif sale := sales.get(finding.ticket_id):
            before = [one for one in finding.sides if _is_before(one, sale)]
            if before:
                judged.append(msgspec.structs.replace(finding, sides=[sale, *before]))
    return judged


async def find_sales(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    ticket_ids: Iterable[TicketId],
) -> dict[TicketId, FindingSide]:
    """Return the entries that sold tickets, as far as their tills' journals are here."""
    places = await read_sold(transaction, organization_id, event_id, ticket_ids)
    held = await read_received(transaction, organization_id, list(places.values()))
    found: dict[TicketId, FindingSide] = {}
    for ticket_id, place in places.items():
        for one in sorted(held.get(place, ()), key=lambda one: one.is_forked):
            checked = check_entry(one.signed, place[0], is_signed=True)
            entry, body = checked.entry, checked.body
            if entry is None or not isinstance(body, SaleBody):
                continue  # in a forked journal another entry stands at the same place
            if any(sold.ticket_id == ticket_id for sold in body.tickets):
                side = side_of_sale(entry, one.signed, one.at, body.sale_id)
                found.setdefault(ticket_id, side)
    return found


def _is_before(entry: FindingSide, sale: FindingSide) -> bool:
    """Whether somebody surely came in before; what was keyed in from paper proves nothing."""
    is_sure = is_order_certain(entry, sale) and not entry.is_by_paper
    return is_sure and entry.at < sale.at
