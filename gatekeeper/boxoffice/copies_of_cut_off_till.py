"""Copies that a cut-off till makes of what it has sold itself.

No gate would take another credential than the one that was sold, so the same one is printed again:
whoever comes first gets in, once. That a copy was made is in the journal. What another till or the
desk has replaced since is not known here: gates refuse its copy; whoever hands it out reads so.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from gatekeeper.boxoffice.answers import TicketOutcome
from gatekeeper.boxoffice.minting import PAID, claims_of
from gatekeeper.boxoffice.withdrawing import NOT_ASKED
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.recorder import Recorder
from gatekeeper.store.store import Store
from shared.credential.codec import to_digits
from shared.credential.keyring import IdRange
from shared.credential.manual_code import format_manual_code
from shared.credential.signing import sign_credential
from shared.journal.entry import NoteBody, ReleaseBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import TicketId
from shared.kernel.ids import format_ticket_id
from shared.sales.sale_refusals import SaleReason
from shared.wire.till_key import TillKeyAnswer

COPIED: Final = "ticket_copied"
"""The topic of the note that says of which ticket a copy was made."""


class OwnCopies:
    """Makes copies of one till's own tickets."""

    def __init__(self, store: Store, recorder: Recorder) -> None:
        """Sign with `store`'s key; nothing is read yet."""
        self._store, self._recorder = store, recorder

    def may_be_gone(self, ticket_ids: Collection[TicketId]) -> bool:
        """Whether the ledger may have replaced or ended one for this till, which never heard it.

        So it is of a claim that was signed away, in an earlier run too, until the ledger has that.

        Raises:
            StoreFault: if the disk refuses.
        """
        journal = self._store.journal
        first = journal.first_pending
        ends = () if first is None else journal.ends_in(first, journal.last_seq)
        gone = [one.body for one in ends if isinstance(one.body, ReleaseBody)]
        return any(one.ticket_id in ticket_ids and one.why != NOT_ASKED for one in gone)

    def copy(self, ticket_id: TicketId, person: str) -> TicketOutcome:
        """Make a copy, and put on record that there is one.

        Raises:
            BadInput: if this till did not sell it, it admits nobody now, or was replaced since.
            StoreFault: if the disk refuses.
        """
        event = self._recorder.knowledge.event
        terms = None if event is None else self._store.till.get_terms(event.event_id)
        digits, code = _sign_copy(self._store, event, terms, ticket_id)
        shown = format_ticket_id(ticket_id)
        seq = self._recorder.write(NoteBody(COPIED, shown, person))
        return TicketOutcome(
            ticket_id=shown,
            reason=SaleReason.OK.value,
            seq=seq,
            digits=digits,
            manual_code="" if code is None else format_manual_code(code),
            is_copy=True,
        )


def _sign_copy(
    store: Store, event: EventKnowledge | None, terms: TillKeyAnswer | None, ticket_id: TicketId
) -> tuple[str, int | None]:
    """Sign a ticket of this till's again, as it was sold: the same ticket, for one use.

    Returns:
        Its digits, and its manual code.

    Raises:
        BadInput: if this till did not sell it, it admits nobody now, or was replaced since.
        StoreFault: if the disk refuses.
    """
    row = None if event is None else event.find(ticket_id)
    is_own = terms is not None and IdRange(terms.id_prefix, terms.id_prefix_bits).contains(
        ticket_id
    )
    if event is None or terms is None or row is None or not is_own:
        message = "a till that is cut off can only reprint its own sales; this is not one of them"
        raise BadInput(message)
    if row.facts.state != PAID or row.facts.blocked or row.facts.generation:
        raise BadInput("that ticket is void or blocked, or has been replaced by a newer one")
    claims, key = claims_of(store, event, terms, row)
    return to_digits(sign_credential(claims, key)), row.manual_code
