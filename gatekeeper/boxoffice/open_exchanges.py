"""What sales that are not finished have taken in exchange: neither back nor good meanwhile."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.boxoffice.answers import OpenSale
from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from gatekeeper.store.store import Store
from shared.admission.offline_policy import Rung
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import TicketId
from shared.sales.sale_refusals import Refusal, SaleReason

IN_EXCHANGE: Final = "it is being exchanged in an unfinished sale: finish that sale or cancel it"
_OPEN: Final = msgspec.msgpack.Decoder(OpenSale)


def list_open_exchanges(store: Store) -> list[WithdrawalBody]:
    """Return what sales which are not finished have taken in exchange."""
    drafts = (_OPEN.decode(record) for record in store.open_sales.list_all())
    return [body for draft in drafts for body in draft.ended]


def list_withdrawals(journal: DrawerJournal, store: Store) -> list[WithdrawalBody]:
    """Return what this till has taken back, and what its open exchanges are about to."""
    return [*journal.withdrawals(), *list_open_exchanges(store)]


def tickets_in_open_exchanges(store: Store) -> frozenset[TicketId]:
    """Return the tickets that sales which are not finished have taken in exchange."""
    return frozenset(body.ticket_id for body in list_open_exchanges(store))


def used_meanwhile(store: Store, draft: OpenSale) -> Refusal | None:
    """Return why a sale takes a ticket in exchange no more: cut off, nobody held it back.

    What the ledger has claimed opens no gate that asks it.
    """
    for body in draft.ended:
        uses = store.uses.records_of(body.ticket_id) if body.mode == Rung.OFFLINE else ()
        is_used = any(use.direction == "in" and not use.annulled for use in uses)
        if is_used and body.ticket_id not in draft.used:
            text = (
                "the ticket that is to be exchanged has been used to enter since: cancel the sale"
            )
            return Refusal(SaleReason.NOT_ALLOWED, text)
    return None
