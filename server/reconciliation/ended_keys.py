"""Naming whom gates let in on what a key had signed that nobody may trust any more.

A key's end is told to gates and ledger from its commit on; what its thief had made before may
have passed already, at gates that had no reason to doubt. The organizer hears of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from server.db.session_transaction import SessionTransaction
from server.db.unit import Unit
from server.entries.rows import Place, read_told
from server.feed.rows import take_numbers, tell
from server.keys.organization_keys import TILL, KeyRow, find_till_keys, ticket_key_of
from server.ledger.rows import read_unlisted
from server.ledger.uses import UseRecord
from server.reconciliation.conflicts_and_sides import record_findings
from server.reconciliation.findings import Finding
from server.reconciliation.passage_findings import side_of, unexplained
from shared.credential.keyring import IdRange, TicketKey
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import ScanBody
from shared.kernel.id_types import EventId

PAGE: Final = 500
"""Passages that are looked at together, so that a large event's do not fill the memory."""


async def name_unexplained(unit: Unit, event_id: EventId, ended: Sequence[KeyRow]) -> None:
    """Name each admission on a ticket without a row that keys which have just ended had signed.

    A conflict is withdrawn when a till's sale arrives that explains the ticket.

    Args:
        unit: The one that ends the keys; it holds or takes the event's counter.
        event_id: Whose keys they are.
        ended: Keys that sign credentials; of other purposes there are no tickets.
    """
    transaction, org = SessionTransaction(unit.session), unit.organization_id
    # The counter is the last lock of whoever changes conflicts: it is taken first.
    await take_numbers(transaction, org, event_id, 0)
    tills = [ticket_key_of(row, "").ids for row in await find_till_keys(unit, event_id)]
    for row in ended:
        key, last = ticket_key_of(row, ""), None
        others = () if row.purpose == TILL else tills
        while True:
            page = await read_unlisted(transaction, org, event_id, key.ids, last, limit=PAGE)
            places: dict[str, Place] = {
                use.claim_id: at for use in page if (at := _place_of(use)) is not None
            }
            entries = await read_told(transaction, org, places)
            found = list(_find(key, others, page, entries))
            told = await record_findings(
                transaction, org, event_id, found, now=unit.now, entropy=unit.entropy
            )
            await tell(transaction, org, event_id, told)
            if len(page) < PAGE:
                break
            last = page[-1]


def _find(
    key: TicketKey,
    others: Iterable[IdRange],
    page: Iterable[UseRecord],
    entries: Mapping[str, SignedEntry],
) -> Iterable[Finding]:
    for use in page:
        signed = entries.get(use.claim_id)
        named = None if signed is None else _key_id_in(signed)
        if named is not None and named != key.key_id:
            continue
        if named is None and any(ids.contains(use.ticket_id) for ids in others):
            continue  # nobody wrote down which key it was, and a till's own ids speak for it
        side = side_of(use, None)
        if signed is not None:
            side = msgspec.structs.replace(side, entry=signed.entry, signature=signed.signature)
        yield unexplained(use, side, key)


def _place_of(use: UseRecord) -> Place | None:
    if use.boot is None or use.dseq is None:
        return None  # granted, and its gate's journal has not come yet
    return use.device_id, use.boot, use.dseq


def _key_id_in(signed: SignedEntry) -> int | None:
    """Return the key under which the gate had read the ticket; None if it does not say."""
    body = decode_body(decode_entry(signed.entry))
    return body.key_id if isinstance(body, ScanBody) else None
