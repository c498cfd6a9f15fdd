"""Applying verified feed pages to the store: every item once, in order, all or nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import msgspec

from gatekeeper.store.feed_state import FeedState
from gatekeeper.store.store import Store
from gatekeeper.store.use_table import KnownUse
from shared.admission.facts import TicketState
from shared.kernel.errors import StoreFault
from shared.kernel.id_types import EventId, TicketId
from shared.manifest.event_config import EntryPause
from shared.manifest.signed_document import SignedDocument
from shared.manifest.tickets import TicketRow
from shared.wire.device_feed import ShareChange, Word, words_of
from shared.wire.feed import (
    Annul,
    ConfigChange,
    ConflictNotice,
    EvacuationNotice,
    FeedItem,
    FeedPage,
    ItemBody,
    Use,
    decode_item,
)

FindListed = Callable[[TicketId], TicketRow | None]
"""Tells the newest facts of a ticket that list and feed have said, or None."""


class Applied(msgspec.Struct, frozen=True):
    """What a page changed.

    Attributes:
        state: The feed's state after it.
        config_changed: Rules, gates or keys are new.
        words: What it says to single devices.
        is_order: It begins or ends an evacuation or a pause: somebody waits to hear who knows.
    """

    state: FeedState
    config_changed: bool
    words: tuple[Word, ...] = ()
    is_order: bool = False


def begin_epoch(state: FeedState, epoch: int) -> FeedState:
    """Return the state at the start of a new ledger epoch: its feed is read from the beginning.

    What is known of tickets, uses and the plan stays until the new ledger says otherwise: it may
    count its plans from an older one on, and whatever it tells is newer. A pause does not: of one
    that the new ledger has lost nobody would know, and it tells again of those that it holds.
    Nor does what the new ledger's feed tells of a ticket bring its right back: see `apply_page`.
    """
    change = state.change
    if change is not None:
        config = msgspec.structs.replace(change.config, sequence=0, pauses=())
        change = msgspec.structs.replace(change, config=config)
    return msgspec.structs.replace(
        state, epoch=epoch, cursor=0, head=0, page=None, lot=0, change=change
    )


def apply_page(
    store: Store,
    event_id: EventId,
    state: FeedState,
    page: FeedPage,
    document: SignedDocument,
    listed: FindListed,
) -> Applied:
    """Apply a page that was verified and follows the cursor; inside a transaction.

    A ledger of a new epoch may be an older copy, which has not heard yet that a ticket was paid
    back or replaced. Nothing that its feed tells of the ticket gives a right back that this device
    knew to be gone: whoever edits the ticket need not know of it, and gates that come early and
    late would differ. A list that is made in the new epoch does.

    Raises:
        Malformed: if an item of a known kind is not of its form; nothing is applied then.
    """
    bodies = [(item, decode_item(item)) for item in page.items]
    change = state.change
    for item, body in bodies:
        if isinstance(body, ConfigChange):
            if change is None or body.config.sequence >= change.config.sequence:
                change = body
        else:
            _apply_item(store, event_id, state, page.epoch, item, body, listed)
    guests = [body.ticket_id for _, body in bodies if isinstance(body, Use)]
    if guests:
        store.till.hear_of_guests(event_id, guests)
    cursor = page.after + len(page.items)
    applied = msgspec.structs.replace(
        state,
        epoch=page.epoch,
        cursor=cursor,
        head=max(state.head, page.head),
        page=document,
        lot=page.head_lot,
        change=change,
        knowledge_at=_knowledge_at(state, page, document, cursor),
    )
    store.feeds.put(event_id, applied)
    words = words_of([body for _, body in bodies])
    is_order = _pauses(change) != _pauses(state.change) or any(
        isinstance(body, EvacuationNotice) for _, body in bodies
    )
    return Applied(applied, change is not state.change, words, is_order)


def _pauses(change: ConfigChange | None) -> tuple[EntryPause, ...]:
    return () if change is None else change.config.pauses


def _knowledge_at(
    state: FeedState, page: FeedPage, document: SignedDocument, cursor: int
) -> int | None:
    """Only a page that reaches the head says that nothing else was known at its time."""
    return document.issued_at if cursor >= page.head else state.knowledge_at


def _apply_item(
    store: Store,
    event_id: EventId,
    state: FeedState,
    epoch: int,
    item: FeedItem,
    body: ItemBody | None,
    listed: FindListed,
) -> None:
    match body:
        case TicketRow():
            if not _is_included(state, epoch, item):
                told_in = epoch
                if epoch > state.manifest_epoch:
                    body, is_kept = _with_what_was_gone(store, event_id, epoch, body, listed)
                    told_in = state.manifest_epoch if is_kept else epoch
                store.changes.put(body, event_id, told_in, item.sequence)
        case Use():
            store.uses.add_from_ledger(_use(event_id, body), item.sequence)
        case Annul():
            _annul(store, body)
        case ShareChange():
            if body.device_id == store.journal.device_id:
                store.shares.grant(event_id, body.zone_id, body.granted, body.code)
        case EvacuationNotice():
            store.uses.evacuations.hear(event_id, body)
        case ConflictNotice():
            store.feeds.put_conflict(event_id, body)
        case _:
            # A kind that this version does not know; its place in the order is all that counts.
            return


def _with_what_was_gone(
    store: Store, event_id: EventId, epoch: int, row: TicketRow, listed: FindListed
) -> tuple[TicketRow, bool]:
    """Return what an epoch tells of a ticket without rights gone before, and whether any was.

    A list that is damaged says nothing: it is fetched again, and in this epoch.
    """
    if store.changes.epoch_of(event_id, row.ticket_id) == epoch:
        return row, False
    known: TicketRow | None = None
    with contextlib.suppress(StoreFault):
        known = listed(row.ticket_id)
    if known is None:
        return row, False
    facts, code = row.facts, row.manual_code
    is_replaced = known.facts.generation > facts.generation
    is_ended = known.facts.state == TicketState.CANCELLED
    if is_replaced:
        facts = msgspec.structs.replace(facts, generation=known.facts.generation)
        code = known.manual_code
    if is_ended:
        facts = msgspec.structs.replace(facts, state=known.facts.state)
    return TicketRow(row.ticket_id, facts, code, row.seat_id), is_replaced or is_ended


def _annul(store: Store, body: Annul) -> None:
    """Take a passage back on its own device's word, or a home's gift on the home's.

    Nobody else's word frees a ticket here, whatever claim id another device writes.
    """
    known, me = store.uses.find(body.claim_id), store.journal.device_id
    if body.device_id == me or (known is not None and body.device_id == known.device_id):
        if known is None:
            store.shares.free(body.claim_id)
        else:
            store.shares.take_back(known)
        store.uses.annul(body.claim_id)


def _is_included(state: FeedState, epoch: int, item: FeedItem) -> bool:
    """Whether the installed manifest holds this change, or a later one, already."""
    return (epoch, item.sequence) <= (state.manifest_epoch, state.manifest_cursor)


def _use(event_id: EventId, use: Use) -> KnownUse:
    return KnownUse(
        claim_id=use.claim_id,
        event_id=event_id,
        ticket_id=use.ticket_id,
        zone_id=use.zone_id,
        direction=use.direction,
        at=use.at,
        count=use.count,
        gate_id=use.gate_id,
        device_id=use.device_id,
    )
